/**
 * Wrong arguments of the convolutions: a synchronous Error names the function, the argument, both numbers and the remedy.
 * Nothing is queued or left allocated, and the next valid call is right.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  activate,
  add,
  compile,
  conv2d,
  exportTuning,
  pad,
  profile,
  record,
  reduceSum,
  resizeBilinear,
  resizeNearestNeighbor,
  square,
  warnOfLeaks,
  type Gpu,
  depthwiseConv2d,
  depthwiseToGroupedFilter,
  groupedConv2d,
  groupedToDepthwiseFilter,
  invertedResidual,
  openGpu,
  parameterCount,
  pointwiseConv2d,
  prepare,
  resnextBottleneck,
  separableBlock,
  separableConv2d,
  tensorFromImage,
  tune,
  type ConvOptions,
  type Tensor,
} from '../../src/index';
import { useGpu } from '../support/gpu';
import { rejectionOf } from '../support/message';

const gpu = useGpu();
let x: Tensor;
let filter: Tensor;
let made: Tensor[];

/** A tensor of ones, disposed after the test. */
function ones(...shape: number[]): Tensor {
  const tensor = gpu().tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);
  made.push(tensor);
  return tensor;
}

beforeEach(() => {
  made = [];
  x = ones(1, 4, 4, 8);
  filter = ones(3, 3, 8, 1);
});

afterEach(async () => {
  using y = depthwiseConv2d(x, filter, { padding: 'valid' });
  expect([...(await y.read())], 'the next valid call').toEqual(Array.from({ length: 32 }, () => 9));
  for (const tensor of made) tensor.dispose();
});

/** Fails unless the call throws a message with all of `words` and leaves neither commands nor buffers behind. */
function refuses(call: () => unknown, ...words: string[]): void {
  const { queue } = gpu().context;
  // The call's own arguments are allocated when they are made. They do not count as left behind.
  const left = (): object => ({
    recorded: queue.recorded,
    buffers: gpu().memory().buffersInUse - made.filter((t) => !t.disposed).length,
  });
  const before = left();
  let message = 'no error';
  try {
    call();
  } catch (error) {
    message = (error as Error).message;
  }
  for (const word of words) expect(message).toContain(word);
  expect(left(), 'commands and buffers').toEqual(before);
}

/** A gpu that is still opening. It is destroyed once it is open. */
function openLate(): Promise<Gpu> {
  const opening = openGpu();
  void opening.then((late) => late.destroy());
  return opening;
}

/** Passes options that the types do not allow, as a JavaScript caller may. */
const wrong = (options: object): ConvOptions => options;

describe('shapes', () => {
  test('rank of the input', () =>
    refuses(
      () => depthwiseConv2d(ones(4, 4, 8), filter),
      'depthwiseConv2d',
      'rank 3',
      'rank 4',
      '[4, 4, 8]',
      'reshape',
    ));
  test('rank of the filter', () =>
    refuses(() => conv2d(x, ones(3, 3, 8)), 'conv2d', 'filter', 'rank 3', 'rank 4', '[3, 3, 8]'));
  test('channels of a depthwise filter', () =>
    refuses(
      () => depthwiseConv2d(x, ones(3, 3, 4, 1)),
      'depthwiseConv2d',
      '4 channels',
      'has 8',
      'one filter per input channel',
    ));
  test('channels under NCHW', () =>
    refuses(
      () => depthwiseConv2d(x, filter, { dataFormat: 'NCHW' }),
      'depthwiseConv2d',
      '8 channels',
      'has 4',
      'NCHW',
    ));
  test('channels of an ordinary filter', () =>
    refuses(() => conv2d(x, ones(3, 3, 5, 2)), 'conv2d', '5 input channels', '8', '[height, width, 8, out]'));
  test('channels of an ordinary filter with groups, in the depthwise form', () =>
    refuses(
      () => conv2d(x, filter, { groups: 8 }),
      'conv2d',
      'takes 8 input channels',
      'each of the 8 groups has 1',
      'give [3, 3, 1, out]',
      'use groupedConv2d',
    ));
  test('a pointwise filter that is not 1x1', () =>
    refuses(() => pointwiseConv2d(x, filter), 'pointwiseConv2d', '3x3', '1x1', 'use conv2d'));
  test('an empty output', () =>
    refuses(() => depthwiseConv2d(x, ones(5, 5, 8, 1)), 'depthwiseConv2d', 'empty', '5', '4', "padding 'same'"));
  test('a bias of the wrong length', () =>
    refuses(() => depthwiseConv2d(x, filter, { bias: ones(4) }), 'depthwiseConv2d', 'bias', '[4]', '8', 'give [8]'));
  test('a residual of another shape', () =>
    refuses(
      () => depthwiseConv2d(x, filter, { residual: x }),
      'depthwiseConv2d',
      'residual',
      '[1, 4, 4, 8]',
      '[1, 2, 2, 8]',
    ));
  test('a batch norm of the wrong length', () =>
    refuses(
      () => conv2d(x, ones(1, 1, 8, 4), { batchNorm: { mean: ones(4), variance: ones(8) } }),
      'conv2d',
      'batchNorm.variance',
      '[8]',
      'give [4]',
    ));
  test('a batch norm without its variance', () =>
    refuses(
      () => conv2d(x, ones(3, 3, 1, 8), wrong({ groups: 8, batchNorm: { mean: ones(8) } })),
      'batchNorm.variance is missing',
    ));
});

