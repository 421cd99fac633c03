/**
 * The public convolutions on images larger than a binding: the rows that each band binds, and what is refused.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dispatch } from '../../src/gpu/encode';
import {
  conv2d,
  depthwiseConv2d,
  explain,
  groupedConv2d,
  openGpu,
  pointwiseConv2d,
  prepare,
  record,
  separableConv2d,
  type DType,
  type Gpu,
  type Tensor,
} from '../../src/index';
import { profileOf } from '../../src/kernels/profile';
import { expectClose } from '../support/close';
import { bindingAtMost, boundBy, cap } from '../support/limits';
import { messageOf } from '../support/message';
import { randomValues } from '../support/random';
import { AMD } from '../support/target';

let own: Gpu;
let errors: Error[];

beforeEach(async () => {
  errors = [];
  own = await openGpu({ quickStart: false, onError: (error) => errors.push(error) });
});

afterEach(() => {
  own.destroy();
  expect(errors).toEqual([]);
});

function random(shape: readonly number[], seed = 1, dtype: DType = 'f32'): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return own.tensor(randomValues(size, seed), shape, { dtype });
}

describe('bands', () => {
  const same3x3 = (x: Tensor, options = {}): Tensor =>
    depthwiseConv2d(x, random([3, 3, 4, 1], 2), { padding: 'same', ...options });
  const rowsOf = (dispatch: Dispatch, name: string, row = 256): readonly number[] => {
    const { offset, byteLength } = boundBy(dispatch)[name];
    return [offset / row, byteLength / row];
  };

  test('bind the rows that their taps touch, and no others', async () => {
    const call = (): Tensor => same3x3(random([1, 22, 16, 4]), { residual: random([1, 22, 16, 4], 3) });
    const { result, dispatches } = bindingAtMost(own, 2560, call);
    expect(dispatches.map((dispatch) => ['x', 'residual', 'output'].map((name) => rowsOf(dispatch, name)))).toEqual([
      [[0, 9], [0, 8], [0, 8]],
      [[7, 10], [8, 8], [8, 8]],
      [[15, 7], [16, 6], [16, 6]],
    ]); // prettier-ignore
    expect(dispatches.every((dispatch) => boundBy(dispatch).weights.offset === 0)).toBe(true);
    expect(await result.read()).toEqual(await call().read());
  });

  test('begin at an earlier row if no binding may begin at their first', async () => {
    // Bindings start at multiples of 256 bytes, and only every fourth row of 192 bytes does.
    const call = (): Tensor => same3x3(random([1, 22, 12, 4]));
    const { result, dispatches } = bindingAtMost(own, 3072, call);
    expect(dispatches.map((dispatch) => rowsOf(dispatch, 'x', 192))).toEqual([[0, 9], [4, 13], [12, 10]]); // prettier-ignore
    expect(await result.read()).toEqual(await call().read());
  });

  test('have one kernel, which need not be the best for the first band alone', async () => {
    const x = random([1, 29, 16, 4]);
    // A kernel without masks could compute all bands but the last, which covers the padding.
    const call = (): Tensor => pointwiseConv2d(x, random([4, 4], 2), { padding: [[0, 1], [0, 0]] }); // prettier-ignore
    const { result, dispatches } = bindingAtMost(own, 2048, call);
    expect(new Set(dispatches.map(({ step }) => step.kernel))).toEqual(new Set(['conv2d/tile']));
    expect(await result.read()).toEqual(await call().read());
  });

  test('of two images, of float16 with a residual of float32, and of every public convolution', async () => {
    const x = random([2, 20, 16, 8], 1, 'f16');
    const residual = random([2, 20, 16, 8], 3);
    const calls: readonly (() => Tensor)[] = [
      () => depthwiseConv2d(x, random([3, 3, 8, 1], 2), { padding: 'same', residual }),
      () => pointwiseConv2d(x, random([8, 8], 2), { residual, activation: 'relu6' }),
      () => conv2d(x, random([3, 3, 8, 8], 2), { padding: 'same', residual }),
      () => groupedConv2d(x, random([3, 3, 4, 8], 2), { groups: 2, padding: 'same', residual }),
      () =>
        separableConv2d(x, random([3, 3, 8, 1], 2), random([8, 8], 4), {
          padding: 'same',
          between: { residual, activation: 'relu' },
          residual,
        }),
    ];
    for (const call of calls) {
      const { result, dispatches } = bindingAtMost(own, 4096, call);
      expect(dispatches.length).toBeGreaterThan(4);
      expect(await result.read()).toEqual(await call().read());
    }
  });

  test('work in record and prepare', async () => {
    const x = random([1, 22, 16, 4]);
    const whole = await same3x3(x).read();
    const encoder = own.device.createCommandEncoder();
    const dispatched = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    const { result: recording } = bindingAtMost(own, 2560, () => record(own, encoder, () => same3x3(x)));
    expect(dispatched).toHaveBeenCalledTimes(3);
    dispatched.mockRestore();
    own.device.queue.submit([encoder.finish()]);
    expect(await recording.result.read()).toEqual(whole);
    recording.dispose();

    const call = (): Tensor => same3x3(x, { activation: 'relu6' });
    const { pipelines } = own.memory();
    let steps = 0;
    await bindingAtMost(own, 2560, () => prepare(own, () => (steps = explain(call()).steps.length))).result;
    expect([steps, own.memory().pipelines]).toEqual([3, pipelines + 1]);
    const { dispatches } = bindingAtMost(own, 2560, call);
    own.submit();
    expect([dispatches.length, own.memory().pipelines]).toEqual([3, pipelines + 1]);
  });
});

describe('a convolution is refused before anything is queued', () => {
  const refusal = (limit: number, call: () => Tensor): string => {
    const { recorded } = own.context.queue;
    const message = messageOf(() => bindingAtMost(own, limit, call));
    expect(own.context.queue.recorded).toBe(recorded);
    return message;
  };

  test('in NCHW, where the rows of an image are not one range', () => {
    const call = (): Tensor =>
      depthwiseConv2d(random([1, 4, 8, 16]), random([3, 3, 4, 1]), { dataFormat: 'NCHW', padding: 'same' });
    expect(refusal(1024, call)).toMatchInlineSnapshot(
      `"depthwiseConv2d: x [1, 4, 8, 16] needs 2048 bytes but the device's maxStorageBufferBindingSize is 1024; use dataFormat 'NHWC', or split the batch or the rows into several calls"`,
    );
  });

  test('if not even one band can be bound', () => {
    expect(refusal(512, () => conv2d(random([1, 8, 16, 4]), random([1, 3, 4, 1])))).toMatchInlineSnapshot(
      `"conv2d: x [1, 8, 16, 4] needs 2048 bytes but the device's maxStorageBufferBindingSize is 512; split the batch or the rows into several calls"`,
    );
    expect(refusal(1024, () => conv2d(random([1, 2, 16, 4]), random([1, 1, 4, 32])))).toMatchInlineSnapshot(
      `"conv2d: the output [1, 2, 16, 32] needs 4096 bytes but the device's maxStorageBufferBindingSize is 1024; split the batch or the rows into several calls"`,
    );
  });

  test('if the second image begins where no binding may begin', () => {
    const call = (): Tensor => conv2d(random([2, 9, 12, 4]), random([1, 1, 4, 4]));
    expect(refusal(1536, call)).toMatchInlineSnapshot(
      `"conv2d: x [2, 9, 12, 4] needs 3456 bytes but the device's maxStorageBufferBindingSize is 1536; split the batch or the rows into several calls"`,
    );
  });

  test('if the output is larger than a buffer', () => {
    cap(own, { maxBufferSize: 4096 });
    const x = random([1, 4, 16, 4]);
    expect(refusal(2048, () => conv2d(x, random([1, 1, 4, 32])))).toMatchInlineSnapshot(
      `"conv2d: the output [1, 4, 16, 32] needs 8192 bytes but the device's maxBufferSize is 4096; split the batch or the rows into several calls"`,
    );
  });
});

describe('separableConv2d with tensors that are too large', () => {
  const call = (method: 'auto' | 'fused'): Tensor =>
    separableConv2d(random([1, 128, 64, 8]), random([3, 3, 8, 1], 2), random([8, 8], 3), { padding: 'same', method });

  test('takes two dispatches in bands instead of one dispatch', async () => {
    const { context } = own;
    // The default rule of a GPU fuses a map of this size.
    Object.assign(context, { target: { ...context.target, profile: profileOf(AMD) } });
    const whole = call('auto');
    expect(explain(whole).steps.map(({ kernel }) => kernel)).toEqual(['separable/fused']);
    const { result } = bindingAtMost(own, 131_072, () => call('auto'));
    expect(explain(result).why).toMatchInlineSnapshot(
      `"two dispatches: one binds whole tensors, and a tensor is larger than the device binds"`,
    );
    expect(explain(result).steps.map(({ kernel }) => kernel)).toMatchInlineSnapshot(`
      [
        "depthwise/tile",
        "depthwise/tile",
        "depthwise/tile",
        "pointwise/tile",
        "pointwise/tile",
      ]
    `);
    expectClose(await result.read(), await whole.read(), whole.shape, 1e-5);
  });

  test('is refused in one dispatch', () => {
    const { recorded } = own.context.queue;
    expect(messageOf(() => bindingAtMost(own, 131_072, () => call('fused')))).toMatchInlineSnapshot(
      `"separableConv2d: x [1, 128, 64, 8] needs 262144 bytes but the device's maxStorageBufferBindingSize is 131072; use method 'auto', or split the batch or the rows into several calls"`,
    );
    expect(own.context.queue.recorded).toBe(recorded);
  });
});
