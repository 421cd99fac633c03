/**
 * The entry `depthwise/onnxruntime`: its public names and nothing else.
 *
 * @module depthwise/onnxruntime
 */
export { fromOrt, openGpuOn, toOrt, type OrtGpuTensor, type OrtModule } from './interop/onnxruntime';
export type { JoinOptions } from './tensor/gpu';
