/** Every public function with its places: its arguments in order, each with a right value. */
import * as library from '../../src/index';
import type { Gpu } from '../../src/index';
import { Tensor } from '../../src/tensor/tensor';
import {
  activation,
  flag,
  fn,
  list,
  number,
  only,
  operand,
  optional,
  options,
  perAxis,
  record,
  tensor,
  word,
  type Place,
} from './wrong-values';

/** A function to call wrongly. */
export interface Victim {
  /** The arguments, by name and in order. */
  readonly places: Readonly<Record<string, Place>>;
  readonly call: (...args: never[]) => unknown;
  /** Whether it rejects where others throw. */
  readonly isAsync?: true;
}

const channels = tensor(4);
const norm = { mean: channels, variance: channels, scale: optional(channels), offset: optional(channels), epsilon: optional(number(0.1)) }; // prettier-ignore
const epilogue = {
  bias: optional(channels),
  batchNorm: optional(record(norm, 'batchNorm')),
  residual: optional(tensor(1, 3, 3, 4)),
  residualOrder: word('before-activation', 'after-activation'),
  activation,
};
const geometry = {
  strides: optional(perAxis(1)),
  padding: optional({ ...perAxis('valid'), allows: (value) => value === undefined || typeof value === 'number' || Array.isArray(value) }), // prettier-ignore
  dilations: optional(perAxis(1)),
  dataFormat: word('NHWC', 'NCHW'),
  accumulate: word('f32', 'f16'),
};
const conv = { ...geometry, ...epilogue };
const conv1d = {
  ...epilogue,
  residual: optional(tensor(1, 3, 4)),
  strides: optional(number(1)),
  padding: geometry.padding,
  dilations: optional(number(1)),
  dataFormat: word('NWC', 'NCW'),
  accumulate: geometry.accumulate,
};
const x = tensor(1, 3, 3, 4);
const pointwise = tensor(4, 4);
const depthwise = tensor(1, 1, 4, 1);
const weights = (filter: Place): Place => record({ filter, bias: optional(channels), batchNorm: optional(record(norm, 'batchNorm')) }, 'weight'); // prettier-ignore
const window = { windowSize: perAxis(2), strides: geometry.strides, padding: geometry.padding, dilations: geometry.dilations, dataFormat: geometry.dataFormat }; // prettier-ignore
const { dataFormat } = geometry;
const grids = { alignCorners: flag, halfPixelCenters: flag, coordinateMode: word('asymmetric'), scales: optional(list([1, 1])), dataFormat }; // prettier-ignore

function all(names: readonly string[], places: Victim['places']): Record<string, Victim> {
  const functions = library as unknown as Readonly<Record<string, Victim['call']>>;
  return Object.fromEntries(names.map((name) => [name, { places, call: functions[name] }]));
}

