/**
 * Twin of shaders/copy.wgsl.
 *
 * @module
 */
import shader from '../../shaders/copy.wgsl';
import { sizeOf } from '../conv/check';
import type { Step } from '../step';
import { inLanes, lanesOf, nestSizes, nestStrides, shortestNest, stridesOf, vectorType } from './axes';
import type { Form } from './dtype';
import { flatStep } from './flat-step';
import type { Limits, Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces, reachable, stretches, tooLarge, windowOf, type Range } from './pieces';

/** How a tensor's elements are reached: element [i, j, ...] is at offset + i * strides[0] + j * strides[1] + ... */
export interface View {
  /** Negative strides walk backwards, from an offset at the end. */
  readonly strides: readonly number[];
  /** Default 0. */
  readonly offset?: number;
}

/**
 * The dispatch that copies a box of elements from one view to another.
 *
 * @param sizes of the box, at most 8 axes
 */
export function copyStep(sizes: readonly number[], x: View, output: View, target: Target): Step {
  const scalars = shortestNest(sizes, x.strides, output.strides);
  const offsets = [x.offset ?? 0, output.offset ?? 0];
  const lanes = lanesOf(scalars, offsets);
  const nest = inLanes(scalars, lanes);
  const count = sizeOf(sizes) / lanes;
  return flatStep(target, {
    kernel: 'copy/strided',
    shader,
    sizes: sizes.join('x'),
    knobs: { RANK: nest.length },
    aliases: { V: vectorType(lanes) },
    uniforms: {
      count,
      x_offset: offsets[0] / lanes,
      output_offset: offsets[1] / lanes,
      sizes: nestSizes(nest),
      x_strides: nestStrides(nest, 0),
      output_strides: nestStrides(nest, 1),
    },
    invocations: count,
  });
}

/** A box of elements, and where it lies in two tensors. */
export interface CopyProblem {
  /** At most 8. */
  readonly sizes: readonly number[];
  readonly x: View;
  readonly output: View;
}

/** Its input is `x`; several copies may make up one output. */
export const copy: Operation<CopyProblem> = /* @__PURE__ */ soleOperation({
  name: 'copy/strided',
  why: 'a strided copy',
  wgsl: shader.code,
  summary: ({ sizes }) => sizes.join('x'),
  step: ({ sizes, x, output }, _tile, _epilogue, target) => copyStep(sizes, x, output, target),
  pieces: ({ problem, inputs, outputs }, limits) => {
    const { sizes } = problem;
    const size = sizeOf(sizes);
    const isList = placeOf(problem) === 0 && size === sizeOf(inputs.x.shape) && size === sizeOf(outputs.output.shape);
    if (isList) {
      const list = { strides: [1] };
      return alikePieces({ x: inputs.x, output: outputs.output }, size, limits, (count) =>
        count === size ? problem : { sizes: [count], x: list, output: list },
      );
    }
    const forms = { x: inputs.x, output: outputs.output };
    const boxes = boxesOf(problem, forms, limits);
    return boxes.map((box) => {
      const from = windowed(box.sizes, box.x, forms.x, limits);
      const to = windowed(box.sizes, box.output, forms.output, limits);
      const ranges = { ...(from.window && { x: from.window }), ...(to.window && { output: to.window }) };
      const isCut = from.window !== undefined || to.window !== undefined;
      return { problem: { sizes: box.sizes, x: from.view, output: to.view }, ranges: isCut ? ranges : undefined };
    });
  },
});

/** Where in the output all of x lies unchanged, in elements from the output's beginning; undefined if its elements lie apart. */
export function placeOf({ sizes, x, output }: CopyProblem): number | undefined {
  const dense = stridesOf(sizes);
  const isDense = ({ strides }: View): boolean => sizes.every((n, axis) => n === 1 || strides[axis] === dense[axis]);
  return isDense(x) && isDense(output) && (x.offset ?? 0) === 0 ? (output.offset ?? 0) : undefined;
}

/**
 * The box, cut into boxes that can be bound on both sides. The cut is along the axis on which the tensor that is too large
 * reaches farthest, and is repeated on the parts until they fit. None if even the smallest box does not fit.
 */
function boxesOf(
  box: CopyProblem,
  forms: { readonly x: Form; readonly output: Form },
  limits: Limits,
): readonly CopyProblem[] {
  const { sizes, x, output } = box;
  const side = (['x', 'output'] as const).find((name) => !canBind(sizes, box[name], forms[name], limits));
  if (side === undefined) return [box];
  const strides = box[side].strides.map(Math.abs);
  const reach = sizes.map((n, axis) => (n - 1) * strides[axis]);
  const farthest = Math.max(...reach);
  const axis = reach.indexOf(farthest);
  if (farthest <= 0) return [];
  const { last: others } = spanOf(sizes.with(axis, 1), { strides });
  const most = Math.max(1, Math.floor((reachable(forms[side], limits) - 1 - others) / strides[axis]) + 1);
  const at = ({ strides: own, offset = 0 }: View, place: number): View => ({
    strides: own,
    offset: offset + place * own[axis],
  });
  const boxes = stretches(sizes[axis], Math.min(most, sizes[axis] - 1)).map(({ first, count }) =>
    boxesOf({ sizes: sizes.with(axis, count), x: at(x, first), output: at(output, first) }, forms, limits),
  );
  return boxes.every((parts) => parts.length > 0) ? boxes.flat() : [];
}

/** Whether everything that a box needs of a tensor can be bound. */
function canBind(sizes: readonly number[], view: View, form: Form, limits: Limits): boolean {
  const { first, last } = spanOf(sizes, view);
  return tooLarge({ form }, limits) === undefined || windowOf(form, first, last, limits) !== undefined;
}

/** The first and the last place that a box reaches. */
function spanOf(
  sizes: readonly number[],
  { strides, offset = 0 }: View,
): { readonly first: number; readonly last: number } {
  let [first, last] = [offset, offset];
  for (const [axis, n] of sizes.entries()) {
    const reach = (n - 1) * strides[axis];
    if (reach < 0) first += reach;
    else last += reach;
  }
  return { first, last };
}

/** A view of only the part that a box needs, if the tensor is too large. */
function windowed(
  sizes: readonly number[],
  view: View,
  form: Form,
  limits: Limits,
): { readonly view: View; readonly window?: Range } {
  const { strides, offset = 0 } = view;
  const { first, last } = spanOf(sizes, view);
  const window = windowOf(form, first, last, limits);
  return window === undefined ? { view } : { view: { strides, offset: offset - window.first }, window };
}
