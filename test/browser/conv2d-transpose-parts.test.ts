/**
 * Transposed convolutions of tensors larger than a binding: parts of the batch and bands of rows together give the same bits
 * as the whole. Also checks what is refused.
 */
import { describe, expect, test, vi } from 'vitest';
import { conv2dTranspose, explain, prepare, record, type Conv2dTransposeOptions, type DType, type Tensor } from '../../src/index'; // prettier-ignore
import { transposePieces } from '../../src/kernels/conv-pieces';
import { conv2dTranspose as operation } from '../../src/kernels/conv2d-transpose';
import { convolve } from '../../src/ops/convolve';
import { useOwnGpu } from '../support/gpu';
import { bindingAtMost, boundBy } from '../support/limits';
import { messageOf } from '../support/message';
import { sumsOf, tensorOf, type TransposeCall } from '../support/transpose-call';

const gpu = useOwnGpu();
const same2 = { strides: 2, padding: 'same' } as const;

/**
 * These images are high enough for several bands. In some of them, a band can begin only at certain rows, and the last band
 * has fewer rows.
 */
const calls: Readonly<Record<string, TransposeCall>> = {
  'stride 2, 3x3': { x: [1, 20, 16, 4], filter: [3, 3, 4, 4], geometry: same2 },
  'stride 2, 4x4, fewer outputs than inputs': { x: [1, 24, 16, 8], filter: [4, 4, 3, 8], geometry: same2 },
  'two images': { x: [2, 24, 16, 4], filter: [2, 2, 8, 4], geometry: same2 },
  'a batch': { x: [5, 4, 4, 4], filter: [3, 3, 8, 4], geometry: same2 },
  'stride 3, five channels': { x: [1, 21, 16, 5], filter: [3, 3, 4, 5], geometry: { strides: 3, padding: 'same' } },
  'in steps of four rows': { x: [1, 33, 12, 4], filter: [3, 3, 4, 4], geometry: same2 },
  'lopsided padding': { x: [1, 24, 16, 4], filter: [4, 3, 4, 4], geometry: { strides: 2, padding: [[3, 0], [0, 3]] } }, // prettier-ignore
  'gaps that come first': { x: [1, 12, 16, 4], filter: [2, 2, 4, 4], geometry: { strides: 4, padding: [[0, 3], [0, 1]], outputPadding: 3 } }, // prettier-ignore
  'padding of whole bands': { x: [1, 40, 16, 4], filter: [12, 3, 4, 4], geometry: { padding: [[9, 0], [1, 1]] } }, // prettier-ignore
  dilated: { x: [1, 24, 16, 4], filter: [3, 3, 4, 4], geometry: { strides: 2, dilations: [3, 1], padding: 'same' } },
  groups: { x: [1, 20, 16, 8], filter: [3, 3, 4, 8], geometry: { ...same2, groups: 2 } },
  'the depthwise form': { x: [1, 24, 16, 4], filter: [4, 4, 4, 1], geometry: { ...same2, groups: 4 } },
};

/** The smallest limit, in steps of the alignment, at which a call has pieces and its filter fits into a binding. */
function smallestLimit({ x, filter, geometry }: TransposeCall, dtype: DType): number {
  const { problem, shape } = sumsOf({ x, filter, geometry });
  const weights = filter.reduce((product, n) => product * n, 4);
  for (let bytes = Math.ceil(weights / 256) * 256; ; bytes += 256) {
    const limits = { ...gpu().context.target.limits, maxStorageBufferBindingSize: bytes };
    const forms = { inputs: { x: { shape: x, dtype } }, outputs: { output: { shape, dtype } } };
    if (transposePieces({ problem, epilogue: [], ...forms }, limits).length > 0) return bytes;
  }
}

describe.for(['f32', 'f16'] as const)('in %s, by every kernel', (dtype) => {
  for (const kernel of operation.kernels) {
    const cases = Object.entries(calls).filter(([, call]) => kernel.supports(sumsOf(call).problem));
    expect(cases, kernel.name).not.toHaveLength(0);
    test.for(cases)(`${kernel.name}: %s`, async ([, call]) => {
      const { problem, shape } = sumsOf(call);
      using x = tensorOf(gpu(), call.x, 1, dtype);
      using filter = tensorOf(gpu(), call.filter, 2);
      using bias = tensorOf(gpu(), [problem.outChannels], 3);
      using residual = tensorOf(gpu(), shape, 4, dtype);
      const options = { bias, residual, activation: 'relu', residualOrder: 'after-activation' } as const;
      const alone = { ...operation, name: `conv2dTranspose by ${kernel.name}`, kernels: [kernel] };
      const run = (): Tensor => convolve(alone, problem, x, filter, options);
      using whole = run();
      const { result, dispatches } = bindingAtMost(gpu(), smallestLimit(call, dtype), run);
      using parts = result;
      expect(dispatches.length).toBeGreaterThan(1);
      expect(explain(parts).why).toContain(`; in ${dispatches.length} parts`);
      // All bands begin in the same phase of the stride, so they share a program. Only the last band may have another height.
      expect(new Set(dispatches.map(({ step }) => step.wgsl)).size).toBe(1);
      expect(await parts.read()).toEqual(await whole.read());
    });
  }
});

