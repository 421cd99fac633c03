export { depthwiseConv2d } from './ops/depthwise-conv2d';
export { openGpu } from './tensor/gpu';
