/**
 * Boxes of images, upright or turned.
 *
 * @module
 */
import { check, checkOptions, show } from '../conv/check';

/** Height and width in pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

export type Vector = readonly [x: number, y: number];

/** A box of an image, in its pixels. */
export interface Crop {
  /** Distance from the image's left edge to the box's left edge, before the box is turned. */
  readonly x: number;
  /** Distance from the image's upper edge to the box's upper edge, before the box is turned. */
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How far it is turned about its middle, clockwise, in radians; default 0. */
  readonly angle?: number;
}

/**
 * The box with all its numbers; without one, the whole image.
 *
 * @throws if it is no box, or nothing of the image is in it
 */
export function cropOf(op: string, { width, height }: Extent, crop?: Crop): Required<Crop> {
  if (crop === undefined) return { x: 0, y: 0, width, height, angle: 0 };
  checkOptions(op, crop, ['x', 'y', 'width', 'height', 'angle'], 'crop field');
  const { angle = 0 } = crop;
  const box = { ...crop, angle };
  for (const name of ['x', 'y', 'width', 'height', 'angle'] as const) {
    const isSize = name === 'width' || name === 'height';
    check(
      Number.isFinite(box[name]) && (!isSize || box[name] > 0),
      () => `${op}: crop.${name} is ${show(box[name])}; give a finite number${isSize ? ', more than 0' : ''}`,
    );
  }
  const { x, y } = box;
  const sizes: Vector = [box.width, box.height];
  const middle: Vector = [x + (box.width - width) / 2, y + (box.height - height) / 2];
  check(
    touches(middle, [width, height], reachOf(sizes, angle)) &&
      touches(turned(middle, -angle), sizes, reachOf([width, height], angle)),
    () =>
      `${op}: crop is ${box.width} x ${box.height} pixels at (${x}, ${y})${angle === 0 ? '' : `, turned by ${angle}`}, which is outside of the image of ${width} x ${height}; give a box with a part of the image in it`,
  );
  return box;
}

/** Whether two rectangles overlap along the axes given; they overlap if they do so along the axes of both rectangles. */
function touches(distance: Vector, one: Vector, other: Vector): boolean {
  return distance.every((d, axis) => 2 * Math.abs(d) < one[axis] + other[axis]);
}

/** Width and height of the upright box around a turned one. */
function reachOf([width, height]: Vector, angle: number): Vector {
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  return [width * cos + height * sin, width * sin + height * cos];
}

/** A vector turned clockwise, where y goes down. */
export function turned([x, y]: Vector, angle: number): Vector {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos - y * sin, x * sin + y * cos];
}
