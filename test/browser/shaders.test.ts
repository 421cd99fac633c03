/**
 * Every file in shaders/ is a program that compiles unchanged on devices that have what it enables. Unrolling changes only
 * its speed.
 */
import { describe, expect, test } from 'vitest';
import depthwiseTileShader from '../../shaders/depthwise-tile.wgsl';
import { convReference } from '../../src/conv/reference';
import { outputShape } from '../../src/conv/window';
import { depthwiseTile } from '../../src/kernels/depthwise-tile';
import { tileKnobs } from '../../src/kernels/image-tile';
import { profileOf } from '../../src/kernels/profile';
import type { Shader } from '../../src/kernels/shader';
import { specialize } from '../../src/kernels/specialize';
import { allKernels } from '../../src/tune/self-test';
import { expectClose, sumBound } from '../support/close';
import { useGpu } from '../support/gpu';
import { depthwiseProblems } from '../support/problems';
import { randomValues } from '../support/random';
import { runStep } from '../support/run-step';
import { AMD } from '../support/target';

const gpu = useGpu();

const shaders = import.meta.glob<Shader>('../../shaders/*.wgsl', { import: 'default', eager: true });

/** The device feature that a shader enables, if any. */
function enabledBy(wgsl: string): string | undefined {
  return /^enable (\w+);$/m.exec(wgsl)?.[1];
}

/** The bind group layout, from what the build read from the shader. */
function layoutOf(device: GPUDevice, { bindings, words }: Shader): GPUBindGroupLayout {
  const types = { uniform: 'uniform', read: 'read-only-storage', read_write: 'storage' } as const;
  const entries = bindings.map(({ binding, access }) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: types[access], minBindingSize: access === 'uniform' ? 4 * words : 0 },
  }));
  return device.createBindGroupLayout({ entries });
}

test.for(Object.entries(shaders))(
  '%s compiles as it stands, where there is what it enables',
  async ([label, shader]) => {
    const { code: wgsl } = shader;
    const { device } = gpu();
    // The compilation messages below say more than the error that this scope catches.
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label, code: wgsl });
    const refusal = await device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const said = messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`);
    const feature = enabledBy(wgsl);
    const lacks = feature !== undefined && !device.features.has(feature);
    expect(said.join('\n')).toMatch(lacks ? feature : /^$/);
    expect(refusal !== null, 'whether the device refuses it').toBe(lacks);
    if (lacks) return;
    // The device refuses a layout that differs from the shader's: another access, another place, or a uniform buffer that is
    // too small.
    const layout = device.createPipelineLayout({ bindGroupLayouts: [layoutOf(device, shader)] });
    await device.createComputePipelineAsync({ label, layout, compute: { module, entryPoint: 'main' } });
  },
);

test.for(allKernels)('$name needs what its shader enables', ({ feature, wgsl }) => {
  expect(feature).toBe(enabledBy(wgsl));
});

describe('depthwise/tile computes the same looped and unrolled', () => {
  const few = new Set([
    'strides differ per axis',
    'dilations differ per axis',
    'stride and dilation together',
    'batch 3, ragged tiles',
  ]);
  const cases = depthwiseProblems.filter(({ name }) => few.has(name));
  expect(cases).toHaveLength(few.size);
  test.for(cases)('$name', async ({ problem: p }) => {
    const { context } = gpu();
    const values = randomValues(p.batch * p.inHeight * p.inWidth * p.inChannels, 3);
    const filter = randomValues(p.filterHeight * p.filterWidth * p.outChannels, 4);
    const tile = {
      ...depthwiseTile.tiles(p, { ...context.target, profile: profileOf(AMD) })[0],
      TILE_WIDTH: 2,
      TILE_HEIGHT: 2,
    };
    const unrolled = depthwiseTile.step(p, tile, [], context.target);
    const wgsl = specialize(
      { ...depthwiseTileShader, code: depthwiseTileShader.code.replaceAll('// @unroll', '') },
      { knobs: { ...tile, ...tileKnobs(p, tile) } },
    );
    expect(wgsl).toContain('for (var tap_x');
    expect(unrolled.wgsl).not.toContain('for (');

    const shape = outputShape(p);
    const expected = convReference(p, values, filter);
    const bound = sumBound(
      p.filterHeight * p.filterWidth,
      convReference(p, values.map(Math.abs), filter.map(Math.abs)),
    );
    using x = gpu().tensor(values, [values.length]);
    using weights = gpu().tensor(filter, [filter.length]);
    using a = runStep(context, unrolled, { x, weights }, shape);
    using b = runStep(context, { ...unrolled, wgsl }, { x, weights }, shape);
    const [fromUnrolled, fromLooped] = await Promise.all([a.read(), b.read()]);
    expectClose(fromUnrolled, expected, shape, bound);
    expectClose(fromLooped, expected, shape, bound);
  });
});
