/**
 * Twin of shaders/winograd-output.wgsl.
 *
 * @module
 */
import shader from '../../shaders/winograd-output.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Operation } from './operation';
import { tilesOfBatch, winogradStep } from './winograd-tile';

/** Its input is `x`, the sums as [n, tile_y, tile_x, place, o]; an epilogue may follow. */
export const winogradOutput: Operation<ConvProblem> = /* @__PURE__ */ winogradStep(
  'winograd/output',
  shader,
  (p) => tilesOfBatch(p) * p.outChannels,
);