describe('options', () => {
  const cases: readonly (readonly [object, ...string[]])[] = [
    [{ strides: 0 }, 'strides', '0', 'at least 1'],
    [{ strides: -1 }, 'strides', '-1', 'at least 1'],
    [{ strides: 1.5 }, 'strides', '1.5', 'whole number'],
    [{ strides: [1, Number.NaN] }, 'strides', '[1, NaN]', '[height, width]'],
    [{ strides: [1, 2, 2, 1] }, 'strides', '[1, 2, 2, 1]', '[height, width]'],
    [{ strides: '2' }, 'strides', "'2'", 'whole number'],
    [{ strides: null }, 'strides', 'null', 'whole number'],
    [{ dilations: 0 }, 'dilations', '0', 'at least 1'],
    [{ dilations: [1.5, 1] }, 'dilations', '[1.5, 1]', 'whole number'],
    [{ rate: -2 }, 'rate', '-2', 'at least 1'],
    [{ rate: 2, dilations: 2 }, 'rate', 'dilations', 'give one'],
    [{ padding: 'full' }, 'padding', "'full'", "'same', 'valid'"],
    [{ padding: -1 }, 'padding', '-1', 'at least 0'],
    [{ padding: 0.5 }, 'padding', '0.5', 'whole number'],
    [{ padding: [1, 1] }, 'padding', '[1, 1]', '[[top, bottom], [left, right]]'],
    [{ padding: null }, 'padding', 'null', "'same'"],
    [{ dataFormat: 'NWHC' }, 'dataFormat', "'NWHC'", "'NHWC' or 'NCHW'"],
    [{ activation: 'swishy' }, 'activation', "'swishy'", 'silu'],
    [{ activation: 'prelu' }, 'prelu', 'slopes', 'alpha'],
    [{ activation: { name: 'prelu' } }, 'activation.alpha', 'undefined', 'gpu.tensor'],
    [{ activation: { name: 'leakyRelu', alpha: Number.NaN } }, 'leakyRelu', 'alpha', 'NaN'],
    [{ activation: { name: 'leakyRelu', slope: 1 } }, 'leakyRelu', 'slope', 'alpha'],
    [{ activation: { name: 'clip', min: 2, max: 1 } }, 'clip', '2', '1', 'min <= max'],
    [{ activation: { name: 'toString' } }, 'activation', "'toString'"],
    [{ activation: 7 }, 'activation', 'relu'],
    [{ residualOrder: 'between' }, 'residualOrder', "'between'", "'before-activation'"],
    [{ activation: { name: 'leakyRelu', alpha: null } }, 'leakyRelu', 'alpha', 'null'],
    [{ bias: [1, 2] }, 'bias', 'gpu.tensor'],
    [{ batchNorm: null }, 'batchNorm', 'null', 'mean, variance'],
    [{ batchNorm: { gamma: 1 } }, 'batchNorm', 'no option gamma', 'scale'],
  ];
  for (const [options, ...words] of cases) {
    test(`${Object.keys(options)[0]}: ${JSON.stringify(Object.values(options)[0])}`, () =>
      refuses(() => depthwiseConv2d(x, filter, wrong(options)), 'depthwiseConv2d', ...words));
  }
  test('an epsilon below 0', () =>
    refuses(
      () => depthwiseConv2d(x, filter, { batchNorm: { mean: ones(8), variance: ones(8), epsilon: -1 } }),
      'batchNorm.epsilon',
      '-1',
      'at least 0',
    ));
  test('an epsilon that float32 cannot hold', () =>
    refuses(
      () => depthwiseConv2d(x, filter, { batchNorm: { mean: ones(8), variance: ones(8), epsilon: 1e39 } }),
      'batchNorm.epsilon',
      '1e+39',
    ));
  test('null groups', () => refuses(() => conv2d(x, ones(3, 3, 8, 4), { groups: null as never }), 'groups is null'));
  test('an option that the function does not have', () =>
    refuses(() => depthwiseConv2d(x, filter, wrong({ stride: 2 })), 'depthwiseConv2d', 'stride', 'strides'));
});

