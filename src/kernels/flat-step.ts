/**
 * The step around a shader whose invocations are numbered from 0 without a shape of their own.
 *
 * @module
 */
import { gridOf, type Step, type Tile } from '../step';
import { WORKGROUP } from './conv-step';
import type { Target } from './kernel';
import { specialize, type Specialization } from './specialize';
import { packUniforms, type UniformValues } from './uniforms';

/** What a twin says of its dispatch. */
interface FlatStep extends Specialization {
  readonly kernel: string;
  readonly wgsl: string;
  /** The sizes that matter, for the label. */
  readonly sizes: string;
  readonly uniforms: UniformValues;
  /** Invocations that the problem needs. */
  readonly invocations: number;
  /** The knobs that are a choice; they are set, too. */
  readonly tile?: Tile;
}

/** The step of a flat kernel. */
export function flatStep(target: Target, spec: FlatStep): Step {
  const { kernel, wgsl, sizes, uniforms, invocations, tile = {}, knobs, aliases, slots } = spec;
  return {
    label: `${kernel} ${sizes}`,
    kernel,
    tile,
    wgsl: specialize(wgsl, { knobs: { ...knobs, ...tile }, aliases, slots }),
    uniforms: packUniforms(wgsl, uniforms),
    grid: gridOf(Math.ceil(invocations / WORKGROUP), target.limits.maxComputeWorkgroupsPerDimension),
  };
}
