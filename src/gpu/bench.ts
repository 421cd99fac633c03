/**
 * Tries out ways to compute a request. It has operands and an output of its own, apart from the pool and the queue, so that a
 * trial leaves nothing behind and does not disturb the app's own work.
 *
 * @module
 */
import { operandsOf } from '../kernels/epilogue';
import type { Plan } from '../kernels/plan';
import { bindingBytes, stagesOf, type Request } from '../kernels/request';
import { createBindGroups } from './bind-groups';
import type { Bytes, Storage } from './buffers';
import type { Call, Operand } from './call';
import type { GpuContext } from './context';
import { encodeDispatch } from './encode';
import { news } from './life';
import { dispatchesOf } from './lower';
import type { Pipelines } from './pipelines';
import { compileDispatches, submitOnce, timePasses, type Compiled } from './timer';
import { createUniforms } from './uniforms';

/** Operands on the GPU, and what may be done with them. */
export interface Bench {
  /**
   * Clears the output, runs a plan into it, and gives its bytes.
   *
   * @throws (rejects) if a program does not compile or the device refuses the commands
   */
  run(plan: Plan): Promise<ArrayBuffer>;
  /** Milliseconds of each plan, in order, each run `repeat` times in one pass. */
  time(plans: readonly Plan[], repeat: number): Promise<number[]>;
  destroy(): void;
}

/**
 * Uploads the operands of a request.
 *
 * @param pipelines a cache of the caller's: most of what is tried is never used again
 * @param values the numbers of all operands of the request, by the names of the shaders' variables
 * @param middles bytes of the largest intermediates of the plans, by role
 * @throws (rejects) if there is no memory for them
 */
export async function openBench(
  context: GpuContext,
  pipelines: Pipelines,
  request: Request,
  values: Readonly<Record<string, Bytes>>,
  middles: Readonly<Record<string, number>> = {},
): Promise<Bench> {
  const { op } = request;
  const { device } = context;
  // Use caches of its own: most of what is tried is never used again, and must not drive the app's entries out of the caches.
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

  const size = bindingBytes(request.output);
  const storages: Record<string, Storage> = {};
  const between: Record<string, Storage> = {};
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  for (const [name, bytes] of Object.entries(values)) {
    const buffer = allocate(bytes.byteLength, 0x80 | 0x8); // STORAGE | COPY_DST
    device.queue.writeBuffer(buffer, 0, bytes as Bytes & ArrayBufferView<ArrayBuffer>);
    storages[name] = storageOf(buffer);
  }
  for (const [role, bytes] of Object.entries(middles)) between[role] = storageOf(allocate(bytes, 0x80)); // STORAGE
  const output = allocate(size, 0x80 | 0x8 | 0x4); // STORAGE | COPY_DST | COPY_SRC
  const staging = allocate(size, 0x1 | 0x8); // MAP_READ | COPY_DST
  const outcomes = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const refusal = outcomes.find((error) => error !== null);
  if (refusal !== undefined) {
    destroy();
    // After a loss Firefox refuses everything before it reports the loss, and its messages do not name the loss.
    await news(context.life);
    context.life.check(op);
    throw new Error(`${op}: the device has no memory to try the problem in: ${refusal?.message}`, { cause: refusal });
  }
  const call = callOf(request, storages, storageOf(output));
  const compiled = (plan: Plan): Promise<readonly Compiled[]> =>
    compileDispatches(pipelines, dispatchesOf(call, plan, between));

  return {
    async run(plan) {
      const dispatches = await compiled(plan);
      await submitOnce(op, context, (roll) => {
        roll.encoder().clearBuffer(output);
        for (const dispatch of dispatches) encodeDispatch(groups, roll.next(), dispatch.pipeline, dispatch);
        roll.encoder().copyBufferToBuffer(output, 0, staging, 0, size);
      });
      await staging.mapAsync(0x1); // GPUMapMode.READ
      const bytes = staging.getMappedRange().slice(0);
      staging.unmap();
      return bytes;
    },
    async time(plans, repeat) {
      const passes = plans.map(async (plan) => ({ dispatches: await compiled(plan), repeat }));
      const ms = await timePasses(op, context, groups, await Promise.all(passes));
      return ms.map((total) => total / repeat);
    },
    destroy,
  };
}

/** The request as a call on these storages. */
function callOf(request: Request, storages: Readonly<Record<string, Storage>>, output: Storage): Call {
  const names = [...operandsOf(stagesOf(request))];
  const inputs: Record<string, Operand> = {};
  for (const role in request.inputs) inputs[role] = { ...request.inputs[role], value: storages[role] };
  const endings = request.endings.map(({ stage, operands }) => ({
    stage,
    operands: operands.map((form): Operand => ({ ...form, value: storages[names.shift()!] })),
  }));
  return { ...request, inputs, endings, output: { ...request.output, value: output } };
}

function storageOf(buffer: GPUBuffer): Storage {
  return { buffer, offset: 0, byteLength: buffer.size, external: true, references: 1 };
}
