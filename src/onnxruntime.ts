/**
 * The entry `depthwise/onnxruntime`: its public names and nothing else.
 *
 * @module
 */
export { fromOrt, openGpuOn, toOrt, type JoinOptions, type OrtGpuTensor, type OrtModule } from './interop/onnxruntime';
