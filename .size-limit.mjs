/** What an app pays in production, by what it imports. */
const budgets = [
  { name: 'one op', path: 'dist/index.js', import: '{ depthwiseConv2d, openGpu }', limit: '22.6 kB' },
  { name: 'graph models', path: 'dist/index.js', import: '{ loadGraphModel, openGpu }', limit: '91.7 kB' },
  { name: 'layers models', path: 'dist/index.js', import: '{ loadLayersModel, openGpu }', limit: '77 kB' },
  { name: 'TFLite', path: 'dist/index.js', import: '{ loadTfliteModel, openGpu }', limit: '96.9 kB' },
  { name: 'ONNX', path: 'dist/index.js', import: '{ loadOnnxModel, openGpu }', limit: '94.2 kB' },
  { name: 'everything', path: 'dist/index.js', import: '*', limit: '146.6 kB' },
  { name: 'beside TensorFlow.js', path: 'dist/tfjs.js', import: '{ install }', limit: '26.6 kB' },
  { name: 'beside ONNX Runtime', path: 'dist/onnxruntime.js', import: '*', limit: '12.3 kB' },
  { name: 'beside LiteRT.js', path: 'dist/litert.js', import: '*', limit: '12.3 kB' },
  { name: 'all in one module', path: 'dist/depthwise.min.js', limit: '155.4 kB' },
];

/** What is imported by `import()` is another chunk: an app that never asks for it does not fetch it. */
const chunks = {
  name: 'chunks',
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined)),
};

export default budgets.map((budget) => ({
  ...budget,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', plugins: [...(config.plugins ?? []), chunks] }),
}));