describe('the public function', () => {
  /** Twelve rows of 1024 bytes become 24 rows of 2048 bytes. */
  const banded = { x: [1, 12, 16, 16], filter: [3, 3, 16, 16], geometry: same2 } as const;
  const run = ({ x, filter, geometry }: TransposeCall, more: Conv2dTransposeOptions = {}): Tensor => {
    using input = tensorOf(gpu(), x, 1);
    using weights = tensorOf(gpu(), filter, 2);
    return conv2dTranspose(input, weights, { ...geometry, ...more });
  };

  test('binds the rows that reach a band, and no others', async () => {
    const { result, dispatches } = bindingAtMost(gpu(), 9 * 1024, () => run(banded));
    using bands = result;
    const rows = dispatches.map((dispatch) => {
      const { x, output } = boundBy(dispatch);
      return [x.offset / 1024, x.byteLength / 1024, output.offset / 2048, output.byteLength / 2048];
    });
    expect(rows).toEqual([
      [0, 2, 0, 4],
      [1, 3, 4, 4],
      [3, 3, 8, 4],
      [5, 3, 12, 4],
      [7, 3, 16, 4],
      [9, 3, 20, 4],
    ]);
    using whole = run(banded);
    expect(await bands.read()).toEqual(await whole.read());
  });

  test('works in record and prepare, in bands', async () => {
    using whole = run(banded);
    const expected = await whole.read();
    const encoder = gpu().device.createCommandEncoder();
    const limit = 9 * 1024;
    const dispatched = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    using recording = bindingAtMost(gpu(), limit, () => record(gpu(), encoder, () => run(banded))).result;
    expect(dispatched).toHaveBeenCalledTimes(6);
    dispatched.mockRestore();
    gpu().device.queue.submit([encoder.finish()]);
    using recorded = recording.result;
    expect(await recorded.read()).toEqual(expected);

    const call = (): Tensor => run(banded, { activation: 'mish' });
    const { pipelines } = gpu().memory();
    let steps = 0;
    await bindingAtMost(gpu(), limit, () => prepare(gpu(), () => (steps = explain(call()).steps.length))).result;
    expect([steps, gpu().memory().pipelines]).toEqual([6, pipelines + 1]);
    const { result, dispatches } = bindingAtMost(gpu(), limit, call);
    using _ = result;
    gpu().submit();
    expect([dispatches.length, gpu().memory().pipelines]).toEqual([6, pipelines + 1]);
  });

  /** The message of a refused call. The call must queue nothing. */
  const refusal = (limit: number, call: TransposeCall): string => {
    const { recorded } = gpu().context.queue;
    const message = messageOf(() => bindingAtMost(gpu(), limit, () => run(call)));
    expect(gpu().context.queue.recorded).toBe(recorded);
    return message;
  };

  test('refuses what cannot be computed in parts', () => {
    const planes = { x: [1, 4, 8, 16], filter: [2, 2, 4, 4], geometry: { ...same2, dataFormat: 'NCHW' } } as const;
    expect(refusal(1024, planes)).toMatchInlineSnapshot(
      `"conv2dTranspose: x [1, 4, 8, 16] needs 2048 bytes but the device's maxStorageBufferBindingSize is 1024; use dataFormat 'NHWC', or split the batch or the rows into several calls"`,
    );
    // A band has at least the two rows of a stride, which take 4096 bytes.
    expect(refusal(3072, { ...banded, filter: [1, 1, 16, 16] })).toMatchInlineSnapshot(
      `"conv2dTranspose: x [1, 12, 16, 16] needs 12288 bytes but the device's maxStorageBufferBindingSize is 3072; split the batch or the rows into several calls"`,
    );
    expect(refusal(2048, banded)).toMatchInlineSnapshot(
      `"conv2dTranspose: x [1, 12, 16, 16] needs 12288 bytes but the device's maxStorageBufferBindingSize is 2048; split the batch or the rows into several calls"`,
    );
    // The second image begins at byte 1728, where no binding may begin.
    const odd = { x: [2, 9, 12, 4], filter: [1, 1, 4, 4], geometry: {} } as const;
    expect(refusal(1536, odd)).toMatchInlineSnapshot(
      `"conv2dTranspose: x [2, 9, 12, 4] needs 3456 bytes but the device's maxStorageBufferBindingSize is 1536; split the batch or the rows into several calls"`,
    );
  });
});
