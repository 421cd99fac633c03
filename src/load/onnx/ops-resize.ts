/**
 * Images of another size.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__Resize.html
 */
import { check, describe, fail, isCount, show } from '../../conv/check';
import { resizeBicubic, resizeBilinear, resizeNearestNeighbor, type ResizeOptions } from '../../ops/resize';
import type { Tensor } from '../../tensor/tensor';
import type { GpuCall, OpDefinition } from '../dialect';
import type { InOrder } from '../gpu-value';
import { axisIn } from '../host-layout';
import type { GraphNode } from '../node';
import { channelsLast } from '../order';

/** The scale along each axis, or the size. */
interface Target {
  readonly sizes: readonly number[];
  readonly scales: readonly number[];
}

/** A list among the inputs, if there is one that is not empty, as files write "none". */
function listAt(call: GpuCall, input: number): readonly number[] | undefined {
  if (!call.has(input)) return undefined;
  const { values } = call.host(input);
  return values.length === 0 ? undefined : [...values];
}

function targetOf(call: GpuCall, scales: readonly number[] | undefined, sizes: readonly number[] | undefined): Target {
  const shape = call.shape(0);
  const axes = (call.node.attributes.integers('axes') ?? shape.map((_, axis) => axis)).map((axis) => axisIn(axis, shape.length)); // prettier-ignore
  const list = scales ?? sizes ?? fail('it has neither scales nor sizes');
  check(
    list.length === axes.length,
    () => `its ${scales === undefined ? 'sizes' : 'scales'} are ${show(list)}, but there are ${axes.length} axes`,
  );
  const policy = call.node.attributes.text('keep_aspect_ratio_policy', 'stretch');
  check(policy === 'stretch' || sizes === undefined, () => `its keep_aspect_ratio_policy is ${show(policy)}; what can be computed is stretch`); // prettier-ignore
  const all = shape.map((n, axis) => {
    const i = axes.indexOf(axis);
    if (i === -1) return [n, 1] as const;
    // A hair is added before rounding down, since the scales of a file are rounded to float32.
    return scales === undefined ? ([list[i], list[i] / n] as const) : ([Math.floor(n * list[i] + 1e-5), list[i]] as const); // prettier-ignore
  });
  const target = { sizes: all.map(([size]) => size), scales: all.map(([, scale]) => scale) };
  check(
    shape.length === 4 && target.sizes.every(isCount) && target.sizes[0] === shape[0] && target.sizes[1] === shape[1],
    () => `it resizes ${describe(shape)} to ${show(target.sizes)}; only height and width of 4 axes can be resized`, // prettier-ignore
  );
  return target;
}

const GRIDS = ['asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'] as const;
const NEAREST = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  return known.find((one) => one === value) ?? fail(`its ${name} is ${show(value)}; what can be computed are ${known.join(', ')}`); // prettier-ignore
}

function resized(call: GpuCall, target: Target, grid: string, mode: string, nearest: string): InOrder {
  const { attributes } = call.node;
  const [, , height, width] = target.sizes;
  const [, , inHeight, inWidth] = call.shape(0);
  const [, , tall, wide] = target.scales;
  // If scales give whole sizes, pixels are where the quotient of the sizes puts them.
  const isPlain = Math.abs(tall * inHeight - height) < 1e-3 && Math.abs(wide * inWidth - width) < 1e-3;
  // The two below are what tf2onnx writes, and what is half_pixel where scales give whole sizes.
  const isTensorFlow = grid === 'tf_half_pixel_for_nn' && nearest === 'floor';
  const isHalf = isTensorFlow || (grid === 'half_pixel_symmetric' && isPlain);
  const options = {
    coordinateMode: oneOf('coordinate_transformation_mode', isHalf ? 'half_pixel' : grid, GRIDS),
    ...(isPlain ? {} : { scales: [tall, wide] as const }),
  };
  const [x, size] = [call.tensor(0), [height, width] as const];
  const isExcluding = attributes.flag('exclude_outside', false);
  check(
    !isExcluding,
    () => 'its exclude_outside is 1: what lies beyond the edge has no weight, which cannot be computed',
  );
  const shrinks = attributes.flag('antialias', false) && (height < inHeight || width < inWidth);
  check(!shrinks, () => 'its antialias is 1, and it makes an image smaller, which cannot be computed');
  return {
    tensor: resampled(call, x, size, mode, isTensorFlow ? 'round_prefer_ceil' : nearest, options),
    order: channelsLast(4),
  };
}

function resampled(
  { node }: GpuCall,
  x: Tensor,
  size: readonly [height: number, width: number],
  mode: string,
  nearest: string,
  options: ResizeOptions,
): Tensor {
  if (mode === 'linear') return resizeBilinear(x, size, options);
  if (mode === 'cubic') {
    const cubicCoefficient = node.attributes.number('cubic_coeff_a', -0.75);
    return resizeBicubic(x, size, { ...options, cubicCoefficient });
  }
  return resizeNearestNeighbor(x, size, { ...options, nearestMode: oneOf('nearest_mode', nearest, NEAREST) });
}

function modeOf(node: GraphNode): string {
  const mode = node.attributes.text('mode', 'nearest');
  return oneOf('mode', mode === 'bilinear' ? 'linear' : mode, ['nearest', 'linear', 'cubic']);
}

export const RESIZE_OPS: Readonly<Record<string, OpDefinition>> = {
  Resize: {
    inputs: [1, 4],
    gpu: {
      host: [1, 2, 3],
      orders: () => [channelsLast],
      run(call) {
        const { node } = call;
        // In opset 10 the scales come second, and pixels are where they were before.
        const isOld = call.count === 2;
        const scales = listAt(call, isOld ? 1 : 2);
        const sizes = isOld ? undefined : listAt(call, 3);
        const grid = isOld ? 'asymmetric' : node.attributes.text('coordinate_transformation_mode', 'half_pixel');
        const nearest = isOld ? 'floor' : node.attributes.text('nearest_mode', 'round_prefer_floor');
        return resized(call, targetOf(call, sizes === undefined ? scales : undefined, sizes), grid, modeOf(node), nearest); // prettier-ignore
      },
    },
  },
  Upsample: {
    inputs: [1, 2],
    gpu: {
      host: [1],
      orders: () => [channelsLast],
      run(call) {
        const scales = listAt(call, 1) ?? call.node.attributes.numbers('scales');
        return resized(call, targetOf(call, scales, undefined), 'asymmetric', modeOf(call.node), 'floor');
      },
    },
  },
};
