/** Timing by the GPU's own clock: the dispatches of a run are repeated unchanged, with their own uniforms. */
import { expect, test } from 'vitest';
import { noteBindGroups } from '../../demo/gpu-clock/bindings';
import { captureRun } from '../../demo/gpu-clock/capture';
import { gpuTimer } from '../../demo/gpu-clock/replay';
import { measurePeaks } from '../../demo/peaks/measure';
import { boundOf } from '../../demo/peaks/peaks';
import { depthwiseConv2d } from '../../src/index';
import { useGpu } from '../support/gpu';

const gpu = useGpu();

const ADD = `
  @group(0) @binding(0) var<uniform> at_and_step: vec4u;
  @group(0) @binding(1) var<storage, read_write> sums: array<u32>;
  @compute @workgroup_size(1) fn main() { sums[at_and_step.x] += at_and_step.y; }`;

async function numbersOf(device: GPUDevice, buffer: GPUBuffer): Promise<readonly number[]> {
  const staging = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return [...new Uint32Array(staging.getMappedRange())];
}

test('each dispatch is repeated with its own uniforms, though their buffer was written again and destroyed', async () => {
  noteBindGroups();
  const { device } = gpu();
  const module = device.createShaderModule({ code: ADD });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const { COPY_DST, COPY_SRC, STORAGE, UNIFORM } = GPUBufferUsage;
  const uniforms = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  const sums = device.createBuffer({ size: 16, usage: STORAGE | COPY_SRC | COPY_DST });
  const entries = [uniforms, sums].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const add = (at: number, step: number): void => {
    device.queue.writeBuffer(uniforms, 0, Uint32Array.of(at, step, 0, 0));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };
  const captured = await captureRun(device, async () => {
    add(0, 5);
    add(1, 7);
    uniforms.destroy();
  });
  expect(captured?.dispatches).toHaveLength(2);
  expect(await numbersOf(device, sums)).toEqual([5, 7, 0, 0]);
  expect(await gpuTimer(device).time(captured!)).toBeGreaterThanOrEqual(0);
  const [first, second, ...rest] = await numbersOf(device, sums);
  expect(first).toBeGreaterThan(5);
  expect(first / 5).toBe(second / 7);
  expect(rest).toEqual([0, 0]);
  captured!.release();
  expect(() => device.queue.writeBuffer(sums, 0, new Uint32Array(4))).not.toThrow();
});

test('a run without dispatches, and one whose uniforms are copied, cannot be repeated', async () => {
  const { device } = gpu();
  expect(await captureRun(device, async () => {})).toBeUndefined();
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: 16, usage }));
  const x = gpu().tensor([1, 2, 3, 4], [1, 2, 2, 1]);
  const filter = gpu().tensor([1], [1, 1, 1, 1]);
  const run = async (copies: boolean): Promise<void> => {
    const encoder = device.createCommandEncoder();
    if (copies) encoder.copyBufferToBuffer(from, 0, to, 0, 16);
    device.queue.submit([encoder.finish()]);
    depthwiseConv2d(x, filter).dispose();
    await gpu().finished();
  };
  expect(await captureRun(device, () => run(true))).toBeUndefined();
  const captured = await captureRun(device, () => run(false));
  expect(captured?.dispatches).toHaveLength(1);
  captured?.release();
  for (const tensor of [x, filter]) tensor.dispose();
});

test('what the device gives at most is measured, and bounds a layer', async () => {
  const peaks = await measurePeaks(gpu().device, true);
  expect(peaks?.copies.map(({ bytes }) => bytes)).toEqual([18, 20, 22, 23, 24].map((exponent) => 2 ** exponent));
  expect(peaks?.gigaflops).toBeGreaterThan(0);
  expect(boundOf(peaks!, { bytes: 1000, multiplyAdds: 1000 }).ms).toBeGreaterThan(0);
});
