/**
 * What the steps of Winograd's algorithm have in common: tiles of 4x4 outputs, each as 6x6 products. See winograd.ts.
 *
 * @module
 */
import { summary, type ConvProblem } from '../conv/problem';
import { outputs, problemUniforms } from './conv-step';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';
import type { Shader } from './shader';

/** Outputs of a tile along an axis. */
const TILE = 4;

/** The products of a tile, and the values of its inputs and of a filter that are multiplied. */
export const PLACES: number = (TILE + 2) ** 2;

/** The tiles of an image. */
export function winogradTiles({ outHeight, outWidth }: ConvProblem): Readonly<Record<'tiles_y' | 'tiles_x', number>> {
  return { tiles_y: Math.ceil(outHeight / TILE), tiles_x: Math.ceil(outWidth / TILE) };
}

/** The tiles of all images. */
export function tilesOfBatch(p: ConvProblem): number {
  const { tiles_y, tiles_x } = winogradTiles(p);
  return p.batch * tiles_y * tiles_x;
}

/** A step whose shader transforms one tile, or filter, by an invocation. */
export function winogradStep(
  name: string,
  shader: Shader,
  invocations: (p: ConvProblem) => number,
): Operation<ConvProblem> {
  return soleOperation<ConvProblem>({
    name,
    why: "a step of Winograd's algorithm",
    wgsl: shader.code,
    summary,
    channels: (p) => ({ size: outputs(p), channels: p.outChannels, inner: 1 }),
    step: (p, _tile, epilogue, target) =>
      flatStep(target, {
        kernel: name,
        shader,
        sizes: summary(p),
        epilogue,
        uniforms: { ...problemUniforms(p), ...winogradTiles(p) },
        invocations: invocations(p),
      }),
  });
}
