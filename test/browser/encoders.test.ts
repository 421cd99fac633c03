/**
 * Long submits are divided among several encoders, in order, because some drivers fail at long ones.
 */
import { expect, test } from 'vitest';
import { stepsBehind } from '../../src/gpu/provenance';
import { timePasses } from '../../src/gpu/timer';
import { compile, profile, record, type Gpu, type Tensor } from '../../src/index';
import { newDevice, withGpu } from '../support/gpu';
import { scale, valuesOf } from '../support/scale';

const MOST = 3;

/**
 * Runs `fn` with a gpu whose encoders hold few commands. `submits` returns the number of commands in each encoder of each
 * submit since its last call.
 */
async function withShort(
  fn: (own: Gpu, submits: () => readonly (readonly number[])[]) => Promise<void>,
): Promise<void> {
  const device = await newDevice();
  const counts = new Map<GPUCommandBuffer, number>();
  const submits: number[][] = [];
  const create = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = create(descriptor);
    let count = 0;
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (of) => {
      const pass = begin(of);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...grid) => {
        count++;
        dispatch(...grid);
      };
      return pass;
    };
    const copy = encoder.copyBufferToBuffer.bind(encoder) as (...copied: unknown[]) => undefined;
    encoder.copyBufferToBuffer = (...copied: unknown[]) => {
      count++;
      copy(...copied);
    };
    const finish = encoder.finish.bind(encoder);
    encoder.finish = (of) => {
      const buffer = finish(of);
      counts.set(buffer, count);
      return buffer;
    };
    return encoder;
  };
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (buffers) => {
    const list = [...buffers];
    if (list.length > 0) submits.push(list.map((buffer) => counts.get(buffer)!));
    submit(list);
  };
  await withGpu({ device }, async (own, errors) => {
    own.context.queue.perEncoder = MOST;
    await fn(own, () => submits.splice(0));
    expect(errors).toEqual([]);
  });
  device.destroy();
}

/** Computes x * 2 ** steps in that many dispatches, each of which reads the result of the one before. */
function doubled(x: Tensor, steps: number): Tensor {
  let y = scale(x, 2);
  for (let i = 1; i < steps; i++) {
    using last = y;
    y = scale(last, 2);
  }
  return y;
}

/** A timestamp that is never written is 0, but the GPU's clock started long ago. Their difference would be hours or negative. */
function expectTime(ms: number): void {
  expect(ms).toBeGreaterThanOrEqual(0);
  expect(ms).toBeLessThan(10_000);
}

test('eager calls are divided into several encoders', async () => {
  await withShort(async (own, submits) => {
    using x = own.tensor([1, 3], [2]);
    using warm = scale(x, 2);
    await warm.read();
    submits();
    using y = doubled(x, 10);
    const reads = [valuesOf(x), valuesOf(y), valuesOf(x)];
    expect(await Promise.all(reads)).toEqual([[1, 3], [1024, 3072], [1, 3]]); // prettier-ignore
    expect(submits()).toEqual([[3, 3, 3, 3, 1]]);
  });
});

test('a program is divided into several encoders, together with calls before it', async () => {
  await withShort(async (own, submits) => {
    using program = await compile(own, { x: [2] }, ({ x }) => doubled(x, 7));
    submits();
    using before = scale(own.tensor([1, 3], [2]), 2);
    using y = program.run({ x: before });
    expect(await valuesOf(y)).toEqual([256, 768]);
    expect(submits()).toEqual([[3, 3, 3]]);
  });
});

test('profile is divided into several encoders, and its times are right', async () => {
  await withShort(async (own, submits) => {
    using x = own.tensor([1, 3], [2]);
    const steps = await profile(own, () => doubled(x, 8));
    expect(steps).toHaveLength(8);
    for (const { ms } of steps) expectTime(ms);
    const counts = submits().flat();
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(8);
  });
});

test('a recording is not divided, since it goes into the encoder of the app', async () => {
  await withShort(async (own, submits) => {
    using x = own.tensor([1, 3], [2]);
    const encoder = own.device.createCommandEncoder();
    using recording = record(own, encoder, () => doubled(x, 5));
    own.device.queue.submit([encoder.finish()]);
    using y = recording.result;
    expect(submits()).toEqual([[5]]);
    expect(await valuesOf(y)).toEqual([32, 96]);
  });
});

test('passes that are timed together are divided into several encoders', async () => {
  await withShort(async (own, submits) => {
    const { context } = own;
    using x = own.tensor([1, 3], [2]);
    using y = scale(x, 2);
    await y.read();
    const [step] = stepsBehind(y.provenance!);
    const pipeline = await context.pipelines.compile(step);
    const operands = [x, y].map((tensor) => ({ storage: tensor.storage('test'), offset: 0, byteLength: 8 }));
    const dispatch = { step, operands, pipeline };
    submits();
    const passes = [
      { dispatches: [dispatch], repeat: 8 },
      { dispatches: [dispatch, dispatch], repeat: 4 },
    ];
    const times = await timePasses('test', context, context.bindGroups, passes);
    expect(times).toHaveLength(2);
    for (const ms of times) expectTime(ms);
    const counts = submits().flat();
    expect(Math.max(...counts)).toBeLessThanOrEqual(MOST);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(16);
  });
});
