/**
 * Caches have bounds: however an app calls the library, only a fixed number of programs and buffers is kept, and dropped ones
 * are made again.
 */
import { describe, expect, test } from 'vitest';
import { lowered, stepsOf } from '../../src/gpu/lower';
import { createPipelines, type Pipelines } from '../../src/gpu/pipelines';
import { CommandQueue } from '../../src/gpu/queue';
import { capture, release, REHEARSAL, TAKE } from '../../src/gpu/tape';
import { activate, add, compile, loadGraphModel, multiply, record, type Model, type Tensor } from '../../src/index';
import { useGpu, withGpu } from '../support/gpu';
import { floats, placeholder, tinyModel, type } from '../support/graph-model';
import { rejectionOf } from '../support/message';
import { broken, lists, scale, valuesOf } from '../support/scale';

const gpu = useGpu();
const of = lists(gpu);

/** The cache drops entries in a task of its own, so this polls. */
const trimmed = (pipelines: Pick<Pipelines, 'size'>, bound: number): Promise<void> =>
  expect.poll(() => pipelines.size).toBeLessThanOrEqual(bound);

describe('of pipelines', () => {
  test('512 are kept if one turn needs 530, and all calls are right', async () => {
    await withGpu({}, async (own, errors) => {
      using x = own.tensor([-1, 1, 100, 1000], [4]);
      const clipped = (max: number): Tensor => activate(x, { name: 'clip', min: 0, max });
      /** The sum of x clipped to 1, 2, ... and 530. Float32 holds these whole numbers exactly. */
      const sum = async (): Promise<number[]> => {
        let total = own.tensor([0, 0, 0, 0], [4]);
        for (let max = 1; max <= 530; max++) {
          using before = total;
          using next = clipped(max);
          total = add(before, next);
        }
        using done = total;
        return [...(await done.read())];
      };
      const expected = [0, 530, 50 * 99 + 100 * 431, 265 * 531];
      expect(await sum()).toEqual(expected);
      await expect.poll(() => own.memory().pipelines).toBe(512);
      using first = clipped(1);
      expect([...(await first.read())]).toEqual([0, 1, 1, 1]);
      await expect.poll(() => own.memory().pipelines).toBe(512);
      expect(errors).toEqual([]);
    });
  });

  /** A queue whose pipeline cache has this bound, and the errors that it reports. */
  const queueOf = (bound: number): { pipelines: Pipelines; queue: CommandQueue; errors: Error[] } => {
    const { device, bindGroups, target } = gpu().context;
    const errors: Error[] = [];
    const pipelines = createPipelines(device, bound);
    const { commands } = target.profile;
    const queue = new CommandQueue(device, commands, pipelines, bindGroups, (error) => errors.push(error));
    return { pipelines, queue, errors };
  };
  /** Multiplies x by all factors on that queue. Each factor is a program of its own. */
  const product = (queue: CommandQueue, x: Tensor, factors: readonly number[]): Tensor => {
    const { context } = gpu();
    const captured = capture(
      context,
      'a test',
      () => {
        let y = scale(x, factors[0]);
        for (const factor of factors.slice(1)) {
          using last = y;
          y = scale(last, factor);
        }
        return y;
      },
      TAKE,
    );
    for (const dispatch of lowered(captured.calls, context.plans)) queue.dispatch(dispatch);
    // An eager call allows its tensors to be disposed at once, and so does this.
    release(context, captured);
    return captured.result;
  };
  const factors = [2, 3, 5, 7, 11, 13, 17];
  const all = factors.reduce((total, factor) => total * factor, 1);

  test.for([1, 2, 6])('calls that need 7 programs run with a cache of %i', async (bound) => {
    const { pipelines, queue, errors } = queueOf(bound);
    using x = of(1, 2);
    for (const order of [factors, factors.toReversed(), [...factors.slice(3), ...factors.slice(0, 3)]]) {
      using y = product(queue, x, order);
      await queue.settled();
      expect(await valuesOf(y)).toEqual([all, 2 * all]);
      await trimmed(pipelines, bound);
    }
    expect(errors).toEqual([]);
  });

  test('calls that need 7 programs are submitted synchronously with a cache of 2, twice', async () => {
    const { pipelines, queue } = queueOf(2);
    using x = of(1);
    for (let i = 0; i < 2; i++) {
      using y = product(queue, x, factors);
      queue.submit();
      expect(await valuesOf(y)).toEqual([all]);
      await trimmed(pipelines, 2);
    }
  });

  test('those used last are kept, whether they compile or not', async () => {
    const { pipelines, queue } = queueOf(3);
    using x = of(1);
    const { context } = gpu();
    const captured = capture(
      context,
      'a test',
      () => [scale(x, 19), broken(x, 'a mistake'), ...factors.map((other) => scale(x, other))],
      REHEARSAL,
    );
    const [first, mistaken, ...others] = stepsOf(captured.calls, context.plans);
    release(context, captured);
    const kept = await pipelines.compile(first);
    expect(await rejectionOf(pipelines.compile(mistaken))).toContain('a mistake does not compile');
    for (const step of others) {
      await pipelines.compile(step);
      expect(await pipelines.compile(first)).toBe(kept);
      await trimmed(pipelines, 3);
    }
    expect(pipelines.ready(first.wgsl)).toBe(kept);
    expect(pipelines.ready(mistaken.wgsl)).toBeUndefined();
    expect(pipelines.ready(others[0].wgsl)).toBeUndefined();
    expect(pipelines.size).toBe(3);
    expect(await rejectionOf(pipelines.compile(mistaken))).toContain('a mistake does not compile');
    expect(queue.recorded).toBe(0);
  });
});

