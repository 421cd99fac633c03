/**
 * Random calls: a few hundred here, as many as you like with `npm run fuzz`. A failure is shrunk, and printed as a readable
 * call and as a case to paste into `found` below.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Gpu } from '../../src/index';
import type { Kernel } from '../../src/kernels/kernel';
import { allKernels } from '../../src/tune/self-test';
import { againstReference, checkCase } from '../fuzz/against-reference';
import { amongThemselves } from '../fuzz/among-themselves';
import { arrayCalls, arrayOpNames } from '../fuzz/array-calls';
import { arrayOps } from '../fuzz/array-ops';
import { fuzz, TIMEOUT_MS } from '../fuzz/budget';
import type { ConvCase } from '../fuzz/case';
import { casesOf } from '../fuzz/cases-of';
import type { Family } from '../fuzz/family';
import { mistakes } from '../fuzz/mistakes';
import { printCall, printCase } from '../fuzz/print';
import { runProperty } from '../fuzz/property';
import { relations } from '../fuzz/relations';
import { newSeen } from '../fuzz/seen';
import { wrongCalls } from '../fuzz/wrong-calls';
import { useGpu } from '../support/gpu';
import { lacksFeature } from '../support/lacks-feature';
import { rejectionOf } from '../support/message';

const gpu = useGpu();

/** Cases that failed once. */
const found: readonly ConvCase[] = [
  // One column of outputs comes from two of inputs. The stride makes no difference to a single column, so it was replaced by
  // 1, which says that no input is skipped.
  {
    op: 'pointwiseConv2d',
    x: [1, 2, 2, 4],
    filter: [1, 1, 4, 4],
    geometry: { strides: [1, 3] },
    epilogue: {},
    seed: 1,
  },
  // The same in a network: a batch of 2x2 maps with stride 2.
  { op: 'conv2d', x: [2, 2, 2, 4], filter: [1, 1, 4, 4], geometry: { strides: 2 }, epilogue: {}, seed: 1 },
];

for (const c of found) {
  test(`once failed: ${printCall(c)}`, async () => {
    expect(await checkCase(gpu(), c, newSeen())).toBeUndefined();
  });
}

/** Cases for kernels that random draws seldom reach: with many channels per group, large filters, or no aim of their own. */
const seldom: readonly ConvCase[] = [
  {
    op: 'pointwiseConv2d',
    x: [2, 5, 6, 32],
    filter: [1, 1, 32, 68],
    geometry: { strides: [2, 1] },
    epilogue: { bias: true },
    seed: 10,
    variant: { kernel: 'pointwise/shared', tile: { TILE_PIXELS: 2 } },
  },
  {
    op: 'conv2d',
    x: [2, 5, 6, 48],
    filter: [1, 1, 48, 132],
    geometry: { strides: [1, 2] },
    epilogue: { bias: true },
    seed: 11,
    variant: { kernel: 'pointwise/subgroup', tile: { TILE_PIXELS: 4 } },
  },
  {
    op: 'depthwiseConv2d',
    x: [2, 6, 8, 4],
    filter: [5, 11, 4, 1],
    geometry: { padding: 'same' },
    epilogue: { bias: true },
    seed: 4,
    variant: { kernel: 'depthwise/rows', tile: { TILE_WIDTH: 7, CHUNK: 10, COLUMNS: 4, LANES: 4, SPLITS: 4 } },
  },
  {
    op: 'depthwiseConv2d',
    x: [2, 7, 9, 3],
    filter: [3, 4, 3, 2],
    geometry: { strides: [2, 1], dilations: [1, 2], padding: 'same' },
    epilogue: { bias: true },
    seed: 5,
    variant: { kernel: 'depthwise/quick', tile: {} },
  },
  {
    op: 'conv2d',
    x: [2, 6, 7, 5],
    filter: [3, 2, 5, 7],
    geometry: { strides: [1, 2], padding: 'same' },
    epilogue: { bias: true },
    seed: 6,
    variant: { kernel: 'conv2d/quick', tile: { TILE_PIXELS: 4, TILE_COLUMNS: 2 } },
  },
  {
    op: 'conv2d',
    x: [1, 5, 6, 11],
    filter: [2, 3, 11, 9],
    geometry: { dilations: [2, 1], padding: 'same' },
    epilogue: {},
    seed: 7,
    variant: { kernel: 'conv2d/quad', tile: { TILE_PIXELS: 14, TILE_COLUMNS: 1 } },
  },
  {
    op: 'conv2d',
    x: [2, 5, 7, 20],
    filter: [3, 2, 20, 8],
    geometry: { strides: [1, 2], padding: 'same' },
    epilogue: {},
    seed: 1,
    variant: { kernel: 'conv2d/split', tile: { TILE_WIDTH: 4, TILE_HEIGHT: 1, SPLITS: 4 } },
  },
  {
    op: 'groupedConv2d',
    x: [1, 6, 9, 24],
    filter: [2, 3, 12, 16],
    geometry: { strides: [2, 1], padding: 'same' },
    groups: 2,
    epilogue: {},
    seed: 2,
    variant: { kernel: 'grouped/split', tile: { TILE_WIDTH: 4, TILE_HEIGHT: 1, SPLITS: 2 } },
  },
  {
    op: 'groupedConv2d',
    x: [2, 5, 7, 15],
    filter: [3, 2, 5, 21],
    geometry: { strides: [1, 2], dilations: [2, 1], padding: 'same' },
    groups: 3,
    epilogue: { bias: true },
    seed: 3,
    variant: { kernel: 'grouped/quad', tile: { TILE_PIXELS: 14, TILE_COLUMNS: 1 } },
  },
];

