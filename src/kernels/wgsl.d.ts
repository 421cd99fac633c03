/** What tools/wgsl/plugin.ts makes of a shader's file. */
declare module '*.wgsl' {
  // An ambient module may not import by a relative name.
  // oxlint-disable-next-line typescript/consistent-type-imports
  const shader: import('./shader').Shader;
  export default shader;
}
