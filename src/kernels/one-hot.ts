/**
 * Twin of shaders/one-hot.wgsl.
 *
 * @module
 */
import shader from '../../shaders/one-hot.wgsl';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';

/** A number for each of a row's elements. */
export interface OneHotProblem {
  readonly rows: number;
  readonly depth: number;
  readonly on: number;
  readonly off: number;
  /** The numbers' names, if neither JSON nor a shader can express them: see unwritten.ts. */
  readonly names: readonly (string | undefined)[];
}

/** Its input is `indices`. */
export const oneHot: Operation<OneHotProblem> = /* @__PURE__ */ soleOperation({
  name: 'one-hot/rows',
  why: 'the one kernel for oneHot',
  wgsl: shader.code,
  summary: ({ rows, depth }) => `${rows}x${depth}`,
  step: ({ rows, depth, on, off }, _tile, _epilogue, target) =>
    flatStep(target, {
      kernel: 'one-hot/rows',
      shader,
      sizes: `${rows}x${depth}`,
      uniforms: { count: rows * depth, depth, on, off },
      invocations: rows * depth,
    }),
  pieces: ({ problem, inputs, outputs }, limits) =>
    alikePieces({ ...inputs, ...outputs }, problem.rows, limits, (rows) => ({ ...problem, rows })),
});