describe('an option that does not exist', () => {
  test('of gpu.tensor', () => {
    const upload = (options: unknown) => () => gpu().tensor([1], [1], options as never);
    refuses(upload({ kept: true }), 'gpu.tensor: there is no option kept; the options are dtype, keep');
    refuses(upload({ channels: 3 }), 'gpu.tensor: there is no option channels');
    refuses(upload(null), 'gpu.tensor: options are null; give an object with dtype, keep');
  });
  test('of tensorFromImage', () => {
    const upload = (options: unknown) => () => tensorFromImage(gpu(), new ImageData(1, 1), options as never);
    refuses(
      upload({ channel: 1 }),
      'tensorFromImage: there is no option channel; the options are channels, range, dtype, keep',
    );
    refuses(upload(null), 'tensorFromImage: options are null', 'channels, range, dtype, keep');
  });
  test('of gpu.wrap', () => {
    const buffer = gpu().device.createBuffer({ size: 1024, usage: GPUBufferUsage.STORAGE });
    const wrap = (options: unknown) => () => gpu().wrap(buffer, [1], options as never);
    refuses(wrap({ byteOffset: 512 }), 'gpu.wrap: there is no option byteOffset; the options are offset');
    refuses(wrap(512), 'gpu.wrap: options are 512; give an object with offset');
    buffer.destroy();
  });
  test('of openGpu, prepare and tune, which reject', async () => {
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => openGpu({ onLoss() {} } as never), 'openGpu: there is no option onLoss; the options are device, power'],
      [() => openGpu(null as never), 'openGpu: options are null; give an object with device, powerPreference'],
      [() => prepare(gpu(), () => {}, { progress() {} } as never), 'prepare: there is no option progress; the opt'],
      [() => prepare(gpu(), () => {}, null as never), 'prepare: options are null; give an object with onProgress'],
      [() => tune(gpu(), () => {}, { budget: 1 } as never), 'tune: there is no option budget; the options are onP'],
    ];
    for (const [call, words] of cases) expect(await rejectionOf(call())).toContain(words);
  });
});

