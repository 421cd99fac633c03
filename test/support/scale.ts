/**
 * Calls for tests of the core, which do not depend on what is computed: a program of one line that multiplies by a factor. A new
 * factor makes a program that is not compiled yet.
 */
import type { Step } from '../../src/step';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { runStep } from './run-step';

/** `x * factor`, as a program of its own. */
export function scaleStep(factor: number, size: number, label = `scale ${factor}`): Step {
  const wgsl = `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> output: array<f32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      if (id.x < arrayLength(&output)) { output[id.x] = x[id.x] * f32(${factor}); }
    }`;
  return {
    label,
    program: label,
    kernel: 'test/scale',
    tile: {},
    wgsl,
    bindings: [
      { binding: 0, name: 'x', access: 'read' },
      { binding: 1, name: 'output', access: 'read_write' },
    ],
    uniforms: new Uint32Array(),
    grid: [Math.ceil(size / 64), 1, 1],
  };
}

export function scale(x: Tensor, factor: number): Tensor {
  return runStep(x.context, scaleStep(factor, x.size), { x }, x.shape, { op: 'scale' });
}

/** A program with a mistake in its second line. */
export function broken(x: Tensor, label: string): Tensor {
  const wgsl = `// ${label}\nfn main() -> Mistake {}\n@group(0) @binding(0) var<storage, read> x: array<f32>;\n@group(0) @binding(1) var<storage, read_write> output: array<f32>;`;
  return runStep(x.context, { ...scaleStep(1, 4, label), wgsl }, { x }, x.shape, { op: 'broken' });
}

/** A dispatch that compiles but that the device refuses, because it has more workgroups than allowed. */
export function refused(x: Tensor): Tensor {
  const step: Step = { ...scaleStep(1, 4, 'a grid too large'), grid: [2 ** 20, 1, 1] };
  return runStep(x.context, step, { x }, x.shape, { op: 'refused' });
}

let lastFactor = 1;

/** A factor that no earlier program of this file used. */
export function newFactor(): number {
  return ++lastFactor;
}

/** Makes lists of numbers on the file's gpu. */
export function lists(gpu: () => Gpu): (...values: number[]) => Tensor {
  return (...values) => gpu().tensor(values, [values.length]);
}

/** The elements as a plain list. */
export async function valuesOf(tensor: Tensor): Promise<number[]> {
  return [...(await tensor.read())];
}
