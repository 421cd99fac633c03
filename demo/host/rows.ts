/** What is measured of the page's own thread: calls so small that the GPU's work does not matter. */
import type { Gpu, Tensor } from '../../src/index';
import { randomValues } from '../../test/support/random';
import { convNeXtTiny } from '../networks/conv-next';
import { networkCalls } from '../networks/library-calls';
import { mobileNetV2 } from '../networks/mobile-net-v2';
import { modelOf } from '../networks/model';
import type { HostRow, Side, Turn } from './measure';

/**
 * Calls in a turn: together they take about a millisecond, and the clock's resolution is 5 us. After 64 calls the library would
 * submit them, and a GPU that is a CPU would take it from the page while the clock runs.
 */
const CALLS = 60;
/** Shapes that no earlier turn used. Each has two tensors, which are uploaded before the turn. */
const NEW_SHAPES = 20;
/** Sizes of each axis; enough for 690 turns. */
const SIZES = 24;
/** A network with almost no work still has as many dispatches as a large one. */
const SMALL = { width: 0.25, classes: 10 } as const;

export const HOST_ROWS: readonly HostRow[] = [
  {
    name: 'add [1,8,8,4]',
    prepare: ({ library, gpu }) => addition(gpu, library.add, 'f32'),
  },
  {
    name: 'add, float16',
    prepare: ({ library, gpu }) => addition(gpu, library.add, 'f16'),
  },
  { name: 'add, each call of a new shape', prepare: newShapes },
  {
    name: 'depthwiseConv2d 3x3 [1,8,8,8], bias, relu6',
    prepare({ library, gpu }) {
      const [x, filter, bias] = tensors(gpu, [[1, 8, 8, 8], [3, 3, 8, 1], [8]]);
      const call = (): Tensor => library.depthwiseConv2d(x, filter, { bias, activation: 'relu6' });
      return repeated(call, [x, filter, bias]);
    },
  },
  { name: 'chain of 10 ops', prepare: chain },
  { name: 'compile ConvNeXt-Tiny, programs known', patience: 3, prepare: compilation },
  { name: 'run of MobileNetV2', prepare: replay },
];

function addition(gpu: Gpu, add: Side['library']['add'], dtype: 'f32' | 'f16'): Turn {
  const [a, b] = tensors(
    gpu,
    [
      [1, 8, 8, 4],
      [1, 8, 8, 4],
    ],
    dtype,
  );
  return repeated(() => add(a, b), [a, b]);
}

function repeated(call: () => Tensor, operands: readonly Tensor[]): Turn {
  return {
    counts: { call: CALLS },
    run() {
      for (let i = 0; i < CALLS; i++) call().dispose();
    },
    dispose: () => disposeAll(operands),
  };
}

/** The cost of a call with a new shape. The program does not depend on the shape. */
function newShapes({ library, gpu }: Side): Turn {
  let made = 0;
  let pairs: (readonly [Tensor, Tensor])[] = [];
  return {
    counts: { call: NEW_SHAPES },
    before() {
      pairs = Array.from({ length: NEW_SHAPES }, () => {
        const shape = [
          1 + Math.floor(made / SIZES ** 2),
          1 + (Math.floor(made / SIZES) % SIZES),
          1 + (made % SIZES),
          4,
        ];
        made++;
        const [a, b] = tensors(gpu, [shape, shape]);
        return [a, b];
      });
    },
    run() {
      for (const [a, b] of pairs) library.add(a, b).dispose();
    },
    after() {
      disposeAll(pairs.flat());
      pairs = [];
    },
    dispose: () => disposeAll(pairs.flat()),
  };
}

function chain({ library, gpu }: Side): Turn {
  const operands = tensors(gpu, [[1, 8, 8, 8], [1, 1, 8, 8], [8], [3, 3, 8, 1]]);
  const [x, weights, bias, taps] = operands;
  const ops = (): void => {
    using mixed = library.pointwiseConv2d(x, weights, { bias });
    using sum = library.add(mixed, x);
    using activated = library.activate(sum, 'hardSwish');
    using rows = library.reshape(activated, [64, 8]);
    using shares = library.softmax(rows);
    using halves = library.multiply(shares, 0.5);
    using image = library.reshape(halves, [1, 8, 8, 8]);
    using filtered = library.depthwiseConv2d(image, taps, { strides: 2 });
    using pooled = library.maxPool2d(filtered, { windowSize: 2 });
    library.reduceMean(pooled, [1, 2]).dispose();
  };
  return {
    counts: { op: CALLS },
    run() {
      for (let i = 0; i < CALLS; i += 10) ops();
    },
    dispose: () => disposeAll(operands),
  };
}

/** Its programs are there already, so that no turn waits for any. */
async function compilation({ library, gpu }: Side): Promise<Turn> {
  const network = convNeXtTiny({ ...SMALL, resolution: 64 });
  const calls = networkCalls(library, gpu, modelOf(network));
  const inputs = { x: network.layers[0].shape };
  const compile = () => library.compile(gpu, inputs, ({ x }) => calls.call(x));
  const first = await compile();
  await settled(first);
  first.dispose();
  let program: Disposable | undefined;
  return {
    counts: { compile: 1 },
    async run() {
      program = await compile();
    },
    after: () => program?.[Symbol.dispose](),
    dispose: () => calls.dispose(),
  };
}

/**
 * One run in each turn, as in an app that runs one in each frame. Runs in a row cost a fraction of that, since caches are warm.
 */
async function replay({ library, gpu }: Side): Promise<Turn> {
  const model = modelOf(mobileNetV2({ ...SMALL, resolution: 8 }));
  const { shape } = model.network.layers[0];
  const calls = networkCalls(library, gpu, model);
  const program = await library.compile(gpu, { x: shape }, (inputs) => calls.call(inputs.x));
  calls.dispose();
  await settled(program);
  const x = gpu.tensor(model.x, shape);
  return {
    counts: { run: 1, dispatch: program.dispatches.run },
    run() {
      program.run({ x }).dispose();
    },
    dispose() {
      program.dispose();
      x.dispose();
    },
  };
}

/** Waits until a program runs by the kernels that were chosen; an older build waits for them when it compiles. */
async function settled(program: { ready?(): Promise<void> }): Promise<void> {
  await program.ready?.();
}

function tensors(gpu: Gpu, shapes: readonly (readonly number[])[], dtype: 'f32' | 'f16' = 'f32'): Tensor[] {
  return shapes.map((shape, seed) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return gpu.tensor(randomValues(size, seed), shape, { dtype });
  });
}

function disposeAll(all: readonly Tensor[]): void {
  for (const tensor of all) tensor.dispose();
}
