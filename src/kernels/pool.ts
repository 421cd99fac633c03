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
export function poolStep(pooling: Pooling, p: WindowProblem, target: Target): Step {
  const channels = p.dataFormat === 'NHWC' ? p.outChannels : 1;
  const lanes = channels % 4 === 0 ? 4 : 1;
  const count = outputsOf(p) / lanes;
  return flatStep(target, {
    kernel: `pool/${pooling}`,
    shader,
    sizes: summary(p),
    aliases: { V: vectorType(lanes) },
    slots: POOLINGS[pooling],
    uniforms: { ...problemUniforms(p), count, channels: channels / lanes },
    invocations: count,
  });
}

export interface PoolProblem {
  readonly pooling: Pooling;
  readonly windows: WindowProblem;
}

/** Its input is `x`. */
export const pool: Operation<PoolProblem> = /* @__PURE__ */ soleOperation({
  name: 'pool/windows',
  why: 'the one kernel for pooling',
  wgsl: shader.code,
  summary: ({ windows }) => summary(windows),
  step: ({ pooling, windows }, _tile, _epilogue, target) => poolStep(pooling, windows, target),
  pieces({ problem, inputs: { x }, outputs }, limits) {
    const { pooling, windows } = problem;
    const images = asImages(windows);
    const { batch } = images;
    const parts = alikePieces({ x, ...outputs }, batch, limits, (count) =>
      count === batch ? problem : { pooling, windows: { ...images, batch: count } },
    );
    if (parts.length > 0) return parts;
    return bandPieces({ ...images, x, outputs, count: batch }, limits, {
      step: (_, outBytes) => grainOf(outBytes, limits),
      rows: (most, step, grain) => bandRows(images, most, step, grain),
      band(first, rows, grain) {
        const band = bandOf(images, first, rows, grain);
        return { ...band, problem: { pooling, windows: band.problem } };
      },
    });
  },
});

/** Planes of channels as images of one channel. */
function asImages(p: WindowProblem): WindowProblem {
  if (p.dataFormat === 'NHWC') return p;
  return { ...p, dataFormat: 'NHWC', batch: p.batch * p.outChannels, inChannels: 1, outChannels: 1 };
}
