/**
 * Images of another size.
 *
 * @module
 * @see https://onnx.ai/onnx/operators/onnx__Resize.html
 */
import { check, describe, fail, isCount, show } from '../../conv/check';
import { resizeBilinear, resizeNearestNeighbor } from '../../ops/resize';
import type { GpuCall, OpDefinition } from '../dialect';
import type { InOrder } from '../gpu-value';
import { axisIn } from '../host-layout';
import type { GraphNode } from '../node';
import { channelsLast } from '../order';

/** How many times as many, along each axis, or how many. */
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
    // A hair more than whole, since the scales of a file are rounded to float32.
    return scales === undefined ? ([list[i], list[i] / n] as const) : ([Math.floor(n * list[i] + 1e-5), list[i]] as const); // prettier-ignore
  });
  const target = { sizes: all.map(([size]) => size), scales: all.map(([, scale]) => scale) };
  check(
    shape.length === 4 && target.sizes.every(isCount) && target.sizes[0] === shape[0] && target.sizes[1] === shape[1],
    () => `it makes ${describe(shape)} to ${show(target.sizes)}; what can be computed is another height and width of 4 axes`, // prettier-ignore
  );
  return target;
}

function resized(call: GpuCall, target: Target, grid: string, mode: string, nearest: string): InOrder {
  const order = channelsLast(4);
  const [, , height, width] = target.sizes;
  const [, , inHeight, inWidth] = call.shape(0);
  const x = call.tensor(0);
  const alignCorners = grid === 'align_corners';
  const halfPixelCenters = grid === 'half_pixel' || (grid === 'pytorch_half_pixel' && height > 1 && width > 1);
  const isPlain = Math.abs(target.scales[2] * inHeight - height) < 1e-3 && Math.abs(target.scales[3] * inWidth - width) < 1e-3; // prettier-ignore
  check(
    isPlain && (alignCorners || halfPixelCenters || grid === 'asymmetric'),
    () => `its coordinate_transformation_mode is ${show(grid)} with scales ${show(target.scales)}; what can be computed are half_pixel, pytorch_half_pixel, align_corners and asymmetric, with scales that give whole sizes`, // prettier-ignore
  );
  const options = { alignCorners, halfPixelCenters };
  if (mode === 'linear') return { tensor: resizeBilinear(x, [height, width], options), order };
  const isWhole = height % inHeight === 0 && width % inWidth === 0;
  check(
    (grid === 'asymmetric' && nearest === 'floor') || (isWhole && (halfPixelCenters || nearest === 'floor')),
    () => `its nearest_mode is ${show(nearest)} with ${show(grid)}; what can be computed is floor with asymmetric, or whole scales with half_pixel`, // prettier-ignore
  );
  return { tensor: resizeNearestNeighbor(x, [height, width], options), order };
}

function checkMode(node: GraphNode): string {
  const mode = node.attributes.text('mode', 'nearest');
  const name = mode === 'bilinear' ? 'linear' : mode;
  return name === 'nearest' || name === 'linear'
    ? name
    : fail(`its mode is ${show(mode)}; those that can be computed are nearest and linear`);
}

export const RESIZE_OPS: Readonly<Record<string, OpDefinition>> = {
  Resize: {
    inputs: [1, 4],
    gpu: {
      host: [1, 2, 3],
      orders: () => [channelsLast],
      run(call) {
        const { node } = call;
        // Of opset 10 the scales come second, and pixels are where they were before.
        const isOld = call.count === 2;
        const scales = listAt(call, isOld ? 1 : 2);
        const sizes = isOld ? undefined : listAt(call, 3);
        const grid = isOld ? 'asymmetric' : node.attributes.text('coordinate_transformation_mode', 'half_pixel');
        const nearest = isOld ? 'floor' : node.attributes.text('nearest_mode', 'round_prefer_floor');
        return resized(call, targetOf(call, sizes === undefined ? scales : undefined, sizes), grid, checkMode(node), nearest); // prettier-ignore
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
        return resized(call, targetOf(call, scales, undefined), 'asymmetric', checkMode(call.node), 'floor');
      },
    },
  },
};