for (const c of seldom) {
  test(`seldom drawn: ${printCall(c)}`, async () => {
    const kernel = allKernels.find(({ name }) => name === c.variant?.kernel)!;
    // kernels.test.ts checks that such a device does not choose the kernel.
    if (lacksFeature(kernel, gpu().device)) return;
    expect(await checkCase(gpu(), c, newSeen())).toBeUndefined();
  });
}

test(
  'every convolution, by every kernel, gives what the float64 reference gives',
  async () => {
    const { kinds, isWhole } = await fuzz(againstReference, { usual: 180, share: 0.6 });
    if (!isWhole) return;
    const drawn = [...kinds.keys()].map((kind) => kind.split(' ')[0]);
    const reached = new Set([...drawn, ...seldom.map(({ variant }) => variant?.kernel)]);
    const all = allKernels.filter((kernel) => !lacksFeature(kernel, gpu().device)).map(({ name }) => name);
    expect([...all, 'separable/fused'].filter((name) => !reached.has(name))).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'two ways to the same convolution agree',
  async () => {
    const { kinds, isWhole } = await fuzz(amongThemselves, { usual: 50, share: 0.2 });
    if (!isWhole) return;
    expect(relations.map(({ name }) => name).filter((name) => !kinds.has(name))).toEqual([]);
  },
  TIMEOUT_MS,
);

test('each array op is drawn', () => {
  const drawn = new Set(fc.sample(arrayCalls, { numRuns: 3000, seed: 5 }).map(({ op }) => op));
  expect(arrayOpNames.filter((name) => !drawn.has(name))).toEqual([]);
});

test(
  'the array ops give what their float64 references give',
  async () => {
    const { kinds, isWhole } = await fuzz(arrayOps, { usual: 400, share: 0.1 });
    if (!isWhole) return;
    const missed = arrayOpNames.filter((name) => !kinds.has(name));
    expect(missed.length, missed.join()).toBeLessThan(arrayOpNames.length / 20);
  },
  TIMEOUT_MS,
);

test(
  'a wrong call throws at once, names the function, and leaves nothing behind',
  async () => {
    const { kinds, isWhole } = await fuzz(wrongCalls, { usual: 400, share: 0.1 });
    if (!isWhole) return;
    const missed = mistakes.filter(({ name }) => !kinds.has(name));
    expect(missed.length, missed.map(({ name }) => name).join()).toBeLessThan(mistakes.length / 20);
  },
  TIMEOUT_MS,
);

test('a kernel that is wrong in one place is found, and shrunk to a line to paste', async () => {
  const kernels = allKernels.map((kernel) => (kernel.name === 'conv2d/general' ? wrongInOnePlace(kernel) : kernel));
  const property = againstReference(newSeen(), kernels);
  // All families get the same program, because this test is about shrinking the sizes.
  const arbitrary = property.arbitrary
    .filter(({ program: { aim } }) => aim.op === 'conv2d')
    .map(({ sizes, program }) => ({
      sizes: sizes.map((size) => ({ ...size, padding: 'valid' as const })),
      program: { ...program, filter: [1, 1], strides: [1, 1], dilations: [1, 1], epilogue: {} } as const,
      picks: [{ kernel: 'conv2d/general', other: 0, tile: 0 }],
    }));
  const message = await rejectionOf(
    runProperty({ ...property, arbitrary }, { cases: 100, seed: 1, again: 'this test' }),
  );
  expect(message).toContain(' // by conv2d/general, tile {}\n');
  expect(message).toMatch(/\{ op: 'conv2d', x: \[1, .* seed: 1, .* \}$/);
  // The sixth output is wrong, so with fewer outputs nothing would fail.
  expect(message).toContain('; 1 of 6 differ');
  // The kernel is also wrong in float32, so the failure shrinks to that.
  expect(message).not.toMatch(/f16|halves|accumulate|isPacked/);
  expect(message).toMatch(/^convolutions against the reference: failed by case \d+ of 100, seed 1; again: this test\n/);
});

test('what fails only in float16 shrinks to as little of it as it takes, and is printed with it', async () => {
  const { name, arbitrary, count } = againstReference(newSeen());
  const attempt = async (_: Gpu, family: Family): Promise<readonly string[]> =>
    casesOf(family, new Set(['shader-f16']))
      .filter(({ halves, op }) => op === 'conv2d' && halves?.includes('x') && halves.includes('filter'))
      .map((c) => `${printCall(c)} ${printCase(c)}`);
  const message = await rejectionOf(
    runProperty({ name, arbitrary, count, attempt }, { cases: 500, seed: 1, again: 'this test' }),
  );
  expect(message).toMatch(/\nconv2d\(random\(\[.*\], 1, 'f16'\), random\(\[.*\], 2, 'f16'\), {}\) {/);
  expect(message).toMatch(/halves: \['x', 'filter'\] }$/);
  expect(message).not.toMatch(/accumulate|isPacked/);
});

test('a case is printed with all that is float16 in it', () => {
  const c: ConvCase = {
    op: 'pointwiseConv2d',
    x: [1, 1, 1, 2],
    filter: [2, 1],
    geometry: {},
    epilogue: { bias: true, residual: true },
    seed: 1,
    halves: ['x', 'bias'],
    accumulate: 'f16',
    isPacked: true,
  };
  expect(`${printCall(c)}\n${printCase(c)}`).toMatchInlineSnapshot(`
    "pointwiseConv2d(random([1, 1, 1, 2], 1, 'f16'), random([2, 1], 2), { accumulate: 'f16', bias: random([1], 3, 'f16'), residual: random([1, 1, 1, 1], 4) }) // halves packed in words
    { op: 'pointwiseConv2d', x: [1, 1, 1, 2], filter: [2, 1], geometry: {}, epilogue: { bias: true, residual: true }, seed: 1, halves: ['x', 'bias'], accumulate: 'f16', isPacked: true }"
  `);
});

function wrongInOnePlace(kernel: Kernel): Kernel {
  return {
    ...kernel,
    step: (...args) => {
      const step = kernel.step(...args);
      return {
        ...step,
        wgsl: step.wgsl.replace(
          'epilogue(V(sums[0]), at',
          'epilogue(V(sums[0]) + select(V(0.0), V(0.5), at == 5u), at',
        ),
      };
    },
  };
}
