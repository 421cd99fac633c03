/**
 * The step around a shader whose invocations are numbered from 0: a flat grid of workgroups, whatever their shape means.
 *
 * @module
 */
import { gridOf, type Step, type Tile } from '../step';
import type { Target } from './kernel';
import { specialize, type Specialization } from './specialize';
import { packUniforms, type UniformValues } from './uniforms';

/** Invocations per workgroup: one wave of the widest GPUs, several of the others, and small enough for every device. */
export const WORKGROUP = 64;

/** What a twin says of its dispatch. */
export interface FlatStep extends Specialization {
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
