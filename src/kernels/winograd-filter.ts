/**
 * Twin of shaders/winograd-filter.wgsl.
 *
 * @module
 */
import shader from '../../shaders/winograd-filter.wgsl';
import type { ConvProblem } from '../conv/problem';
import type { Operation } from './operation';
import { winogradStep } from './winograd-tile';

/** Its input is `weights`; its output is [c, place, o]. */
export const winogradFilter: Operation<ConvProblem> = /* @__PURE__ */ winogradStep(
  'winograd/filter',
  shader,
  (p) => p.inChannels * p.outChannels,
);
