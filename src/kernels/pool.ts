/**
 * Twin of shaders/pool.wgsl.
 *
 * @module
 */
import shader from '../../shaders/pool.wgsl';
import { summary } from '../conv/problem';
import type { WindowProblem } from '../conv/window';
import type { Step } from '../step';
import { vectorType } from './axes';
import { outputs, problemUniforms } from './conv-step';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';

/** The kinds of pooling, as bodies of the shader's `start`, `join` and `finish`, where they are not those of the largest. */
const POOLINGS = {
  max: {},
  average: {
    start: { body: 'return V(0.0);' },
    join: { body: 'return left + right;' },
    finish: { body: 'return v / taps;' },
  },
} as const;

export type Pooling = keyof typeof POOLINGS;

/** The dispatch that pools; every window has a tap inside the image. */
export function poolStep(pooling: Pooling, p: WindowProblem, target: Target): Step {
  const channels = p.dataFormat === 'NHWC' ? p.outChannels : 1;
  const lanes = channels % 4 === 0 ? 4 : 1;
  const count = outputs(p) / lanes;
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
});
