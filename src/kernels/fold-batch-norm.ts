/**
 * Twin of shaders/fold-batch-norm.wgsl.
 *
 * @module
 */
import wgsl from '../../shaders/fold-batch-norm.wgsl?raw';
import { bindingsOf, gridOf, type Step } from '../step';
import { WORKGROUP } from './conv-step';
import type { Target } from './kernel';
import { specialize, type Slot } from './specialize';
import { packUniforms } from './uniforms';

/** The optional operands, by the name under which they are bound. */
const OPTIONAL = ['bias', 'scale', 'offset'] as const;

/**
 * The dispatch that computes [gain, shift] per channel.
 *
 * @param given which of the optional operands are bound
 */
export function foldBatchNormStep(
  channels: number,
  epsilon: number,
  given: Readonly<Partial<Record<(typeof OPTIONAL)[number], unknown>>>,
  target: Target,
): Step {
  const slots: Record<string, Slot> = {};
  let binding = bindingsOf(wgsl).length;
  for (const name of OPTIONAL) {
    if (given[name] === undefined) continue;
    slots[`${name}_of`] = {
      body: `return ${name}[c];`,
      declarations: `@group(0) @binding(${binding++}) var<storage, read> ${name}: array<f32>;`,
    };
  }
  return {
    label: `batch-norm/fold ${channels}`,
    kernel: 'batch-norm/fold',
    tile: {},
    wgsl: specialize(wgsl, { slots }),
    uniforms: packUniforms(wgsl, { channels, epsilon }),
    grid: gridOf(Math.ceil(channels / WORKGROUP), target.limits.maxComputeWorkgroupsPerDimension),
  };
}
