/**
 * Every public function once, on small numbers, as a list that a page and a worker can both run.
 *
 * Other tests check what the functions compute. Here the same call must give the same result wherever it is made.
 */
import {
  abs,
  acos,
  activate,
  add,
  argMax,
  argMin,
  asin,
  atan,
  atan2,
  averagePool2d,
  batchNorm,
  batchToSpace,
  broadcastTo,
  cast,
  ceil,
  compile,
  concat,
  conv1d,
  conv2d,
  conv2dTranspose,
  cos,
  cosh,
  cumsum,
  depthToSpace,
  depthwiseConv1d,
  depthwiseConv2d,
  depthwiseToGroupedFilter,
  divide,
  divNoNan,
  draw,
  equal,
  erf,
  exp,
  explain,
  expm1,
  exportTuning,
  floor,
  floorDiv,
  globalAveragePool,
  globalMaxPool,
  gather,
  gatherND,
  greater,
  greaterEqual,
  groupedConv2d,
  groupedToDepthwiseFilter,
  importTuning,
  instanceNorm,
  layerNorm,
  indexedDbStore,
  isNan,
  less,
  lessEqual,
  loadGraphModel,
  loadLayersModel,
  loadModel,
  loadTfliteModel,
  loadOnnxModel,
  invertedResidual,
  loadTuning,
  localResponseNormalization,
  log,
  log1p,
  logSoftmax,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  matMul,
  maximum,
  maxPool2d,
  minimum,
  mod,
  multiply,
  negate,
  notEqual,
  oneHot,
  openGpu,
  pad,
  parameterCount,
  pointwiseConv2d,
  power,
  prepare,
  profile,
  reciprocal,
  record,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reshape,
  resizeBicubic,
  resizeBilinear,
  resizeNearestNeighbor,
  resnextBottleneck,
  reverse,
  round,
  rsqrt,
  selu,
  separableBlock,
  separableConv2d,
  sign,
  sin,
  sinh,
  slice,
  softmax,
  spaceToBatch,
  spaceToDepth,
  split,
  sqrt,
  square,
  squaredDifference,
  stridedSlice,
  subtract,
  tan,
  tensorFromImage,
  tile,
  transpose,
  tune,
  warnOfLeaks,
  where,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { placeholder, tinyModel, type, type TinyFiles } from './graph-model';
import { onnxFile } from './onnx-file';
import { randomValues } from './random';
import { tinyTflite } from './tflite-file';

/** The result of a call: numbers, texts and lists of them, which can be posted. */
export type Outcome = readonly unknown[];

/** Makes seeded numbers of that shape. */
type Make = (...shape: number[]) => Tensor;

/** Functions that turn tensors into tensors. */
const operations: Readonly<Record<string, (make: Make) => Tensor | readonly Tensor[]>> = {
  abs: (make) => abs(make(3, 5)),
  acos: (make) => acos(make(3, 5)),
  asin: (make) => asin(make(3, 5)),
  atan: (make) => atan(make(3, 5)),
  cos: (make) => cos(make(3, 5)),
  cosh: (make) => cosh(make(3, 5)),
  erf: (make) => erf(make(3, 5)),
  expm1: (make) => expm1(make(3, 5)),
  isNan: (make) => isNan(make(3, 5)),
  log1p: (make) => log1p(make(3, 5)),
  logicalNot: (make) => logicalNot(make(3, 5)),
  selu: (make) => selu(make(3, 5)),
  sin: (make) => sin(make(3, 5)),
  sinh: (make) => sinh(make(3, 5)),
  tan: (make) => tan(make(3, 5)),
  atan2: (make) => atan2(make(3, 5), make(5)),
  divNoNan: (make) => divNoNan(make(3, 5), make(5)),
  equal: (make) => equal(make(3, 5), make(5)),
  floorDiv: (make) => floorDiv(make(3, 5), make(5)),
  greater: (make) => greater(make(3, 5), make(5)),
  greaterEqual: (make) => greaterEqual(make(3, 5), make(5)),
  less: (make) => less(make(3, 5), make(5)),
  lessEqual: (make) => lessEqual(make(3, 5), make(5)),
  logicalAnd: (make) => logicalAnd(make(3, 5), make(5)),
  logicalOr: (make) => logicalOr(make(3, 5), make(5)),
  logicalXor: (make) => logicalXor(make(3, 5), make(5)),
  mod: (make) => mod(make(3, 5), make(5)),
  notEqual: (make) => notEqual(make(3, 5), make(5)),
  where: (make) => where(make(3, 1), make(5), -1),
  activate: (make) => activate(make(1, 3, 3, 4), 'gelu'),
  add: (make) => add(make(1, 3, 3, 4), make(4)),
  argMax: (make) => argMax(make(3, 7), -1),
  argMin: (make) => argMin(make(3, 7), -1),
  cumsum: (make) => cumsum(make(3, 70), -1, { reverse: true }),
  gather: (make) => gather(make(3, 5, 4), [2, 0, -1], 1),
  gatherND: (make) => gatherND(make(3, 5, 4), make(2, 2)),
  logSoftmax: (make) => logSoftmax(make(3, 7)),
  oneHot: (make) => oneHot(make(3), 5, { onValue: 2 }),
  reduceProd: (make) => reduceProd(make(3, 7), 1),
  averagePool2d: (make) => averagePool2d(make(1, 5, 5, 4), { windowSize: 3, strides: 2, padding: 'same' }),
  batchNorm: (make) => batchNorm(make(1, 3, 3, 4), { mean: make(4), variance: make(4), epsilon: 2 }),
  batchToSpace: (make) => batchToSpace(make(4, 2, 3, 4), [2, 2], [[0, 1], [1, 0]]), // prettier-ignore
  broadcastTo: (make) => broadcastTo(make(3, 1), [2, 3, 4]),
  cast: (make) => cast(make(1, 2, 2, 3), 'f16'),
  ceil: (make) => ceil(make(3, 5)),
  concat: (make) => concat([make(1, 2, 2, 3), make(1, 2, 2, 5)], -1),
  conv1d: (make) => conv1d(make(2, 9, 6), make(3, 3, 4), { groups: 2, strides: 2, padding: 'same', bias: make(4) }),
  conv2d: (make) => conv2d(make(1, 5, 5, 3), make(3, 3, 3, 4), { strides: 2, padding: 'same', bias: make(4) }),
  conv2dTranspose: (make) =>
    conv2dTranspose(make(1, 4, 3, 4), make(3, 3, 8, 4), { strides: 2, padding: 'same', bias: make(8) }),
  depthToSpace: (make) => depthToSpace(make(1, 2, 3, 8), 2),
  depthwiseConv1d: (make) => depthwiseConv1d(make(2, 9, 4), make(3, 4, 2), { dilations: 2, activation: 'relu' }),
  depthwiseConv2d: (make) => depthwiseConv2d(make(1, 7, 6, 4), make(3, 3, 4, 1), { padding: 'same' }),
  depthwiseToGroupedFilter: (make) => depthwiseToGroupedFilter(make(3, 3, 4, 2), { groups: 2 }),
  divide: (make) => divide(1, make(3, 5)),
  exp: (make) => exp(make(3, 5)),
  floor: (make) => floor(make(3, 5)),
  globalAveragePool: (make) => globalAveragePool(make(1, 5, 5, 4)),
  globalMaxPool: (make) => globalMaxPool(make(1, 5, 5, 4)),
  groupedConv2d: (make) => groupedConv2d(make(1, 5, 5, 8), make(3, 3, 4, 8), { groups: 2, padding: 'same' }),
  groupedToDepthwiseFilter: (make) => groupedToDepthwiseFilter(make(3, 3, 2, 4), { groups: 2 }),
  instanceNorm: (make) => instanceNorm(make(1, 3, 3, 4), { scale: make(4), offset: make(4) }),
  invertedResidual: (make) =>
    invertedResidual(make(1, 4, 4, 4), {
      expand: { filter: make(4, 8) },
      depthwise: { filter: make(3, 3, 8, 1) },
      project: { filter: make(8, 4) },
    }),
  layerNorm: (make) => layerNorm(make(2, 3, 8), { scale: make(8), offset: make(8) }),
  localResponseNormalization: (make) => localResponseNormalization(make(1, 3, 3, 6), { depthRadius: 2, beta: 0.75 }),
  log: (make) => log(make(3, 5)),
  matMul: (make) => matMul(make(3, 5), make(5, 2)),
  maximum: (make) => maximum(make(3, 5), make(5)),
  maxPool2d: (make) => maxPool2d(make(1, 6, 5, 4), { windowSize: 2 }),
  minimum: (make) => minimum(make(3, 5), 0.25),
  multiply: (make) => multiply(make(1, 3, 3, 4), make(1, 3, 3, 1)),
  negate: (make) => negate(make(3, 5)),
  pad: (make) => pad(make(2, 3), [[1, 0], [2, 2]], 0.5), // prettier-ignore
  pointwiseConv2d: (make) => pointwiseConv2d(make(1, 4, 4, 8), make(8, 12), { activation: 'relu6' }),
  power: (make) => power(make(3, 5), 3),
  reciprocal: (make) => reciprocal(make(3, 5)),
  reduceMax: (make) => reduceMax(make(1, 3, 3, 4), 1),
  reduceMean: (make) => reduceMean(make(1, 3, 3, 4), [1, 2]),
  reduceMin: (make) => reduceMin(make(1, 3, 3, 4)),
  reduceSum: (make) => reduceSum(make(1, 3, 3, 4)),
  reshape: (make) => reshape(make(2, 6), [3, 4]),
  resizeBicubic: (make) => resizeBicubic(make(1, 3, 4, 4), [5, 7], { halfPixelCenters: true }),
  resizeBilinear: (make) => resizeBilinear(make(1, 3, 4, 4), [5, 7], { halfPixelCenters: true }),
  resizeNearestNeighbor: (make) => resizeNearestNeighbor(make(1, 3, 4, 3), [6, 8]),
  resnextBottleneck: (make) =>
    resnextBottleneck(
      make(1, 4, 4, 8),
      { reduce: { filter: make(8, 4) }, grouped: { filter: make(3, 3, 2, 4) }, expand: { filter: make(4, 8) } },
      { groups: 2 },
    ),
  reverse: (make) => reverse(make(2, 5), 1),
  round: (make) => round(make(3, 5)),
  rsqrt: (make) => rsqrt(make(3, 5)),
  separableBlock: (make) =>
    separableBlock(make(1, 4, 4, 4), { depthwise: { filter: make(3, 3, 4, 1) }, pointwise: { filter: make(4, 8) } }),
  separableConv2d: (make) => separableConv2d(make(1, 6, 6, 4), make(3, 3, 4, 1), make(1, 1, 4, 8)),
  sign: (make) => sign(make(3, 5)),
  slice: (make) => slice(make(4, 5), [1, 2], [2, 3]),
  softmax: (make) => softmax(make(3, 7)),
  spaceToBatch: (make) => spaceToBatch(make(1, 3, 4, 4), [2, 2], [[0, 1], [1, 1]]), // prettier-ignore
  spaceToDepth: (make) => spaceToDepth(make(1, 4, 6, 2), 2),
  split: (make) => split(make(1, 2, 2, 6), 3, -1),
  sqrt: (make) => sqrt(make(3, 5)),
  square: (make) => square(make(3, 5)),
  squaredDifference: (make) => squaredDifference(make(3, 5), make(5)),
  stridedSlice: (make) => stridedSlice(make(4, 7), [3, 0], [null, 6], [-1, 2]),
  subtract: (make) => subtract(make(3, 5), make(3, 1)),
  tile: (make) => tile(make(2, 3), [2, 2]),
  transpose: (make) => transpose(make(1, 2, 3, 4), [0, 3, 1, 2]),
};

/** A call, for functions that take one. */
const layer = (make: Make): Tensor => depthwiseConv2d(make(1, 9, 8, 4), make(3, 3, 4, 1), { strides: 2 });

/** A model that adds its input to itself. */
function doubling(): { readonly node: string; readonly files: TinyFiles } {
  const sum = { name: 'y', op: 'AddV2', input: ['x', 'x'], attr: { T: type('DT_FLOAT') } };
  return { node: 'y', files: tinyModel([placeholder('x', [3]), sum], []) };
}

/** Functions about calls, or about the device. */
const others: Readonly<Record<string, (gpu: Gpu, make: Make) => Promise<Outcome>>> = {
  compile: async (gpu, make) => {
    using program = await compile(gpu, { x: [1, 9, 8, 4] }, ({ x }) =>
      activate(depthwiseConv2d(x, make(3, 3, 4, 1)), 'relu'),
    );
    using y = program.run({ x: randomValues(288, 1) });
    return [program.dispatches, await y.read()];
  },
  draw: async (_, make) => {
    const canvas = new OffscreenCanvas(5, 3);
    draw(make(3, 5, 3), canvas, { range: [-1, 1] });
    const context = new OffscreenCanvas(5, 3).getContext('2d');
    context?.drawImage(canvas, 0, 0);
    return [context?.getImageData(0, 0, 5, 3).data.join()];
  },
  explain: async (_, make) => {
    using y = layer(make);
    const { steps, why } = explain(y);
    return [steps.map((step) => [step.kernel, step.tile]), why];
  },
  loadGraphModel: async (gpu) => {
    const { node, files } = doubling();
    using model = await loadGraphModel(gpu, files);
    const { [node]: y } = await model.run({ x: [1, 2, 3] });
    using result = y;
    return [model.explain().nodes.length, await result.read()];
  },
  loadLayersModel: async (gpu) => {
    const rescaling = { class_name: 'Rescaling', config: { name: 'y', batch_input_shape: [null, 3], scale: 2 } };
    const files = { model: { modelTopology: { class_name: 'Sequential', config: [rescaling] } }, weights: [] };
    using model = await loadLayersModel(gpu, files);
    const { y } = await model.run({ y_input: [1, 2, 3] });
    using result = y;
    return [model.explain().nodes.length, await result.read()];
  },
  loadModel: async (gpu) => {
    const { node, files } = doubling();
    using model = await loadModel(gpu, files);
    const { [node]: y } = await model.run({ x: [1, 2, 3] });
    using result = y;
    return [model.format, await result.read()];
  },
  loadTfliteModel: async (gpu) => {
    const one = { shape: [3] };
    const sum = { op: 'ADD', inputs: ['x', 'x'], outputs: ['y'] };
    const file = tinyTflite({ tensors: { x: one, y: one }, operators: [sum], inputs: ['x'], outputs: ['y'] });
    using model = await loadTfliteModel(gpu, file);
    const { y } = await model.run({ x: [1, 2, 3] });
    using result = y;
    return [model.explain().nodes.length, await result.read()];
  },
  loadOnnxModel: async (gpu) => {
    const file = onnxFile({
      inputs: [{ name: 'x', shape: [3] }],
      constants: { two: { shape: [], values: [2] } },
      nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }],
      outputs: [{ name: 'y', shape: [3] }],
    });
    using model = await loadOnnxModel(gpu, file);
    const { y } = await model.run({ x: [1, 2, 3] });
    using result = y;
    return [model.explain().nodes.length, await result.read()];
  },
  openGpu: async () => {
    const own = await openGpu();
    using x = own.tensor([1, 2, 3], [3]);
    const outcome = [own.isFallback, [...own.device.features].toSorted(), await x.read()];
    own.destroy();
    return [...outcome, (await own.lost).reason];
  },
  parameterCount: async () => [parameterCount({ filterSize: 3, inChannels: 3, outChannels: 4 })],
  prepare: async (gpu, make) => {
    const progress: [number, number][] = [];
    const call = (): Tensor => activate(make(3, 5), 'mish');
    await prepare(gpu, call, { onProgress: (done, total) => progress.push([done, total]) });
    const { pipelines } = gpu.memory();
    using y = call();
    gpu.submit();
    return [progress, gpu.memory().pipelines - pipelines, await y.read()];
  },
  profile: async (gpu, make) => {
    const times = await profile(gpu, () => layer(make));
    return times.map(({ kernel, clock, ms }) => [kernel, clock, Number.isFinite(ms)]);
  },
  record: async (gpu, make) => {
    const encoder = gpu.device.createCommandEncoder();
    using recording = record(gpu, encoder, () => layer(make));
    gpu.device.queue.submit([encoder.finish()]);
    using y = recording.result;
    return [await y.read()];
  },
  tensorFromImage: async (gpu) => {
    using x = tensorFromImage(gpu, new ImageData(Uint8ClampedArray.of(255, 51, 0, 255), 1, 1));
    return [x.shape, await x.read()];
  },
  // Includes the self-test at the beginning and the stored results: a second gpu finds them, as on a second visit, in a database
  // of this call's own.
  tune: async (gpu, make) => {
    const name = `depthwise test ${crypto.randomUUID()}`;
    const store = indexedDbStore(name);
    try {
      const { problems, selfTest, storeError } = await tune(gpu, () => layer(make), { store, budgetMs: Infinity });
      const second = await openGpu();
      const loaded = await loadTuning(second, store);
      const taken = importTuning(second, JSON.parse(JSON.stringify(exportTuning(gpu))));
      second.destroy();
      const measured = problems.map(({ problem, outcome }) => [problem, outcome]);
      const tested = selfTest.every(({ checked, failures }) => checked > 0 && failures.length === 0);
      return [measured, tested, storeError, loaded, taken];
    } finally {
      await new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener('success', resolve));
    }
  },
  // leaks.test.ts checks what is collected. This only checks that it can be started and stopped.
  warnOfLeaks: async (gpu, make) => {
    const told: unknown[] = [];
    const stop = warnOfLeaks(gpu, { tell: (leak) => told.push(leak) });
    using y = layer(make);
    const values = await y.read();
    stop();
    return [values, told];
  },
};