describe('of uniforms', () => {
  test('1024 are kept, those that are used among them', async () => {
    await withGpu({}, async (own) => {
      const { uniforms } = own.context;
      const words = (i: number): Uint32Array => Uint32Array.of(i, 0, 0, 0);
      const first = uniforms.of(words(0));
      for (const begin of [1, 1001]) {
        for (let i = begin; i < begin + 1000; i++) uniforms.of(words(i));
        expect(uniforms.of(words(0))).toBe(first);
        expect(own.memory().uniforms).toBe(Math.min(begin + 1000, 1024));
      }
    });
  });

  test('what is dropped stays in the recordings and programs that name it', async () => {
    await withGpu({}, async (own, errors) => {
      using x = own.tensor([-1, 2, 3], [3]);
      using program = await compile(own, { x: [3] }, (inputs) => activate(inputs.x, 'relu'));
      const encoder = own.device.createCommandEncoder();
      using recording = record(own, encoder, () => activate(x, 'relu'));
      using recorded = recording.result;
      const { uniforms } = own.context;
      for (let i = 0; i < 1024; i++) uniforms.of(Uint32Array.of(i, i, i, i));
      own.device.queue.submit([encoder.finish()]);
      using run = program.run({ x });
      expect([...(await recorded.read())]).toEqual([0, 2, 3]);
      expect([...(await run.read())]).toEqual([0, 2, 3]);
      expect(errors).toEqual([]);
    });
  });
});

describe('of bind groups', () => {
  test('2048 are kept: a call that is repeated makes none, one that was dropped makes another', async () => {
    await withGpu({}, async (own, errors) => {
      const { bindGroups } = own.context;
      let made = 0;
      const create = own.device.createBindGroup.bind(own.device);
      own.device.createBindGroup = (descriptor) => (made++, create(descriptor));
      using x = own.tensor([1, 2], [2]);
      const call = async (factor: number): Promise<number[]> => {
        using y = multiply(x, factor);
        return valuesOf(y);
      };
      expect(await call(1)).toEqual([1, 2]);
      expect(await call(1)).toEqual([1, 2]);
      expect([made, bindGroups.size]).toEqual([1, 1]);
      for (let factor = 2; factor <= 2049; factor++) multiply(x, factor).dispose();
      await own.finished();
      expect([made, bindGroups.size]).toEqual([2049, 2048]);
      expect(await call(2049)).toEqual([2049, 4098]);
      expect(made).toBe(2049);
      expect(await call(1)).toEqual([1, 2]);
      expect([made, bindGroups.size]).toEqual([2050, 2048]);
      expect(errors).toEqual([]);
    });
  });

  test('are dropped with the buffers that trim destroys', async () => {
    await withGpu({}, async (own, errors) => {
      using x = own.tensor([1, 2], [2]);
      for (let factor = 1; factor <= 3; factor++) multiply(x, factor).dispose();
      await own.finished();
      expect(own.context.bindGroups.size).toBe(3);
      own.trim();
      expect(own.context.bindGroups.size).toBe(0);
      using y = multiply(x, 2);
      expect(await valuesOf(y)).toEqual([2, 4]);
      expect(errors).toEqual([]);
    });
  });
});

