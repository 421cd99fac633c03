/** Transposed convolutions in programs: what is fused with them and what must not be, and a small decoder. */
import { describe, expect, test } from 'vitest';
import {
  activate,
  add,
  batchNorm,
  compile,
  concat,
  conv2d,
  conv2dTranspose,
  maxPool2d,
  multiply,
  pad,
  pointwiseConv2d,
  prepare,
  profile,
  record,
  softmax,
  type Tensor,
} from '../../src/index';
import { useOwnGpu } from '../support/gpu';
import { testNetworks, type NetworkCase } from '../support/network-cases';
import { tensorOf } from '../support/transpose-call';

const gpu = useOwnGpu();
const same = { padding: 'same' } as const;
const same2 = { padding: 'same', strides: 2 } as const;

const cases: Readonly<Record<string, NetworkCase>> = {
  'all that follows, op by op': {
    input: [1, 4, 3, 8],
    build(w) {
      const [filter, bias, mean, alpha] = [w(3, 3, 12, 8), w(12), w(12), w(12)];
      const variance = w(12);
      return (x) => {
        const normed = batchNorm(add(conv2dTranspose(x, filter, same2), bias), { mean, variance, epsilon: 2 });
        return multiply(activate(normed, { name: 'prelu', alpha }), 0.5);
      };
    },
    dispatches: [5, 1],
  },
  'channels first': {
    input: [1, 4, 3, 5],
    build(w) {
      const [filter, bias] = [w(3, 3, 6, 4), w(6, 1, 1)];
      return (x) => activate(add(conv2dTranspose(x, filter, { ...same2, dataFormat: 'NCHW' }), bias), 'relu');
    },
    dispatches: [3, 1],
  },
  'a skip connection that is added': {
    input: [1, 8, 8, 4],
    build(w) {
      const [down, up] = [w(3, 3, 4, 8), w(2, 2, 4, 8)];
      return (x) => activate(add(conv2dTranspose(conv2d(x, down, same2), up, same2), x), 'relu');
    },
    dispatches: [4, 2],
  },
  'its output is read twice: both ends of a hard swish': {
    input: [1, 3, 4, 4],
    build(w) {
      const filter = w(4, 4, 4, 4);
      return (x) => {
        const y = conv2dTranspose(x, filter, same2);
        return multiply(y, multiply(activate(add(y, 3), 'relu6'), 1 / 6));
      };
    },
    dispatches: [5, 1],
  },
  'zeros around the image, which are inputs here, and no padding': {
    input: [1, 3, 4, 4],
    build(w) {
      const filter = w(3, 3, 4, 4);
      return (x) => conv2dTranspose(pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]), filter, same2); // prettier-ignore
    },
    dispatches: [2, 2],
  },
  'zeros around what it gives, which the next convolution pads': {
    input: [1, 3, 4, 4],
    build(w) {
      const [up, filter] = [w(3, 3, 4, 4), w(3, 3, 4, 8)];
      return (x) => conv2d(pad(conv2dTranspose(x, up, same2), [[0, 0], [1, 1], [1, 1], [0, 0]]), filter); // prettier-ignore
    },
    dispatches: [3, 2],
  },
  'a decoder: down, up, what was before beside it, classes': {
    input: [1, 8, 8, 3],
    build(w) {
      const [stem, down, deep, up, mix, head] = [w(3, 3, 3, 8), w(3, 3, 8, 16), w(3, 3, 16, 16), w(3, 3, 8, 16), w(3, 3, 16, 8), w(8, 4)]; // prettier-ignore
      const [bias, shift] = [w(8), w(4)];
      return (x) => {
        const skip = activate(conv2d(x, stem, same), 'relu');
        const low = activate(conv2d(maxPool2d(skip, { windowSize: 2 }), down, same), 'relu');
        const lower = activate(conv2d(low, deep, same2), 'relu');
        const raised = conv2dTranspose(lower, up, { strides: 4, padding: 'same', bias, activation: 'relu' });
        const merged = activate(conv2d(concat([raised, skip], 3), mix, same), 'relu');
        return softmax(add(pointwiseConv2d(merged, head), shift));
      };
    },
    dispatches: [15, 10],
  },
};

testNetworks(gpu, cases);

describe('a conv2dTranspose', () => {
  const call = { x: [1, 4, 3, 4], filter: [3, 3, 8, 4] } as const;

  test('works in prepare, record and profile', async () => {
    using x = tensorOf(gpu(), call.x, 1);
    using filter = tensorOf(gpu(), call.filter, 2);
    const run = (): Tensor => conv2dTranspose(x, filter, { ...same2, activation: 'mish' });
    const { pipelines } = gpu().memory();
    await prepare(gpu(), run);
    expect(gpu().memory().pipelines).toBe(pipelines + 1);
    using y = run();
    const expected = await y.read();
    expect(gpu().memory().pipelines).toBe(pipelines + 1);

    const encoder = gpu().device.createCommandEncoder();
    using recording = record(gpu(), encoder, run);
    gpu().device.queue.submit([encoder.finish()]);
    using recorded = recording.result;
    expect(await recorded.read()).toEqual(expected);

    const times = await profile(gpu(), run);
    expect(times.map(({ kernel }) => kernel)).toEqual(['conv2dTranspose/tile']);
    expect(times[0].label).toMatchInlineSnapshot(`"conv2dTranspose/tile 4x4x4x1 1x4x3x4->8 k3x3 s2x2"`);
  });

  test('of a program states its cost in explain', async () => {
    using filter = tensorOf(gpu(), call.filter, 2);
    using program = await compile(gpu(), { x: call.x }, ({ x }) => conv2dTranspose(x, filter, same2));
    // Each of the 4 x 3 x 4 inputs is multiplied by 9 taps for each of 8 outputs.
    expect(program.explain()[0]).toMatchObject({ flops: 2 * 4 * 3 * 4 * 9 * 8, bytes: 4 * (48 + 288 + 8 * 6 * 8) });
  });
});
