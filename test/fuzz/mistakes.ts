/** Ways to spoil a call. Each is wrong for every convolution, or for those that it names. */
import { outputShape } from '../../src/conv/window';
import type { Tensor } from '../../src/index';
import { problemsOf, type Call, type ConvCase } from './case';
import { literal } from './print';

/** A call of any form. */
export interface AnyCall {
  readonly args: readonly unknown[];
  readonly options: unknown;
}

/** Uploads zeros of a shape, for as long as the call takes. */
export type Make = (shape: readonly number[]) => Tensor;

export interface Mistake {
  readonly name: string;
  /** The call, wrong in one way. */
  spoil(call: Call<Tensor>, c: ConvCase, make: Make): AnyCall;
}

const NO_COUNTS = [0, -1, 1.5, NaN, Infinity, 2 ** 60, '2', null, true, {}, [1], [1, 2, 3], [1, 0], [NaN, 1]];
const NO_PADDINGS = [
  -1,
  0.5,
  NaN,
  2 ** 31,
  'full',
  'same ',
  null,
  {},
  [1, 1],
  [[1, 1]],
  [[1, 1], [1]],
  [
    [0, -1],
    [0, 0],
  ],
];
const NO_NAMES = ['', 'nhwc', 'toString', '__proto__', 7, null, {}, []];
const NO_TENSORS = [null, 3, 'x', [1, 2], {}];
const NO_ACTIVATIONS = [
  ...NO_NAMES,
  'prelu',
  { name: 'relu', alpha: 1 },
  { name: 'elu', alpha: NaN },
  { name: 'leakyRelu', alpha: 1e39 },
  { name: 'clip', min: 2, max: 1 },
  { name: 'gelu', approximate: 'yes' },
  { name: 'prelu' },
  ...NO_TENSORS.map((alpha) => ({ name: 'prelu', alpha })),
];

/** The call with other options. */
function withOption(name: string, valueOf: (c: ConvCase, make: Make) => unknown, what?: string): Mistake {
  return {
    name: what ?? name,
    spoil: ({ args, options }, c, make) => ({ args, options: { ...options, [name]: valueOf(c, make) } }),
  };
}

function withValues(name: string, values: readonly unknown[]): readonly Mistake[] {
  return values.map((value) => withOption(name, () => value, `${name}: ${literal(value)}`));
}

/** An option with tensors of impossible shapes, and with values that are not tensors. */
function withTensor(name: string, wrap: (value: unknown, make: Make, c: ConvCase) => unknown): readonly Mistake[] {
  const shapes: Readonly<Record<string, (channels: number) => readonly number[]>> = {
    'one more': (channels) => [channels + 1],
    'two rows': (channels) => [2, channels],
    'no axis': () => [],
  };
  return [
    ...Object.entries(shapes).map(([what, shapeOf]) =>
      withOption(name, (c, make) => wrap(make(shapeOf(channelsOf(c))), make, c), `${name}: ${what}`),
    ),
    withOption(name, (c, make) => wrap(disposed(make([channelsOf(c)])), make, c), `${name}: a disposed tensor`),
    ...NO_TENSORS.map((value) => withOption(name, (c, make) => wrap(value, make, c), `${name}: ${literal(value)}`)),
  ];
}

/** The call with another argument. */
function withArgument(at: number, name: string): readonly Mistake[] {
  const instead = (what: string, valueOf: (tensor: Tensor, make: Make) => unknown): Mistake => ({
    name: `${name}: ${what}`,
    spoil: ({ args, options }, _, make) => ({
      args: args.map((tensor, i) => (i === at ? valueOf(tensor, make) : tensor)),
      options,
    }),
  });
  return [
    ...[undefined, ...NO_TENSORS].map((value) => instead(literal(value), () => value)),
    instead('an axis too many', ({ shape }, make) => make([...shape, 1])),
    instead('one axis', (_, make) => make([4])),
    instead('no axis', (_, make) => make([])),
    instead('a disposed tensor', ({ shape }, make) => disposed(make(shape))),
  ];
}

/** The filter for one channel more than there are. */
const wider: Mistake = {
  name: 'filter: for one channel more',
  spoil: ({ args: [x, filter, ...rest], options }, { groups = 1 }, make) => {
    const { shape } = filter;
    const axis = shape.length - 2;
    // For a grouped filter whose groups have one channel, one more channel gives its other form, so this adds two.
    const more = groups > 1 ? x.size + 1 : 1;
    return { args: [x, make(shape.with(axis, shape[axis] + more)), ...rest], options };
  },
};

/** A batch norm with a single mistake. */
function withNorm(what: string, change: (make: Make, channels: number) => Readonly<Record<string, unknown>>): Mistake {
  return withOption(
    'batchNorm',
    (c, make) => {
      const channels = channelsOf(c);
      return { mean: make([channels]), variance: make([channels]), ...change(make, channels) };
    },
    `batchNorm: ${what}`,
  );
}

/** Values of options that are not objects. All other mistakes are in an option of an object. */
const withoutOptions: readonly Mistake[] = [null, 3, 'same', true].map((options) => ({
  name: `options: ${literal(options)}`,
  spoil: ({ args }) => ({ args, options }),
}));

export const mistakes: readonly Mistake[] = [
  ...withoutOptions,
  ...withArgument(0, 'x'),
  ...withArgument(1, 'filter'),
  wider,
  ...['strides', 'dilations', 'rate', 'groups'].flatMap((name) => withValues(name, NO_COUNTS)),
  ...withValues('padding', NO_PADDINGS),
  ...['dataFormat', 'grouping', 'method', 'residualOrder'].flatMap((name) => withValues(name, NO_NAMES)),
  ...withValues('accumulate', [...NO_NAMES, 'F16', 'f64', 16]),
  ...['stride', 'Padding', 'kernel', 'constructor', '0'].map((name) => withOption(name, () => 1)),
  ...withValues('activation', NO_ACTIVATIONS),
  ...withTensor('activation', (alpha) => ({ name: 'prelu', alpha })),
  ...withTensor('bias', (tensor) => tensor),
  ...withTensor('residual', (tensor) => tensor),
  withOption(
    'residual',
    (c, make) => make(outputOf(c).map((n, i) => (i === 2 ? n + 1 : n))),
    'residual: one more column',
  ),
  ...withValues('batchNorm', [3, 'x', {}, []]),
  withNorm('no variance', () => ({ variance: undefined })),
  withNorm('an option that it has not', () => ({ momentum: 0.9 })),
  withNorm('one channel more in scale', (make, channels) => ({ scale: make([channels + 1]) })),
  withNorm('a disposed offset', (make, channels) => ({ offset: disposed(make([channels])) })),
  ...[-1, NaN, Infinity, 1e39, '0.1', null].map((epsilon) =>
    withNorm(`epsilon ${literal(epsilon)}`, () => ({ epsilon })),
  ),
];

function disposed(tensor: Tensor): Tensor {
  tensor.dispose();
  return tensor;
}

function outputOf(c: ConvCase): readonly number[] {
  const [first, second] = problemsOf(c);
  return outputShape(second ?? first);
}

function channelsOf(c: ConvCase): number {
  return outputOf(c)[c.geometry.dataFormat === 'NCHW' ? 1 : 3];
}
