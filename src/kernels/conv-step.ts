/**
 * The step around a convolution's shader: a flat step whose label and uniforms are the problem's, and which has an
 * epilogue.
 *
 * @module
 */
import { sizeOf } from '../conv/check';
import { summary, type ConvProblem, type ConvSizes } from '../conv/problem';
import { outputShape, type WindowProblem } from '../conv/window';
import type { Step } from '../step';
import type { Epilogue } from './epilogue';
import { flatStep, type FlatStep } from './flat-step';
import type { Target } from './kernel';
import type { Slot } from './specialize';
import type { UniformValues } from './uniforms';

/** How a convolution's twin describes its dispatch. */
type ConvStep = Omit<FlatStep, 'sizes' | 'uniforms' | 'epilogue'> & Partial<Pick<FlatStep, 'uniforms'>>;

/** The step of a convolution kernel. */
export function convStep(p: ConvSizes, epilogue: Epilogue, target: Target, spec: ConvStep): Step {
  return flatStep(target, {
    ...spec,
    epilogue,
    sizes: `${Object.values(spec.tile ?? {}).join('x')} ${summary(p)}`.trimStart(),
    uniforms: { ...problemUniforms(p), ...spec.uniforms },
  });
}

/**
 * The body of a shader's `add_products`, which adds four products to a sum: one by one, each a multiply-add. A matrix times
 * a vector would be a sum of its own, and adding it takes one more addition: a seventh of the time of dense 3x3 filters on
 * RDNA2 and RDNA3 in the model.
 *
 * @param product the i-th of them as WGSL
 */
export function addOneByOne(product: (i: number) => string): Slot {
  return { body: `return sum + ${[0, 1, 2, 3].map(product).join(' + ')};` };
}

/** Products of a problem, each added to a sum; those over padding count, too. */
export function multiplyAdds(p: ConvProblem): number {
  return outputs(p) * p.filterHeight * p.filterWidth * (p.inChannels / p.groups);
}

/** Outputs of a problem. */
export function outputs(p: WindowProblem): number {
  return sizeOf(outputShape(p));
}

/** The numbers of a problem by the names that shaders give them: `outHeight` is `out_height`. */
export function problemUniforms(p: WindowProblem): UniformValues {
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(p)) {
    if (typeof value === 'number') values[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
  }
  return values;
}
