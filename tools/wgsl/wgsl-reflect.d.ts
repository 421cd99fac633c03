/** The package's `main` is CommonJS that says it is a module, so Node can load this file only; it has no types of its own. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
