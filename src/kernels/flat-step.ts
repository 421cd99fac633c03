/**
 * The step around a shader whose invocations are numbered from 0: a flat grid of workgroups, whatever their shape means.
 *
 * @module
 */
import { gridOf, type Step, type Tile } from '../step';
import { BETWEEN, epilogueCode, type Epilogue } from './epilogue';
import type { Target } from './kernel';
import type { Shader } from './shader';
import { specialize, type Specialization } from './specialize';
import { packUniforms, type UniformValues } from './uniforms';

/** Invocations per workgroup: one wave of the widest GPUs, several of the others, and small enough for every device. */
export const WORKGROUP = 64;

/** How a twin describes its dispatch. */
export interface FlatStep extends Omit<Specialization, 'halves'> {
  readonly kernel: string;
  readonly shader: Shader;
  /** What is done to each sum before it is stored; default nothing. */
  readonly epilogue?: Epilogue;
  /** The same where the shader has an epilogue before the last one. */
  readonly between?: Epilogue;
  /** The sizes that matter, for the label. */
  readonly sizes: string;
  readonly uniforms: UniformValues;
  /** Invocations that the problem needs. */
  readonly invocations: number;
  /** The knobs that are a choice; they are set, too. */
  readonly tile?: Tile;
  /** Invocations per workgroup, if the kernel has fewer than the others. */
  readonly workgroup?: number;
}

/** The step of a flat kernel. */
export function flatStep(target: Target, spec: FlatStep): Step {
  const { kernel, shader, sizes, uniforms, invocations, tile = {}, knobs, aliases, slots } = spec;
  const { epilogue = [], between = [], workgroup = WORKGROUP } = spec;
  const inner = epilogueCode(shader.bindings.length, between, BETWEEN);
  const bindings = [...shader.bindings, ...inner.bindings];
  const outer = epilogueCode(bindings.length, epilogue);
  const { features, limits, halves } = target;
  return {
    label: `${kernel} ${sizes}`,
    program: `${kernel} ${Object.values(tile).join('x')}`.trimEnd(),
    kernel,
    tile,
    wgsl: specialize(shader, {
      knobs: { ...knobs, ...tile, ...(workgroup !== WORKGROUP && { WORKGROUP: workgroup }) },
      aliases: { ...aliases, ...inner.aliases, ...outer.aliases },
      slots: { ...slots, ...inner.slots, ...outer.slots },
      halves: halves && { ...halves, native: features.has('shader-f16') },
    }),
    bindings: [...bindings, ...outer.bindings],
    uniforms: packUniforms(shader, uniforms),
    grid: gridOf(Math.ceil(invocations / workgroup), limits.maxComputeWorkgroupsPerDimension),
  };
}
