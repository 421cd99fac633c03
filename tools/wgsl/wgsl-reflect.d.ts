/** The package's `main` is CommonJS but claims to be a module, so Node can load only this file, which has no types of its own. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
