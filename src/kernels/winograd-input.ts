/**
 * Twin of shaders/winograd-input.wgsl.
 *
 * @module
 */
import shader from '../../shaders/winograd-input.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Operation } from './operation';
import { tilesOfBatch, winogradStep } from './winograd-tile';

/** Its input is `x`; its output is [n, tile_y, tile_x, place, c]. */
export const winogradInput: Operation<ConvProblem> = /* @__PURE__ */ winogradStep(
  'winograd/input',
  shader,
  (p) => tilesOfBatch(p) * p.inChannels,
);
