/**
 * Twin of shaders/fold-batch-norm.wgsl.
 *
 * @module
 */
import shader from '../../shaders/fold-batch-norm.wgsl';
import type { Binding, Step } from '../step';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import type { Slot } from './specialize';

/** The optional operands, by the name under which they are bound. */
const OPTIONAL = ['bias', 'scale', 'offset'] as const;

/**
 * The dispatch that computes [gain, shift] per channel.
 *
 * @param given which of the optional operands are bound
 */
function foldBatchNormStep(
  channels: number,
  epsilon: number,
  given: Readonly<Partial<Record<(typeof OPTIONAL)[number], unknown>>>,
  target: Target,
): Step {
  const slots: Record<string, Slot> = {};
  const bindings: Binding[] = [];
  for (const name of OPTIONAL) {
    if (given[name] === undefined) continue;
    const binding = shader.bindings.length + bindings.length;
    bindings.push({ binding, name, access: 'read' });
    slots[`${name}_of`] = {
      body: `return ${name}[c];`,
      declarations: `@group(0) @binding(${binding}) var<storage, read> ${name}: array<f32>;`,
    };
  }
  return flatStep(target, {
    kernel: 'batch-norm/fold',
    shader,
    sizes: String(channels),
    slots,
    bindings,
    uniforms: { channels, epsilon },
    invocations: channels,
  });
}

export interface FoldProblem {
  readonly channels: number;
  readonly epsilon: number;
  /** The optional inputs that are given. */
  readonly given: Readonly<Partial<Record<(typeof OPTIONAL)[number], true>>>;
}

/** Its inputs are `mean`, `variance` and those of `bias`, `scale` and `offset` that are given; the output is float32. */
export const foldBatchNorm: Operation<FoldProblem> = /* @__PURE__ */ soleOperation({
  name: 'batch-norm/fold',
  why: 'its tensors and the others are more than a shader may bind',
  wgsl: shader.code,
  summary: ({ channels }) => String(channels),
  step: ({ channels, epsilon, given }, _tile, _epilogue, target) => foldBatchNormStep(channels, epsilon, given, target),
});