/** The names of the functions that turn tensors into tensors. */
export const tensorCalls: readonly string[] = Object.keys(operations);

/** Makes one of these calls with the caller's tensors. */
export function callOn(name: string, make: (...shape: number[]) => Tensor): readonly Tensor[] {
  return [operations[name](make)].flat();
}

/** The names of the calls, one for each public function. */
export const publicCalls: readonly string[] = [...Object.keys(operations), ...Object.keys(others)];

/** Public functions without a call of their own, because the call of `tune` covers them. */
export const withinTune: readonly string[] = [
  'exportTuning',
  'importTuning',
  'indexedDbStore',
  'loadTuning',
  'selfTest',
];

/** Makes a call, and disposes everything that it made. */
export async function callPublic(gpu: Gpu, name: string): Promise<Outcome> {
  const made: Tensor[] = [];
  const make: Make = (...shape) => {
    const size = shape.reduce((product, n) => product * n, 1);
    // Inside `prepare` and `tune` nobody could use these tensors later, so disposing them does no harm.
    made.push(gpu.tensor(randomValues(size, made.length + 1), shape));
    return made[made.length - 1];
  };
  try {
    if (Object.hasOwn(others, name)) return await others[name](gpu, make);
    const results = [operations[name](make)].flat();
    made.push(...results);
    return await Promise.all(results.map(async (tensor) => [tensor.shape, await tensor.read()]));
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}
