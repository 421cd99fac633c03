/**
 * What the convolution kernels' twins share: the problem as uniform values and knobs, and the step around a shader.
 *
 * @module
 */
import { summary, type ConvProblem } from '../conv/problem';
import { gridOf, type Step, type Tile } from '../step';
import { epilogueSlot, type Epilogue } from './epilogue';
import type { Target } from './kernel';
import { specialize, type Specialization } from './specialize';
import { packUniforms, type UniformValues } from './uniforms';

/** What a twin says of its dispatch. */
interface ConvStep extends Omit<Specialization, 'slots'> {
  readonly kernel: string;
  readonly wgsl: string;
  readonly tile: Tile;
  /** Invocations that the problem needs. */
  readonly invocations: number;
  readonly slots?: Specialization['slots'];
  /** Values of uniform fields beyond those of the problem. */
  readonly uniforms?: UniformValues;
}

/** Invocations per workgroup: one wave of the widest GPUs, several of the others, and small enough for every device. */
export const WORKGROUP = 64;

/** The step of a convolution kernel with a flat grid. */
export function convStep(p: ConvProblem, epilogue: Epilogue, target: Target, spec: ConvStep): Step {
  const { kernel, wgsl, tile, knobs, aliases, slots, invocations, uniforms } = spec;
  return {
    label: label(kernel, tile, p),
    kernel,
    tile,
    wgsl: specialize(wgsl, { knobs, aliases, slots: { ...slots, epilogue: epilogueSlot(wgsl, epilogue) } }),
    uniforms: packUniforms(wgsl, { ...problemUniforms(p), ...uniforms }),
    grid: gridOf(Math.ceil(invocations / WORKGROUP), target.limits.maxComputeWorkgroupsPerDimension),
  };
}

/** Outputs of a problem. */
export function outputs(p: ConvProblem): number {
  return p.batch * p.outHeight * p.outWidth * p.outChannels;
}

function problemUniforms(p: ConvProblem): UniformValues {
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(p)) {
    if (typeof value === 'number') values[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  return values;
}

function label(kernel: string, tile: Tile, p: ConvProblem): string {
  const sizes = Object.values(tile).join('x');
  return `${kernel}${sizes === '' ? '' : ` ${sizes}`} ${summary(p)}`;
}