/** Functions of tensors, by name. */
const ops: Readonly<Record<string, Victim>> = {
  ...all(['abs', 'ceil', 'exp', 'floor', 'log', 'negate', 'reciprocal', 'round', 'rsqrt', 'sign', 'sqrt', 'square'], { x }), // prettier-ignore
  ...all(['acos', 'asin', 'atan', 'cos', 'cosh', 'erf', 'expm1', 'isNan', 'log1p', 'logicalNot', 'selu', 'sin', 'sinh', 'tan'], { x }), // prettier-ignore
  ...all(['add', 'divide', 'maximum', 'minimum', 'multiply', 'power', 'squaredDifference', 'subtract'], { a: operand(4), b: operand(4) }), // prettier-ignore
  ...all(['atan2', 'divNoNan', 'equal', 'floorDiv', 'greater', 'greaterEqual', 'less', 'lessEqual', 'logicalAnd', 'logicalOr', 'logicalXor', 'mod', 'notEqual'], { a: operand(4), b: operand(4) }), // prettier-ignore
  ...all(['where'], { condition: channels, a: operand(4), b: operand(4) }),
  ...all(['activate'], { x, activation: { ...activation, allows: (value) => value === 'relu' }, options: options({ dataFormat }) }), // prettier-ignore
  ...all(['batchNorm'], { x, norm: record(norm, 'norm'), options: options({ dataFormat }) }),
  ...all(['cast'], { x, dtype: { ...word('f32'), allows: () => false } }),
  ...all(['concat'], { tensors: { sound: (make) => [make(4)], allows: () => false }, axis: optional(number(0)) }),
  ...all(['conv2d'], { x, filter: tensor(1, 1, 4, 4), options: options({ ...conv, groups: optional(number(1)) }) }),
  ...all(['conv1d'], { x: tensor(1, 3, 4), filter: tensor(1, 4, 4), options: options({ ...conv1d, groups: optional(number(1)) }) }), // prettier-ignore
  ...all(['depthwiseConv1d'], { x: tensor(1, 3, 4), filter: tensor(1, 4, 1), options: options(conv1d) }),
  ...all(['depthwiseConv2d'], { x, filter: depthwise, options: options(conv) }),
  ...all(['pointwiseConv2d'], { x, filter: pointwise, options: options(conv) }),
  ...all(['groupedConv2d'], {
    x,
    filter: tensor(1, 1, 2, 4),
    options: record({ groups: number(2), grouping: word('contiguous', 'strided'), method: word('auto'), ...conv }),
  }),
  ...all(['conv2dTranspose'], {
    x,
    filter: tensor(1, 1, 4, 4),
    options: options({ ...conv, groups: optional(number(1)), outputShape: optional(list([3, 3])) }),
  }),
  ...all(['separableConv2d'], {
    x,
    filter: depthwise,
    pointwise: { ...pointwise, said: 'filter' },
    options: options({ between: options(epilogue), method: word('auto'), ...conv }),
  }),
  ...all(['depthwiseToGroupedFilter'], {
    filter: tensor(1, 1, 4, 2),
    options: record({ groups: number(2), grouping: word('contiguous') }),
  }),
  ...all(['groupedToDepthwiseFilter'], {
    filter: tensor(1, 1, 2, 4),
    options: record({ groups: number(2), grouping: word('contiguous') }),
  }),
  ...all(['separableBlock'], {
    x,
    weights: record({ depthwise: weights(depthwise), pointwise: weights(pointwise) }, 'weight'),
    options: options({ strides: geometry.strides, dilations: geometry.dilations, activation, dataFormat }),
  }),
  ...all(['invertedResidual'], {
    x,
    weights: record({ depthwise: weights(depthwise), project: weights(pointwise) }, 'weight'),
    options: options({ strides: geometry.strides, dilations: geometry.dilations, activation, dataFormat }),
  }),
  ...all(['resnextBottleneck'], {
    x,
    weights: record({ reduce: weights(pointwise), grouped: weights(tensor(1, 1, 2, 4)), expand: weights(pointwise) }, 'weight'), // prettier-ignore
    options: record({ groups: number(2), grouping: word('contiguous'), method: word('auto'), strides: geometry.strides, stridesAt: word('grouped', 'reduce'), dataFormat }), // prettier-ignore
  }),
  ...all(['maxPool2d'], { x, options: record({ ...window, ceilMode: flag }) }),
  ...all(['averagePool2d'], { x, options: record({ ...window, ceilMode: flag, countIncludePad: flag }) }),
  ...all(['globalAveragePool', 'globalMaxPool'], { x, options: options({ dataFormat, keepDims: flag }) }),
  ...all(['reduceMax', 'reduceMean', 'reduceMin', 'reduceProd', 'reduceSum'], {
    x,
    axes: { ...optional(perAxis(1)), said: 'axis' },
    options: options({ keepDims: flag }),
  }),
  ...all(['argMax', 'argMin', 'logSoftmax', 'softmax'], { x, axis: optional(number(-1)) }),
  ...all(['cumsum'], { x, axis: optional(number(-1)), options: options({ exclusive: flag, reverse: flag }) }),
  ...all(['gather'], {
    x,
    indices: { ...tensor(2), allows: (value) => tensor().allows(value) || number(0).allows(value) || list([]).allows(value) }, // prettier-ignore
    axis: optional(number(1)),
    options: options({ batchDims: optional(number(0)) }),
  }),
  ...all(['gatherND'], { x, indices: tensor(2, 3) }),
  ...all(['oneHot'], {
    indices: channels,
    depth: number(3),
    options: options({ onValue: optional(number(1)), offValue: optional(number(0)) }),
  }),
  ...all(['matMul'], { a: pointwise, b: pointwise, options: options({ transposeA: flag, transposeB: flag }) }),
  ...all(['localResponseNormalization'], {
    x,
    options: options({
      depthRadius: optional(number(2)),
      bias: optional(number(1)),
      alpha: optional(number(1)),
      beta: optional(number(1)),
      dataFormat,
    }),
  }),
  ...all(['layerNorm'], {
    x,
    options: options({
      axes: { ...optional(perAxis(-1)), said: 'ax' },
      scale: optional(channels),
      offset: optional(channels),
      epsilon: optional(number(0.1)),
    }),
  }),
  ...all(['instanceNorm'], {
    x,
    options: options({ scale: optional(channels), offset: optional(channels), epsilon: optional(number(0.1)), dataFormat }), // prettier-ignore
  }),
  ...all(['pad'], { x: channels, paddings: { sound: () => [[1, 2]], allows: () => false }, constantValue: optional(number(1)) }), // prettier-ignore
  ...all(['broadcastTo'], { x: channels, shape: list([2, 4]) }),
  ...all(['depthToSpace', 'spaceToDepth'], {
    x: tensor(1, 2, 2, 4),
    blockSize: number(2),
    options: options({ dataFormat, mode: word('DCR', 'CRD') }),
  }),
  ...all(['reverse'], { x, axes: { ...optional(perAxis(1)), said: 'axis' } }),
  ...all(['stridedSlice'], {
    x: channels,
    begin: list([1]),
    end: { ...list([3]), allows: (value) => Array.isArray(value) && value.length === 1 && value[0] === null },
    strides: optional(list([1])),
  }),
  ...all(['tile'], { x: channels, repetitions: list([2]) }),
  ...all(['reshape'], { x, shape: list([4, -1]) }),
  ...all(['resizeBilinear'], { x, size: list([2, 2]), options: options(grids) }),
  ...all(['resizeBicubic'], { x, size: list([2, 2]), options: options({ ...grids, cubicCoefficient: optional(number(-0.5)) }) }), // prettier-ignore
  ...all(['resizeNearestNeighbor'], {
    x,
    size: list([2, 2]),
    options: options({ ...grids, nearestMode: word('floor', 'ceil') }),
  }),
  ...all(['spaceToBatch'], { x, blockShape: list([1]), paddings: { sound: () => [[0, 0]], allows: () => false } }),
  ...all(['batchToSpace'], { x, blockShape: list([1]), crops: { sound: () => [[0, 0]], allows: () => false } }),
  ...all(['slice'], { x: channels, begin: list([1]), size: list([2]) }),
  ...all(['split'], { x: channels, numOrSizes: perAxis(2), axis: optional(number(0)) }),
  ...all(['transpose'], { x: pointwise, permutation: optional(list([1, 0])) }),
  ...all(['explain'], { tensor: { ...x, allows: (value) => value instanceof Tensor } }),
};

