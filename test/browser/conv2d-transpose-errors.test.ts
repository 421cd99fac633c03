/**
 * Wrong arguments of `conv2dTranspose`: it throws at once, says what to type instead, and leaves nothing behind.
 */
import { describe, expect, test } from 'vitest';
import { conv2dTranspose, type Tensor } from '../../src/index';
import { deviceWithout, newDevice, useGpu, withGpu } from '../support/gpu';
import { messageOf } from '../support/message';
import { tensorOf } from '../support/transpose-call';

const gpu = useGpu();

describe('a wrong call', () => {
  const X = [1, 4, 5, 6] as const;
  const F = [3, 3, 8, 6] as const;
  /** The message of a refused call. The call must leave neither commands nor buffers behind. */
  const refusal = (options: object, x: readonly number[] = X, filter: readonly number[] = F): string => {
    using input = tensorOf(gpu(), x, 1);
    using weights = tensorOf(gpu(), filter, 2);
    const left = (): readonly number[] => [gpu().context.queue.recorded, gpu().memory().buffersInUse];
    const before = left();
    const message = messageOf(() => conv2dTranspose(input, weights, options));
    expect(left()).toEqual(before);
    return message;
  };

  test('throws an error that says what to type instead', () => {
    expect(refusal({}, [4, 5, 6])).toMatchInlineSnapshot(
      `"conv2dTranspose: the input has rank 3 ([4, 5, 6]) but NHWC needs rank 4; reshape it, for one image to [1, height, width, channels]"`,
    );
    expect(refusal({}, X, [8, 6])).toMatchInlineSnapshot(
      `"conv2dTranspose: the filter has rank 2 ([8, 6]) but needs rank 4: [height, width, out / groups, in]"`,
    );
    expect(refusal({}, X, [3, 3, 6, 8])).toMatchInlineSnapshot(
      `"conv2dTranspose: filter [3, 3, 6, 8] takes 8 input channels but the input [1, 4, 5, 6] has 6; give [height, width, out, 6]"`,
    );
    expect(refusal({ groups: 4 })).toMatchInlineSnapshot(
      `"conv2dTranspose: groups 4 does not divide the input's 6 channels; choose a divisor of 6"`,
    );
    expect(refusal({ strides: 0 })).toMatchInlineSnapshot(
      `"conv2dTranspose: strides is 0 but must be a whole number of at least 1, or [height, width] of such"`,
    );
    expect(refusal({ strides: 2, padding: 'same', outputShape: [9, 10] })).toMatchInlineSnapshot(
      `"conv2dTranspose: outputShape has height 9, which a convolution of 3 taps (stride 2, dilation 1, padding 'same') takes to 5, but the input has 4; choose 7 to 8"`,
    );
    expect(refusal({ strides: 2, padding: 'same', outputPadding: 1 })).toMatchInlineSnapshot(
      `"conv2dTranspose: outputPadding 1 adds to explicit padding but padding is 'same'; give numbers as padding, or the size itself as outputShape"`,
    );
    expect(refusal({ padding: 3 })).toMatchInlineSnapshot(
      `"conv2dTranspose: the output would be empty: along height the taps reach 6 but padding 3 + 3 takes as much away; use less padding, more taps or a larger input"`,
    );
    expect(refusal({ method: 'auto' })).toMatchInlineSnapshot(
      `"conv2dTranspose: there is no option method; the options are groups, outputShape, outputPadding, strides, padding, dilations, rate, dataFormat, accumulate, bias, batchNorm, residual, residualOrder, activation"`,
    );
    expect(refusal({ accumulate: 'f64' })).toMatchInlineSnapshot(
      `"conv2dTranspose: accumulate is 'f64'; it is 'f32' or 'f16'"`,
    );
    expect(refusal({ activation: 'swish' })).toMatchInlineSnapshot(
      `"conv2dTranspose: activation is 'swish'; it is one of linear, relu, relu6, leakyRelu, prelu, elu, sigmoid, tanh, hardSigmoid, hardSwish, silu, gelu, softplus, softsign, mish, clip"`,
    );
  });

  test('throws an error that names the part of the epilogue that does not fit', () => {
    using seven = tensorOf(gpu(), [7], 3);
    using eight = tensorOf(gpu(), [8], 3);
    using residual = tensorOf(gpu(), X, 3);
    expect(refusal({ bias: seven })).toMatchInlineSnapshot(
      `"conv2dTranspose: bias is [7] but there are 8 channels; give [8]"`,
    );
    expect(refusal({ residual })).toMatchInlineSnapshot(
      `"conv2dTranspose: residual is [1, 4, 5, 6] but the output is [1, 6, 7, 8]; they must be equal"`,
    );
    expect(refusal({ batchNorm: { mean: eight, variance: seven } })).toMatchInlineSnapshot(
      `"conv2dTranspose: batchNorm.variance is [7] but there are 8 channels; give [8]"`,
    );
    expect(refusal({ activation: { name: 'prelu', alpha: seven } })).toMatchInlineSnapshot(
      `"conv2dTranspose: activation.alpha is [7] but there are 8 channels; give [8]"`,
    );
    expect(refusal({ residual, residualOrder: 'last' })).toMatchInlineSnapshot(
      `"conv2dTranspose: residualOrder is 'last'; it is 'before-activation' or 'after-activation'"`,
    );
  });

  test('is refused for its tensors: missing, disposed, of another device', async () => {
    using x = tensorOf(gpu(), X, 1);
    const filter = tensorOf(gpu(), F, 2);
    expect(messageOf(() => conv2dTranspose(x, [1] as unknown as Tensor))).toMatchInlineSnapshot(
      `"conv2dTranspose: filter is [1]; give a tensor, made by gpu.tensor(data, shape)"`,
    );
    await withGpu({ device: await newDevice() }, async (own) => {
      using other = tensorOf(own, F, 2);
      expect(messageOf(() => conv2dTranspose(x, other))).toMatchInlineSnapshot(
        `"conv2dTranspose: x and filter belong to two different gpus; use one gpu for both"`,
      );
    });
    filter.dispose();
    expect(messageOf(() => conv2dTranspose(x, filter))).toMatchInlineSnapshot(
      `"conv2dTranspose: filter [3, 3, 8, 6] was disposed; use it before dispose(), or make it again"`,
    );
  });

  test('is refused if the device cannot sum in float16', async () => {
    await withGpu({ device: await deviceWithout('shader-f16') }, async (own) => {
      using x = tensorOf(own, X, 1);
      using filter = tensorOf(own, F, 2);
      expect(messageOf(() => conv2dTranspose(x, filter, { accumulate: 'f16' }))).toContain(
        "conv2dTranspose: accumulate is 'f16', which needs the feature shader-f16; leave accumulate out there",
      );
    });
  });
});
