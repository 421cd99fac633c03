/**
 * Programs whose device is lost compile again at their next call, and so do loaded models, with the tensors that were kept.
 */
import { expect, test } from 'vitest';
import { add, compile, depthwiseConv2d, loadGraphModel, multiply } from '../../src/index';
import { loseDevice, withGpu } from '../support/gpu';
import { floats, placeholder, tinyModel } from '../support/graph-model';
import { messageOf, rejectionOf } from '../support/message';
import { valuesOf } from '../support/scale';

const X = [1, 2, 3, 4];
const SHAPE = [1, 2, 2, 1] as const;

test('a program survives losses, with the tensors that were kept', async () => {
  await withGpu({}, async (own, errors) => {
    const filter = own.tensor([3], [1, 1, 1, 1], { keep: true });
    const bias = own.tensor([1], [1], { keep: () => [1] });
    let traces = 0;
    const program = await compile(own, { x: SHAPE }, ({ x }) => {
      traces++;
      // The product is computed once per device. The function itself uploads the last tensor.
      const doubled = multiply(filter, 2);
      return add(depthwiseConv2d(x, doubled, { bias }), own.tensor([10, 20, 30, 40], SHAPE));
    });
    const { buffersInUse } = own.memory();
    const [steps, memory] = [program.explain().map(({ label }) => label), program.memory()];
    for (let round = 0; round < 4; round++) {
      using y = program.run({ x: X });
      expect(await valuesOf(y)).toEqual([17, 33, 49, 65]);
      y.dispose();
      expect(traces).toBe(round + 1);
      expect(own.memory().buffersInUse).toBe(buffersInUse);
      if (round === 2) program.run({ x: X }).dispose();
      await loseDevice(own);
    }
    expect(await program.profile({ x: X })).toHaveLength(steps.length);
    expect(program.explain().map(({ label }) => label)).toEqual(steps);
    expect(program.memory()).toEqual(memory);
    await loseDevice(own);
    const encoder = own.device.createCommandEncoder();
    using x = own.tensor(X, SHAPE);
    using recording = program.encode(encoder, { x });
    own.device.queue.submit([encoder.finish()]);
    expect(await valuesOf(recording.result)).toEqual([17, 33, 49, 65]);
    recording.result.dispose();
    recording.dispose();
    x.dispose();
    program.dispose();
    // These are the filter, the bias, and the tensor that the function uploaded last.
    expect(own.memory().buffersInUse).toBe(3);
    expect(errors).toEqual([]);
  });
});

test('a program that reads what was not kept says which, and what to do', async () => {
  await withGpu({}, async (own, errors) => {
    const filter = own.tensor([3], [1, 1, 1, 1]);
    const kept = own.tensor([5], [1], { keep: true });
    const program = await compile(own, { x: SHAPE }, ({ x }) =>
      depthwiseConv2d(x, filter, { bias: multiply(kept, 1) }),
    );
    await loseDevice(own);
    const before = own.memory();
    for (const call of [
      program.run.bind(program),
      (feeds: { x: number[] }) => program.encode(own.device.createCommandEncoder(), feeds),
    ]) {
      expect(messageOf(() => call({ x: X }))).toMatch(
        /^program\.(run|encode): the program's device was lost, and on the new one its function cannot be traced again \(depthwiseConv2d: the GPU device was lost \(destroyed: .+\), and filter \[1, 1, 1, 1\] with it; .+\); have gpu\.tensor keep what the function reads, \{ keep: true \}, and do not dispose that, or compile the program anew$/,
      );
    }
    expect(await rejectionOf(program.profile({ x: X }))).toContain('program.profile: the program');
    expect(own.memory()).toMatchObject({ buffersInUse: before.buffersInUse, bytesInUse: before.bytesInUse });
    program.dispose();
    expect(errors).toEqual([]);
  });
});

test('a program that reads what was disposed since says so', async () => {
  await withGpu({}, async (own) => {
    const filter = own.tensor([3], [1, 1, 1, 1], { keep: true });
    const program = await compile(own, { x: SHAPE }, ({ x }) => depthwiseConv2d(x, filter));
    filter.dispose();
    expect(await valuesOf(program.run({ x: X }))).toEqual([3, 6, 9, 12]);
    await loseDevice(own);
    expect(messageOf(() => program.run({ x: X }))).toContain('(depthwiseConv2d: filter [1, 1, 1, 1] was disposed;');
  });
});

test('a program and a model say the same while a new device is being opened', async () => {
  await withGpu({}, async (own) => {
    const filter = own.tensor([3], [1, 1, 1, 1], { keep: true });
    const program = await compile(own, { x: SHAPE }, ({ x }) => depthwiseConv2d(x, filter));
    const files = tinyModel(
      [placeholder('x', [4]), { name: 'y', op: 'Mul', input: ['x', 'w'] }],
      [floats('w', [4], X)],
    );
    const model = await loadGraphModel(own, files);
    await model.run({ x: X });
    own.device.destroy();
    await own.lost;
    const meanwhile =
      /^(program|model)\.run: the GPU device was lost \(destroyed: .+\); a new one is coming: await gpu\.ready\(\)$/;
    expect(messageOf(() => program.run({ x: X }))).toMatch(meanwhile);
    expect(await rejectionOf(model.run({ x: X }))).toMatch(meanwhile);
    await own.ready();
    expect(await valuesOf(program.run({ x: X }))).toEqual([3, 6, 9, 12]);
    expect(await valuesOf((await model.run({ x: X })).y)).toEqual([1, 4, 9, 16]);
  });
});

test('a program that does not fit any more leaves nothing behind, and fits later', async () => {
  await withGpu({ memoryBudget: 4096 }, async (own) => {
    const filter = own.tensor([3], [1, 1, 1, 1], { keep: true });
    const program = await compile(own, { x: SHAPE }, ({ x }) => depthwiseConv2d(x, multiply(filter, 2)));
    await loseDevice(own);
    const large = own.tensor(new Float32Array(896), [896]);
    own.tensor([1], [1]);
    const before = own.memory();
    expect(messageOf(() => program.run({ x: X }))).toContain('of the memoryBudget of 4096 bytes');
    expect(own.memory()).toMatchObject({ buffersInUse: before.buffersInUse });
    large.dispose();
    expect(await valuesOf(program.run({ x: X }))).toEqual([6, 12, 18, 24]);
  });
});
