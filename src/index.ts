/**
 * The public names and nothing else. An app carries only those that it imports.
 *
 * @module depthwise
 */
export type { DataFormat, FilterForm, Grouping } from './conv/layout';
export type { Padding, PerAxis } from './conv/padding';
export type { MemoryFigures } from './gpu/buffers';
export type { BufferOwner } from './gpu/foreign';
export type { Loss } from './gpu/life';
export type { LostDevice, RecoveryOptions } from './gpu/lifetime';
export type { DeviceOptions } from './gpu/open';
export type { StepTime } from './gpu/timer';
export { compile, type CompileOptions, type InputForms } from './graph/compile';
export type { Into, RunOptions } from './graph/destinations';
export type { Feeds } from './graph/feeds';
export type { Outputs } from './graph/outputs';
export type { ProgramMemory } from './graph/bound';
export type { Program, ProgramStep } from './graph/program';
export type { ProgramTuning } from './graph/tune-program';
export type { Activation, ActivationName } from './kernels/activation';
export type { MirrorMode } from './kernels/mirror-pad';
export type { CoordinateMode, NearestMode } from './kernels/resize';
export type { BatchNorm } from './ops/batch-norm';
export type { ModelFeed, ModelFeeds } from './load/feeds';
export type { ModelExplanation } from './load/explanation';
export type { NodePlace } from './load/place';
export type { CompiledModel, Model, ModelEnd } from './load/model';
export type {
  GraphModelArtifacts,
  GraphModelFiles,
  GraphModelHandler,
  GraphModelSource,
  GraphModelWeights,
} from './load/tfjs/model-json';
export type { ModelSource } from './load/source';
export type { ModelTuning } from './load/tune-model';
export {
  loadModel,
  type AnyModelSource,
  type LoadedModel,
  type LoadModelOptions,
  type ModelFormat,
} from './load/load-model';
export { loadLayersModel } from './load/layers/load-layers-model';
export { loadOnnxModel, type ExternalData, type OnnxModelOptions } from './load/onnx/load-onnx-model';
export { loadTfliteModel, type TfliteModelOptions } from './load/tflite/load-tflite-model';
export { loadGraphModel } from './load/tfjs/load-graph-model';
export type { GraphModelOptions } from './load/tfjs/load-model-json';
export { add, divide, maximum, minimum, multiply, power, squaredDifference, subtract } from './ops/binary';
export {
  invertedResidual,
  resnextBottleneck,
  separableBlock,
  type BlockOptions,
  type ConvWeights,
  type InvertedResidualWeights,
  type ResnextBottleneckOptions,
  type ResnextBottleneckWeights,
  type SeparableBlockWeights,
} from './ops/blocks';
export { cast } from './ops/cast';
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  notEqual,
} from './ops/compare';
export { concat } from './ops/concat';
export { conv1d, depthwiseConv1d, type Conv1dOptions, type GroupedConv1dOptions } from './ops/conv1d';
export { conv2d, type Conv2dOptions } from './ops/conv2d';
export { conv2dTranspose, type Conv2dTransposeOptions } from './ops/conv2d-transpose';
export type { Arithmetic, ConvOptions } from './ops/convolve';
export { cumsum, type CumsumOptions } from './ops/cumsum';
export { depthToSpace, spaceToDepth, type DepthOptions } from './ops/depth-to-space';
export { depthwiseConv2d } from './ops/depthwise-conv2d';
export { activate, batchNorm, type ChannelOptions } from './ops/elementwise';
export type { EpilogueOptions, Prelu } from './ops/epilogue';
export { explain, type Explanation } from './ops/explain';
export { depthwiseToGroupedFilter, groupedToDepthwiseFilter, type FilterFormOptions } from './ops/filter-form';
export { atan2, divNoNan, floorDiv, mod } from './ops/further-binary';
export { gather, gatherND, type GatherOptions } from './ops/gather';
export { groupedConv2d, type GroupedConv2dOptions, type GroupedMethod } from './ops/grouped-conv2d';
export { localResponseNormalization, type LocalResponseOptions } from './ops/local-response';
export { matMul, type MatMulOptions } from './ops/mat-mul';
export { instanceNorm, layerNorm, type InstanceNormOptions, type LayerNormOptions } from './ops/norm';
export { oneHot, type OneHotOptions } from './ops/one-hot';
export { pad, type Paddings } from './ops/pad';
export { parameterCount, type FilterGeometry, type ParameterCount } from './ops/parameter-count';
export { pointwiseConv2d } from './ops/pointwise-conv2d';
export { averagePool2d, maxPool2d, type AveragePool2dOptions, type Pool2dOptions } from './ops/pool';
export {
  argMax,
  argMin,
  globalAveragePool,
  globalMaxPool,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  type PoolOptions,
  type ReduceOptions,
} from './ops/reduce';
export { reshape } from './ops/reshape';
export {
  resizeBicubic,
  resizeBilinear,
  resizeNearestNeighbor,
  type ResizeBicubicOptions,
  type ResizeNearestOptions,
  type ResizeOptions,
} from './ops/resize';
export { separableConv2d, type SeparableConv2dOptions, type SeparableMethod } from './ops/separable-conv2d';
export { slice, split } from './ops/slice';
export { logSoftmax, softmax } from './ops/softmax';
export { erf, expm1, isNan, log1p, logicalNot, selu } from './ops/special';
export { batchToSpace, spaceToBatch } from './ops/space-batch';
export { reverse, stridedSlice } from './ops/strided-slice';
export { broadcastTo, tile } from './ops/tile';
export { transpose } from './ops/transpose';
export { acos, asin, atan, cos, cosh, sin, sinh, tan } from './ops/trigonometry';
export { where } from './ops/where';
export { abs, ceil, exp, floor, log, negate, reciprocal, round, rsqrt, sign, sqrt, square } from './ops/unary';
export type { Grid, Tile } from './step';
export type { DType } from './kernels/dtype';
export { openGpu, type Gpu, type GpuMemory, type GpuOptions } from './tensor/gpu';
export type { TensorOptions } from './tensor/upload';
export type { WrapOptions } from './tensor/wrap';
export type { Colormap, ColormapName } from './tensor/colormap';
export { draw, type DrawOptions, type DrawTarget, type ViewTarget } from './tensor/draw';
export { tensorFromImage, type ImageDestination } from './tensor/image';
export type { ImageSource } from './tensor/image-source';
export type { Crop } from './tensor/image-crop';
export type { ImageOptions } from './tensor/image-view';
export { warnOfLeaks, type Leak, type LeakOptions } from './tensor/leaks';
export type { Tensor } from './tensor/tensor';
export { prepare, type PrepareOptions } from './tensor/prepare';
export { profile } from './tensor/profile';
export { record, type Recording } from './tensor/record';
export { exportTuning, importTuning, loadTuning, type Loaded, type Tuning, type TuningStore } from './tune/cache';
export type { Timing } from './tune/comparison';
export { indexedDbStore } from './tune/indexed-db';
export type { KernelReport } from './tune/kernel-test';
export type { Winner } from './tune/memory';
export type { Dropped } from './tune/search';
export { selfTest, type SelfTest } from './tune/self-test';
export { tune, type TuneOptions, type TuneResult, type TunedProblem } from './tune/tune';
