/**
 * The public names for apps with TensorFlow.js, and nothing else.
 *
 * @module depthwise/tfjs
 */
export type { TensorFlow } from './interop/tfjs-backend';
export { install, type InstallCounts, type Installation } from './interop/tfjs-install';
export { openGpuOn, registerBackendOn, type WebGpuBackendClass } from './interop/tfjs-open';
export { fromTf, toTf, transferOf, type Transfer } from './interop/tfjs-tensors';
export type { JoinOptions } from './tensor/gpu';
