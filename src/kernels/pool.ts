/**
 * Twin of shaders/pool.wgsl.
 *
 * @module
 */
import shader from '../../shaders/pool.wgsl';
import { bandOf, bandRows } from '../conv/band';
import { summary } from '../conv/problem';
import type { WindowProblem } from '../conv/window';
import type { Step } from '../step';
import { vectorType } from './axes';
import { bandPieces } from './bands';
import { outputs as outputsOf, problemUniforms } from './conv-step';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { LARGER } from './nan';
import { soleOperation, type Operation } from './operation';
import { alikePieces, grainOf } from './pieces';
import type { Specialization } from './specialize';

export type Pooling = 'max' | 'average';

/** The kinds of pooling, as bodies of the shader's `start`, `join` and `finish`, where they are not the shader's own. */
const POOLINGS: Readonly<Record<Pooling, Specialization['slots']>> = {
  max: { join: { body: LARGER } },
  average: {
    start: { body: 'return V(0.0);' },
    join: { body: 'return left + right;' },
    finish: { body: 'return v / taps;' },
  },
};

/** The dispatch that pools; every window has a tap inside the image. */
export function poolStep({ pooling, windows: p, ends }: PoolProblem, target: Target): Step {
  const channels = p.dataFormat === 'NHWC' ? p.outChannels : 1;
  const lanes = channels % 4 === 0 ? 4 : 1;
  const count = outputsOf(p) / lanes;
  return flatStep(target, {
    kernel: `pool/${pooling}`,
    shader,
    sizes: summary(p),
    aliases: { V: vectorType(lanes) },
    slots: POOLINGS[pooling],
    knobs: { COUNTS_PADDING: ends !== undefined },
    uniforms: {
      ...problemUniforms(p),
      count,
      channels: channels / lanes,
      end_height: ends?.[0] ?? 0,
      end_width: ends?.[1] ?? 0,
    },
    invocations: count,
  });
}

export interface PoolProblem {
  readonly pooling: Pooling;
  readonly windows: WindowProblem;
  /** Where the padding after the last row and column ends, if it counts as zeros in a mean. */
  readonly ends?: readonly [height: number, width: number];
}

/** Its input is `x`. */
export const pool: Operation<PoolProblem> = /* @__PURE__ */ soleOperation({
  name: 'pool/windows',
  why: 'the one kernel for pooling',
  wgsl: shader.code,
  summary: ({ windows }) => summary(windows),
  step: (problem, _tile, _epilogue, target) => poolStep(problem, target),
  pieces({ problem, inputs: { x }, outputs }, limits) {
    const { windows, ends } = problem;
    const images = asImages(windows);
    const { batch } = images;
    const parts = alikePieces({ x, ...outputs }, batch, limits, (count) =>
      count === batch ? problem : { ...problem, windows: { ...images, batch: count } },
    );
    if (parts.length > 0) return parts;
    return bandPieces({ ...images, x, outputs, count: batch }, limits, {
      step: (_, outBytes) => grainOf(outBytes, limits),
      rows: (most, step, grain) => bandRows(images, most, step, grain),
      band(first, rows, grain) {
        const band = bandOf(images, first, rows, grain);
        const own = ends && ([ends[0] - band.firstIn, ends[1]] as const);
        return { ...band, problem: { ...problem, windows: band.problem, ends: own } };
      },
    });
  },
});

/** Planes of channels as images of one channel. */
function asImages(p: WindowProblem): WindowProblem {
  if (p.dataFormat === 'NHWC') return p;
  return { ...p, dataFormat: 'NHWC', batch: p.batch * p.outChannels, inChannels: 1, outChannels: 1 };
}