/** All functions to call wrongly. Some are methods of a compiled `program`. */
export function victimsOf(gpu: Gpu, program: library.Program<never, library.Tensor>): Readonly<Record<string, Victim>> {
  const device = only(() => gpu);
  const nothing = fn(() => {});
  const told = optional(nothing);
  const signal = optional(only(() => undefined));
  const progress = { onProgress: told, signal };
  const late = (victims: Record<string, Victim>): Record<string, Victim> =>
    Object.fromEntries(Object.entries(victims).map(([name, victim]) => [name, { ...victim, isAsync: true }]));
  const encoder = only(() => gpu.device.createCommandEncoder());
  const numbers: Place = { sound: () => [1, 2], allows: (value) => value instanceof Int32Array };
  const keep: Place = { ...flag, allows: (value) => flag.allows(value) || typeof value === 'function' };
  const names: Place = { ...list([]), allows: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string') }; // prettier-ignore
  const feeds = record({ x: numbers }, 'inputs');
  const model = { sound: () => 'https://example.invalid/model.json', allows: (value: unknown) => typeof value === 'string' }; // prettier-ignore
  const file: Place = { ...model, allows: (value) => model.allows(value) || ArrayBuffer.isView(value) || value instanceof ArrayBuffer }; // prettier-ignore
  const loading = { outputs: optional(names), inputs: optional(names), weights: word('f32', 'f16'), ...progress };
  const store = optional({ ...only(() => undefined), allows: (value: unknown) => value === null });
  const buffer = only(() => gpu.device.createBuffer({ size: 64, usage: GPUBufferUsage.STORAGE }));
  const form = { dtype: word('f32', 'f16') };
  const owner: Place = { ...nothing, allows: (value) => nothing.allows(value) || value instanceof Tensor };
  return {
    ...ops,
    parameterCount: {
      call: library.parameterCount,
      places: {
        geometry: record({ filterSize: perAxis(3), inChannels: number(2), outChannels: number(2), multiplier: optional(number(1)) }), // prettier-ignore
      },
    },
    'gpu.tensor': {
      call: gpu.tensor.bind(gpu),
      places: { data: numbers, shape: list([2]), options: options({ ...form, keep }) }, // prettier-ignore
    },
    'gpu.wrap': {
      call: gpu.wrap.bind(gpu),
      places: {
        buffer,
        shape: list([2]),
        options: options({ ...form, offset: optional(number(0)), keepAlive: optional(owner) }),
      },
    },
    'gpu.trim': { call: gpu.trim.bind(gpu), places: { keepBytes: optional(number(0)) } },
    'program.run': { call: program.run.bind(program), places: { inputs: feeds, options: options({ into: optional(tensor(2)) }) } }, // prettier-ignore
    'program.encode': { call: program.encode.bind(program), places: { encoder, inputs: feeds, options: options({ into: optional(tensor(2)) }) } }, // prettier-ignore
    tensorFromImage: {
      call: library.tensorFromImage,
      places: {
        gpu: device,
        source: only(() => new ImageData(1, 1)),
        options: options({
          channels: optional({
            ...number(3),
            allows: (value) => typeof value === 'number' || typeof value === 'string',
          }),
          range: optional(list([0, 1])),
          mean: optional(perAxis(0)),
          std: optional(perAxis(1)),
          crop: optional(record({ x: number(0), y: number(0), width: number(1), height: number(1), angle: optional(number(0)) }, 'crop field')), // prettier-ignore
          size: optional(list([1, 1])),
          fill: optional(list([0, 0, 0])),
          dataFormat,
          into: optional(tensor(1, 1, 1, 3)),
          ...form,
          keep,
        }),
      },
    },
    draw: {
      call: library.draw,
      places: {
        tensor: x,
        target: only(() => new OffscreenCanvas(1, 1)),
        options: options({
          fit: word('fill', 'contain', 'cover'),
          range: optional(list([0, 1])),
          channels: word('rgba', 'bgra'),
          // Only pictures with one channel have these options.
          colormap: optional(only(() => undefined)),
          color: optional(only(() => undefined)),
          smoothing: flag,
          over: flag,
          dataFormat,
        }),
      },
    },
    record: { call: library.record, places: { gpu: device, encoder, fn: nothing } },
    warnOfLeaks: { call: library.warnOfLeaks, places: { gpu: device, options: options({ tell: told }) } },
    exportTuning: { call: library.exportTuning, places: { gpu: device } },
    importTuning: { call: library.importTuning, places: { gpu: device } },
    indexedDbStore: { call: library.indexedDbStore, places: { name: optional({ ...model, sound: () => 'none' }) } },
    ...late({
      'program.profile': { call: program.profile.bind(program), places: { inputs: feeds } },
      'program.tune': {
        call: program.tune.bind(program),
        places: {
          options: options({ ...progress, budgetMs: optional(number(1)), store, again: flag, winograd: flag }),
        },
      },
      compile: {
        call: library.compile,
        places: {
          gpu: device,
          inputs: {
            ...record({ x: { ...list([2]), allows: (value) => list([]).allows(value) || value instanceof Tensor } }),
            said: 'input',
          },
          fn: fn((({ x: given }: { readonly x: Tensor }) => given) as () => unknown),
          options: options({ ...progress, fuse: flag }),
        },
      },
      prepare: { call: library.prepare, places: { gpu: device, fn: nothing, options: options(progress) } },
      profile: { call: library.profile, places: { gpu: device, fn: nothing } },
      tune: {
        call: library.tune,
        places: { gpu: device, fn: nothing, options: options({ ...progress, budgetMs: optional(number(1)), store, again: flag, winograd: flag }) }, // prettier-ignore
      },
      selfTest: { call: library.selfTest, places: { gpu: device } },
      loadTuning: { call: library.loadTuning, places: { gpu: device, store: only(() => library.indexedDbStore()) } },
      loadGraphModel: {
        call: library.loadGraphModel,
        places: { gpu: device, source: model, options: options(loading) },
      },
      loadLayersModel: { call: library.loadLayersModel, places: { gpu: device, source: model, options: options(loading) } }, // prettier-ignore
      loadModel: { call: library.loadModel, places: { gpu: device, source: file, options: options({ ...loading, fetch: told }) } }, // prettier-ignore
      loadOnnxModel: { call: library.loadOnnxModel, places: { gpu: device, source: file, options: options({ ...loading, fetch: told }) } }, // prettier-ignore
      loadTfliteModel: { call: library.loadTfliteModel, places: { gpu: device, source: file, options: options({ ...loading, fetch: told }) } }, // prettier-ignore
      openGpu: {
        call: library.openGpu,
        places: {
          options: options({
            device: optional(only(() => undefined)),
            powerPreference: word('high-performance', 'low-power'),
            signal,
            onError: told,
            onLost: told,
            recover: flag,
            quickStart: flag,
            memoryBudget: optional(number(1e9)),
          }),
        },
      },
    }),
  };
}
