/** What an app pays in production, by what it imports. Kernels that CPU adapters alone want are loaded there only. */
const budgets = [
  { name: 'one op', path: 'dist/index.js', import: '{ depthwiseConv2d, openGpu }', limit: '22.7 kB' },
  { name: 'a model', path: 'dist/index.js', import: '{ loadGraphModel, openGpu }', limit: '67 kB' },
  { name: 'everything', path: 'dist/index.js', import: '*', limit: '84.5 kB' },
  { name: 'beside TensorFlow.js', path: 'dist/tfjs.js', import: '{ install }', limit: '25.5 kB' },
  { name: 'beside ONNX Runtime', path: 'dist/onnxruntime.js', import: '*', limit: '12.5 kB' },
  { name: 'beside LiteRT.js', path: 'dist/litert.js', import: '*', limit: '12.5 kB' },
  { name: 'all in one module', path: 'dist/depthwise.min.js', limit: '86.5 kB' },
];

export default budgets.map((budget) => ({
  ...budget,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', external: ['*/for-cpu.js'] }),
}));
