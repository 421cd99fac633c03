/**
 * Checks without the library that WebGPU computes here. If it does not, no other failure means anything.
 */
import { expect, inject, test } from 'vitest';

test('the browser has a WebGPU adapter', async () => {
  expect(navigator.gpu, 'navigator.gpu').toBeDefined();
  expect(await navigator.gpu.requestAdapter(), 'an adapter; CONTRIBUTING.md says what it takes').not.toBeNull();
});

test('the adapter has the features that are tested in this browser', async () => {
  const adapter = await navigator.gpu.requestAdapter();
  expect([...adapter!.features]).toEqual(expect.arrayContaining([...inject('features')]));
});

test('a compute shader doubles sixteen numbers', async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const numbers = Float32Array.from({ length: 16 }, (_, i) => i - 3.5);
  const { COPY_DST, COPY_SRC, MAP_READ, STORAGE } = GPUBufferUsage;
  const buffer = device.createBuffer({ size: numbers.byteLength, usage: STORAGE | COPY_DST | COPY_SRC });
  const staging = device.createBuffer({ size: numbers.byteLength, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(buffer, 0, numbers);

  const module = device.createShaderModule({
    code: `
      @group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
      @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) { numbers[id.x] *= 2.0; }`,
  });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer } }],
    }),
  );
  pass.dispatchWorkgroups(4);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, numbers.byteLength);
  device.queue.submit([encoder.finish()]);

  await staging.mapAsync(GPUMapMode.READ);
  expect(new Float32Array(staging.getMappedRange())).toEqual(numbers.map((x) => 2 * x));
  device.destroy();
});
