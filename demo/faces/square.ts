/**
 * A turned square of a picture: the part that a model gets, and the way back from its coordinates to the picture's. A square may
 * reach over the edge of the picture; it is black there.
 */

import type { Crop } from '../../src/index';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** In pixels of the picture; the angle is clockwise, in radians. */
export interface Square {
  readonly centre: Point;
  readonly side: number;
  readonly angle: number;
}

/** A picture with pixels. The page never shows it larger than its own size. */
export type Picture = HTMLCanvasElement | OffscreenCanvas | ImageBitmap;

/** The whole picture, with bars beside it or above and below. */
export function wholeOf({ width, height }: Picture): Square {
  return { centre: { x: width / 2, y: height / 2 }, side: Math.max(width, height), angle: 0 };
}

/** The square as `tensorFromImage` crops. */
export function boxOf({ centre, side, angle }: Square): Crop {
  return { x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side, angle };
}

/** The square's pixels, upright, `size` along each side, for libraries that cannot cut out a square. */
export function cut(picture: Picture, { centre, side, angle }: Square, size: number): ImageData {
  const context = contextOf(size);
  context.resetTransform();
  context.fillRect(0, 0, size, size);
  context.translate(size / 2, size / 2);
  context.scale(size / side, size / side);
  context.rotate(-angle);
  context.translate(-centre.x, -centre.y);
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, size, size);
}

/** Where a point of the square, each coordinate from 0 to 1, is in the picture. */
export function toPicture({ centre, side, angle }: Square, { x, y }: Point): Point {
  const [dx, dy] = [(x - 0.5) * side, (y - 0.5) * side];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: centre.x + dx * cos - dy * sin, y: centre.y + dx * sin + dy * cos };
}

const contexts = new Map<number, OffscreenCanvasRenderingContext2D>();

/** One canvas for each size, because every frame uses it. */
function contextOf(size: number): OffscreenCanvasRenderingContext2D {
  const known = contexts.get(size);
  if (known !== undefined) return known;
  const context = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives the page no 2-D canvas');
  contexts.set(size, context);
  return context;
}
