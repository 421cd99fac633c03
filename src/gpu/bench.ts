/**
 * Trying out steps: operands and an output of their own, apart from the pool and the queue, so that nothing of a trial
 * stays behind and the app's own work is not disturbed.
 *
 * @module
 */
import type { Step } from '../step';
import { createBindGroups } from './bind-groups';
import type { Bytes, Storage } from './buffers';
import type { GpuContext } from './context';
import { encodeDispatch, type Bound } from './encode';
import type { Pipelines } from './pipelines';
import { submitOnce, timePasses } from './timer';
import { createUniforms } from './uniforms';

/** Operands on the GPU, and what may be done with them. */
export interface Bench {
  /**
   * Runs a step into the cleared output, whose bytes it gives.
   *
   * @throws (rejects) if the program does not compile or the device refuses the commands
   */
  run(step: Step): Promise<ArrayBuffer>;
  /** Milliseconds per dispatch of each step, in order, each dispatched `repeat` times in one pass. */
  time(steps: readonly Step[], repeat: number): Promise<number[]>;
  destroy(): void;
}

/**
 * Uploads the operands of some steps.
 *
 * @param op the public function, for errors
 * @param pipelines a cache of the caller's: most of what is tried is never used again
 * @param inputs by the names of the shaders' variables
 * @param size bytes of the variable `output`
 * @throws (rejects) if there is no memory for them
 */
export async function openBench(
  op: string,
  context: GpuContext,
  pipelines: Pipelines,
  inputs: Readonly<Record<string, Bytes>>,
  size: number,
): Promise<Bench> {
  const { device } = context;
  // Most of what is tried is never used again, and must not drive out of the caches what the app uses.
  const groups = createBindGroups(device, createUniforms(device));
  const made: GPUBuffer[] = [];
  const allocate = (byteLength: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ label: `depthwise ${op}`, size: byteLength, usage });
    made.push(buffer);
    return buffer;
  };
  const destroy = (): void => {
    for (const buffer of made) buffer.destroy();
  };

  const storages: Record<string, Storage> = {};
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  for (const [name, values] of Object.entries(inputs)) {
    const buffer = allocate(values.byteLength, 0x80 | 0x8); // STORAGE | COPY_DST
    device.queue.writeBuffer(buffer, 0, values as Bytes & ArrayBufferView<ArrayBuffer>);
    storages[name] = storageOf(buffer);
  }
  const output = allocate(size, 0x80 | 0x8 | 0x4); // STORAGE | COPY_DST | COPY_SRC
  const staging = allocate(size, 0x1 | 0x8); // MAP_READ | COPY_DST
  const outcomes = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const refusal = outcomes.find((error) => error !== null);
  if (refusal !== undefined) {
    destroy();
    // Of a lost device Firefox refuses everything, in words that do not name the loss, and before it tells of that.
    await context.life.news();
    context.life.check(op);
    throw new Error(`${op}: the device has no memory to try the problem in: ${refusal?.message}`, { cause: refusal });
  }
  storages.output = storageOf(output);
  const boundBy = ({ label, bindings }: Step): Bound[] =>
    bindings.flatMap(({ name, access }) => {
      if (access === 'uniform') return [];
      const storage = storages[name];
      if (storage === undefined) throw new Error(`${label}: the shader binds ${name}, for which no operand was given`);
      return [{ storage, offset: 0, byteLength: storage.byteLength }];
    });

  return {
    async run(step) {
      const pipeline = await pipelines.compile(step);
      await submitOnce(op, device, (encoder) => {
        encoder.clearBuffer(output);
        const pass = encoder.beginComputePass({ label: step.label });
        encodeDispatch(groups, pass, pipeline, { step, operands: boundBy(step) });
        pass.end();
        encoder.copyBufferToBuffer(output, 0, staging, 0, size);
      });
      await staging.mapAsync(0x1); // GPUMapMode.READ
      const bytes = staging.getMappedRange().slice(0);
      staging.unmap();
      return bytes;
    },
    async time(steps, repeat) {
      const compiled = steps.map(async (step) => ({
        step,
        operands: boundBy(step),
        pipeline: await pipelines.compile(step),
        repeat,
      }));
      const ms = await timePasses(op, context, groups, await Promise.all(compiled));
      return ms.map((total) => total / repeat);
    },
    destroy,
  };
}

function storageOf(buffer: GPUBuffer): Storage {
  return { buffer, offset: 0, byteLength: buffer.size, external: true, references: 1 };
}