describe('of the programs of a model', () => {
  /** y = x * w * w, in two dispatches, so that each program keeps one buffer of its own. */
  const files = tinyModel(
    [
      placeholder('x', [-1, 2]),
      { name: 'once', op: 'MatMul', input: ['x', 'w'], attr: { T: type('DT_FLOAT') } },
      { name: 'y', op: 'MatMul', input: ['once', 'w'], attr: { T: type('DT_FLOAT') } },
    ],
    [floats('w', [2, 2], [2, 0, 0, 3])],
  );
  const SHAPES = 13;
  const rows = (count: number): number[] => Array.from({ length: 2 * count }, (_, i) => i + count);
  const expected = (count: number): number[] => rows(count).map((value, i) => value * [4, 9][i % 2]);
  const run = async (model: Model, count: number): Promise<number[]> => {
    const { y } = await model.run({ x: rows(count) });
    using done = y;
    return [...(await done.read())];
  };
  const counts = Array.from({ length: SHAPES }, (_, i) => i + 1);

  test('8 are kept, and all answers are right, also of a shape that was dropped', async () => {
    using model = await loadGraphModel(gpu(), files);
    const { buffersInUse } = gpu().memory();
    let made = 0;
    for (const count of [...counts, 1, 2, SHAPES]) {
      expect(await run(model, count)).toEqual(expected(count));
      expect(gpu().memory().buffersInUse - buffersInUse).toBe(Math.min(++made, 8));
    }
  });

  test('those used last are kept', async () => {
    using model = await loadGraphModel(gpu(), files);
    const first = await model.compile({ x: [1, 2] });
    for (const count of counts) {
      await run(model, count);
      expect(await model.compile({ x: [1, 2] })).toBe(first);
    }
    const last = await model.compile({ x: [SHAPES, 2] });
    expect(await model.compile({ x: [SHAPES, 2] })).toBe(last);
    const second = await model.compile({ x: [2, 2] });
    for (const count of counts) await run(model, count);
    expect(await model.compile({ x: [2, 2] })).not.toBe(second);
    // A dropped program can still describe itself.
    expect(second.dispatches).toEqual({ traced: 2, run: 2 });
    expect(second.explain().length).toBe(2);
  });

  test('8 are kept if 13 run at once, twice over, and if they are timed', async () => {
    using model = await loadGraphModel(gpu(), files);
    const { buffersInUse } = gpu().memory();
    const profiled = counts.map((count) => model.profile({ x: rows(count) }));
    const answers = [...counts, ...counts].map((count) => run(model, count));
    for (const [i, answer] of (await Promise.all(answers)).entries())
      expect(answer).toEqual(expected(counts[i % SHAPES]));
    for (const times of await Promise.all(profiled)) expect(times.length).toBe(2);
    expect(gpu().memory().buffersInUse - buffersInUse).toBe(8);
  });

  test('a model that is disposed while they compile keeps none', async () => {
    const before = gpu().memory().buffersInUse;
    const model = await loadGraphModel(gpu(), files);
    await run(model, 1);
    const pending = counts.map((count) => rejectionOf(run(model, count + 1)));
    const timed = model.profile({ x: rows(1) });
    await Promise.resolve();
    model.dispose();
    for (const message of await Promise.all(pending)) expect(message).toContain('the model was disposed');
    await timed.catch(() => {});
    await expect.poll(() => gpu().memory().buffersInUse).toBe(before);
  });
});