describe('an argument of the wrong type', () => {
  test('an activation', () => {
    const activated = (activation: unknown) => () => depthwiseConv2d(x, filter, wrong({ activation }));
    refuses(activated(7), 'depthwiseConv2d: activation is 7; it is one of linear, relu,');
    refuses(activated(null), 'depthwiseConv2d: activation is null; it is one of');
    refuses(activated(['relu']), "depthwiseConv2d: activation is ['relu']; it is one of");
    refuses(activated(Math.tanh), 'depthwiseConv2d: activation is function tanh()', '; it is one of');
    refuses(activated({ name: 'swish' }), "depthwiseConv2d: activation is 'swish'; it is one of");
    refuses(() => activate(x, undefined as never), 'activate: activation is undefined; it is one of');
  });
  test('the axes of a sum', () =>
    refuses(() => reduceSum(x, null as never), 'reduceSum: axis is null but [1, 4, 4, 8] has 4 axes; give a whole'));
  test('a gpu, a function or an encoder, of functions that throw', () => {
    const none = undefined as never;
    const noGpu = 'gpu is undefined; give what await openGpu() gives';
    const encoder = gpu().device.createCommandEncoder();
    refuses(() => record(none, encoder, () => {}), `record: ${noGpu}`);
    refuses(() => record(gpu(), none, () => {}), 'record: encoder is undefined; give a GPUCommandEncoder');
    refuses(() => record(gpu(), encoder, none), 'record: fn is undefined; give a function');
    refuses(() => warnOfLeaks(none), `warnOfLeaks: ${noGpu}`);
    refuses(() => exportTuning(none), `exportTuning: ${noGpu}`);
    refuses(() => tensorFromImage(none, new ImageData(1, 1)), `tensorFromImage: ${noGpu}`);
    refuses(
      () => record(openLate() as never, encoder, () => {}),
      'record: gpu is a Promise (await it); give what await',
    );
  });
  test('of functions that reject', async () => {
    const none = undefined as never;
    const noGpu = 'gpu is undefined; give what await openGpu() gives';
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => prepare(none, () => {}), `prepare: ${noGpu}`],
      [() => prepare(openLate() as never, () => {}), 'prepare: gpu is a Promise (await it)'],
      [() => prepare(gpu(), none), 'prepare: fn is undefined; give a function'],
      [() => profile(gpu(), none), 'profile: fn is undefined; give a function'],
      [() => tune(gpu(), none), 'tune: fn is undefined; give a function'],
      [() => compile(none, none, none), `compile: ${noGpu}`],
      [() => compile(gpu(), { x: [1] }, none), 'compile: fn is undefined; give a function'],
      [
        () => compile(gpu(), { x: null as never }, (inputs) => inputs.x),
        'compile: input x is null but must be an array of sizes',
      ],
      [() => openGpu({ device: {} as never }), 'openGpu: device is [object Object]; give a GPUDevice, or leave it out'],
      [() => openGpu({ signal: 1 as never }), 'openGpu: signal is 1; give an AbortSignal'],
    ];
    for (const [call, words] of cases) expect(await rejectionOf(call())).toContain(words);
  });
  test('a feed of a program that is no number', async () => {
    using program = await compile(gpu(), { x: [2] }, (inputs) => square(inputs.x));
    const feed = (value: unknown) => () => program.run({ x: value as number[] });
    refuses(feed(['a', 'b']), "program.run: x[0] is 'a'; give numbers, all in one list");
    refuses(feed('ab'), "program.run: x is 'ab' but the program was compiled for [2]; give a tensor of that shape");
    refuses(feed(BigInt64Array.of(1n, 2n)), 'program.run: x[0] is 1n; give numbers');
    refuses(feed([1, [2]]), 'program.run: x[1] is [2]; give numbers');
  });
});

describe('sizes beyond the device', () => {
  const most = (): string => `but the device's maxBufferSize is ${gpu().device.limits.maxBufferSize}; `;
  const side = 2 * 1e6 + 4;
  test('of pad', () =>
    refuses(
      () => pad(x, [[0, 0], [1e6, 1e6], [1e6, 1e6], [0, 0]]), // prettier-ignore
      `pad: the output [1, ${side}, ${side}, 8] needs ${side * side * 32} bytes ${most()}`,
    ));
  test('of a resize', () => {
    refuses(
      () => resizeBilinear(x, [1e6, 1e6]),
      `resizeBilinear: the output [1, 1000000, 1000000, 8] needs 32000000000000 bytes ${most()}`,
    );
    refuses(() => resizeNearestNeighbor(x, [1e6, 1e6]), 'resizeNearestNeighbor: the output', most());
  });
  test('of what broadcasts', () => {
    const [tall, wide] = [ones(2 ** 17, 1), ones(2 ** 17)];
    refuses(() => add(tall, wide), 'add: the output [131072, 131072]', `${2 ** 36} bytes`);
  });
});

