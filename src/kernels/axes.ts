/**
 * Loop nests over strided tensors. An op that walks a box of elements gives the box's axes and each operand's stride along
 * them. This module makes the nest as short as possible, because a shader pays for a division per axis and element.
 *
 * @module
 */

/** One loop of a nest. */
export interface Axis {
  readonly size: number;
  /** Per operand, the elements from one step of the loop to the next; 0 repeats the operand. */
  readonly strides: readonly number[];
}

/** What the shaders' `array<vec4<u32>, 2>` holds. */
export const MAX_RANK = 8;

/** The strides of a row-major tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** The shape to which two shapes broadcast, by NumPy's rules; undefined if they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = -rank; axis < 0; axis++) {
    const [m, n] = [a.at(axis) ?? 1, b.at(axis) ?? 1];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}

/** An operand's strides along the axes of the shape that it is broadcast to; 0 where it is repeated. */
export function repeatedStrides(operand: readonly number[], shape: readonly number[]): number[] {
  const missing = shape.length - operand.length;
  const strides = stridesOf(operand);
  return shape.map((_, axis) => (axis < missing || operand[axis - missing] === 1 ? 0 : strides[axis - missing]));
}

/** The leading axes along which each operand is either walked or repeated, and the operands that are walked. */
export function leadingAxes(
  shape: readonly number[],
  operands: Readonly<Record<string, readonly number[]>>,
): { readonly outer: number; readonly walked: readonly string[] } {
  const leading = Object.entries(operands).map(([role, own]) => {
    const missing = shape.length - own.length;
    const until = (differs: (axis: number) => boolean): number =>
      [...shape.keys()].find((axis) => differs(axis)) ?? shape.length;
    const repeats = until((axis) => axis >= missing && own[axis - missing] !== 1);
    return { role, walks: until((axis) => own[axis - missing] !== shape[axis]), repeats };
  });
  const outer = Math.min(...leading.map(({ walks, repeats }) => Math.max(walks, repeats)));
  return { outer, walked: leading.filter(({ walks }) => walks >= outer).map(({ role }) => role) };
}

/**
 * The shortest nest with the same elements in the same order: axes of size 1 go, and neighbours over which every operand
 * steps evenly become one.
 *
 * @param sizes of the box, outermost axis first
 * @param strides per operand, along the same axes
 * @returns innermost axis first, as the shaders divide; at least one
 */
export function shortestNest(sizes: readonly number[], ...strides: readonly (readonly number[])[]): Axis[] {
  const nest: Axis[] = [];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    if (sizes[axis] === 1) continue;
    const outer: Axis = { size: sizes[axis], strides: strides.map((operand) => operand[axis]) };
    const inner = nest.at(-1);
    if (inner !== undefined && outer.strides.every((stride, i) => stride === inner.strides[i] * inner.size)) {
      nest[nest.length - 1] = { size: inner.size * outer.size, strides: inner.strides };
    } else {
      nest.push(outer);
    }
  }
  return nest.length > 0 ? nest : [{ size: 1, strides: strides.map(() => 0) }];
}

/**
 * How many neighbours one load may take: 4 where every operand's innermost axis is dense and a multiple of four, and all
 * other strides and offsets are multiples of four, too; otherwise 1.
 *
 * @param places further offsets and strides that count in elements
 */
export function lanesOf(nest: readonly Axis[], places: readonly number[] = []): 1 | 4 {
  const [inner, ...outer] = nest;
  const dense = inner.size % 4 === 0 && inner.strides.every((stride) => stride === 1);
  const aligned = [...outer.flatMap((axis) => axis.strides), ...places].every((n) => n % 4 === 0);
  return dense && aligned ? 4 : 1;
}

/** The nest counted in vectors of `lanes` elements. */
export function inLanes([inner, ...outer]: readonly Axis[], lanes: 1 | 4): Axis[] {
  return [
    { size: inner.size / lanes, strides: inner.strides },
    ...outer.map(({ size, strides }) => ({ size, strides: strides.map((stride) => stride / lanes) })),
  ];
}

/** The type that a shader's `alias V` takes. */
export function vectorType(lanes: number): string {
  return lanes === 4 ? 'vec4<f32>' : 'f32';
}

/** The sizes of a nest, for a uniform list. */
export function nestSizes(nest: readonly Axis[]): number[] {
  return nest.map((axis) => axis.size);
}

/** One operand's strides in a nest, for a uniform list. */
export function nestStrides(nest: readonly Axis[], operand: number): number[] {
  return nest.map((axis) => axis.strides[operand]);
}