describe('groups', () => {
  const grouped = ones.bind(null, 3, 3, 2, 8);
  const call =
    (options: object): (() => unknown) =>
    () =>
      groupedConv2d(x, grouped(), options as { groups: number });
  test('that do not divide the input', () =>
    refuses(call({ groups: 3 }), 'groupedConv2d', 'groups 3', '8 channels', 'divisor of 8'));
  test('that do not divide the output', () =>
    refuses(
      () => groupedConv2d(x, ones(3, 3, 2, 6), { groups: 4 }),
      'groupedConv2d',
      'groups 4',
      '6 output channels',
      'multiple of 4',
    ));
  test('of another width than the filter', () =>
    refuses(call({ groups: 2 }), 'groupedConv2d', '2 input channels', '2 groups of 4', '[height, width, 4, out]'));
  test('that are missing, zero or fractional', () => {
    refuses(call({}), 'groupedConv2d', 'groups', 'undefined', 'at least 1');
    refuses(call({ groups: 0 }), 'groups', '0');
    refuses(call({ groups: 2.5 }), 'groups', '2.5');
    refuses(() => groupedConv2d(x, grouped(), undefined as never), 'groupedConv2d', 'groups');
  });
  test('an unknown grouping or method', () => {
    refuses(call({ groups: 4, grouping: 'shuffled' }), 'grouping', "'shuffled'", "'contiguous'", "'strided'");
    refuses(call({ groups: 4, method: 'fast' }), 'method', "'fast'", 'fused-reshape-sum');
  });
  test('of conv2d with a filter in depthwise form', () => {
    const words = ['conv2d', '[3, 3, 6, 4]', '6', '3', '[3, 3, 3, out]', 'groupedConv2d'];
    const six = ones(1, 4, 4, 6);
    refuses(() => conv2d(six, ones(3, 3, 6, 4), { groups: 2 }), ...words);
    const planes = ones(1, 6, 4, 4);
    refuses(() => conv2d(planes, ones(3, 3, 6, 4), { groups: 2, dataFormat: 'NCHW' }), ...words);
    // With as many groups as channels, this filter could be mistaken for a depthwise one.
    refuses(
      () => conv2d(six, ones(3, 3, 6, 2), { groups: 6 }),
      'conv2d',
      '[3, 3, 6, 2]',
      '6',
      '1',
      '[3, 3, 1, out]',
      'groupedConv2d',
    );
  });
  test('the filter converters', () => {
    refuses(
      () => groupedToDepthwiseFilter(ones(3, 3, 2, 6), { groups: 4 }),
      'groupedToDepthwiseFilter',
      '4',
      '6',
      'divisor',
    );
    refuses(
      () => depthwiseToGroupedFilter(ones(3, 3, 6, 2), { groups: 4 }),
      'depthwiseToGroupedFilter',
      '4',
      '6',
      'divisor',
    );
    refuses(() => depthwiseToGroupedFilter(ones(3, 3), { groups: 1 }), 'depthwiseToGroupedFilter', 'rank 2', 'rank 4');
    for (const convert of [groupedToDepthwiseFilter, depthwiseToGroupedFilter]) {
      refuses(() => convert(undefined as never, { groups: 1 }), convert.name, 'filter is undefined', 'gpu.tensor');
      refuses(() => convert(filter, undefined as never), convert.name, 'options are undefined', 'groups, grouping');
      refuses(() => convert(filter, { groups: 1, group: 2 } as never), convert.name, 'no option group;');
    }
  });
});

describe('an op of several steps throws before the first is queued', () => {
  test('separableConv2d whose second filter does not fit', () =>
    refuses(() => separableConv2d(x, filter, ones(4, 2)), 'separableConv2d', '4 input channels', '8'));
  test('every method of groupedConv2d with a bad bias', () => {
    for (const method of ['direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      refuses(
        () => groupedConv2d(x, ones(3, 3, 2, 8), { groups: 4, method, bias: ones(3) }),
        'groupedConv2d',
        'bias',
        '[3]',
        '[8]',
      );
    }
  });
  test('and before anything is allocated, even the converted filter', () => {
    const forms = [ones(3, 3, 2, 8), ones(3, 3, 8, 2)];
    const [bias, mix] = [ones(3), ones(8, 4)];
    // An idle buffer of a fitting size would hide an allocation.
    gpu().trim();
    const before = gpu().memory();
    for (const method of ['direct', 'reshape-sum', 'fused-reshape-sum', 'split-concat'] as const) {
      for (const form of forms) {
        refuses(() => groupedConv2d(x, form, { groups: 4, method, bias }), 'groupedConv2d', 'bias', '[3]', '8');
      }
    }
    refuses(() => separableConv2d(x, filter, mix, { bias }), 'separableConv2d (pointwise step)', 'bias', '[3]', '4');
    expect(gpu().memory()).toEqual(before);
  });
  test('the blocks, and the part that is wrong is named', () => {
    const [good, bad] = [{ filter: ones(8, 8) }, { filter: ones(4, 8) }];
    refuses(
      () => resnextBottleneck(x, { reduce: good, grouped: { filter: ones(3, 3, 2, 8) }, expand: bad }, { groups: 4 }),
      'resnextBottleneck (expand)',
      '4 input channels',
    );
    refuses(() => separableBlock(x, { depthwise: { filter }, pointwise: bad }), 'separableBlock (pointwise)');
    refuses(
      () => invertedResidual(x, { expand: good, depthwise: { filter }, project: bad }),
      'invertedResidual (project)',
    );
  });
  test('weights of a block that are no tensors, missing or misspelt', () => {
    const block = (weights: unknown) => () => invertedResidual(x, weights as never);
    const good = { depthwise: { filter }, project: { filter: ones(8, 8) } };
    refuses(block(undefined), 'invertedResidual', 'weights are undefined', 'depthwise, project, expand');
    refuses(block({ depthwise: { filter } }), 'invertedResidual (project)', 'weights are undefined', 'filter, bias');
    refuses(block({ ...good, project: {} }), 'invertedResidual (project)', 'filter is undefined', 'gpu.tensor');
    refuses(block({ ...good, expand: null }), 'invertedResidual (expand)', 'weights are null');
    refuses(block({ ...good, shortcut: 'identity' }), 'no weight shortcut');
    refuses(block({ ...good, depthwise: { filter, bn: {} } }), 'invertedResidual (depthwise)', 'no weight bn');
    refuses(() => separableBlock(x, null as never), 'separableBlock', 'weights are null', 'depthwise, pointwise');
    refuses(() => resnextBottleneck(x, {} as never, { groups: 4 }), 'resnextBottleneck (reduce)', 'undefined');
  });
});

describe('tensors', () => {
  test('that are disposed', () => {
    const gone = ones(3, 3, 8, 1);
    gone.dispose();
    refuses(() => depthwiseConv2d(x, gone), 'depthwiseConv2d', 'filter', 'disposed');
    const bias = ones(8);
    bias.dispose();
    refuses(() => depthwiseConv2d(x, filter, { bias }), 'bias', 'disposed');
  });
  test('that are no tensors', () => {
    refuses(() => depthwiseConv2d([1, 2] as never, filter), 'depthwiseConv2d', 'x is', 'gpu.tensor');
    refuses(() => depthwiseConv2d(x, undefined as never), 'depthwiseConv2d', 'filter', 'gpu.tensor');
  });
  test('of two devices', async () => {
    const other = await openGpu();
    const foreign = other.tensor(new Float32Array(72), [3, 3, 8, 1]);
    refuses(() => depthwiseConv2d(x, foreign), 'depthwiseConv2d', 'x and filter', 'two different gpus');
    other.destroy();
  });
  test('of the wrong length, and invalid shapes', () => {
    refuses(() => gpu().tensor(new Float32Array(7), [2, 4]), 'gpu.tensor', '7 elements', '8');
    refuses(() => gpu().tensor(new Float32Array(8), [2, Number.NaN]), 'gpu.tensor', 'NaN', 'axis 1');
    refuses(() => gpu().tensor(new Float32Array(0), [0, 4]), 'gpu.tensor', '0', 'at least 1');
    refuses(() => gpu().tensor(new Float32Array(8), [-2, -4]), 'gpu.tensor', '-2', 'at least 1');
    refuses(() => gpu().tensor(new Float32Array(8), [2.5, 4]), 'gpu.tensor', '2.5', 'whole number');
  });
});

test('parameterCount names the size that is wrong', () => {
  refuses(() => parameterCount(undefined as never), 'parameterCount', 'options are undefined', 'filterSize');
  refuses(() => parameterCount({ filterSize: null, inChannels: 3, outChannels: 4 } as never), 'filterSize is null');
  refuses(
    () => parameterCount({ filterSize: 0, inChannels: 3, outChannels: 4 }),
    'parameterCount',
    'filterSize',
    '0',
    'at least 1',
  );
});
