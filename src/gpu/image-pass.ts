/**
 * Writes images into a storage at once: a video's frame is gone when the task ends, and image copies do not wait for the queue's
 * commands.
 *
 * @module
 */
import { gridOf } from '../step';
import type { Storage } from './buffers';
import type { GpuContext } from './context';
import { follow } from './follow';
import type { Program } from './pipelines';

/** A dispatch that reads a texture. */
export interface ImagePass {
  /** Binds uniforms, the texture and the output, in this order. */
  readonly program: Program;
  readonly uniforms: Uint32Array;
  readonly texture: GPUTextureView | GPUExternalTexture;
  readonly workgroups: number;
}

/**
 * Does some work. If the device refuses it, whoever reads the result is told, and `onError`.
 *
 * @param work gives the storage that it has written, if any; no command that waits may name that storage
 * @param reason makes the error of a refusal
 */
export function atOnce(
  { device, queue }: GpuContext,
  work: () => Storage | undefined,
  reason: (refusal: GPUError) => Error,
): Storage | undefined {
  const kinds = ['validation', 'out-of-memory'] as const;
  for (const kind of kinds) device.pushErrorScope(kind);
  let written: Storage | undefined;
  try {
    written = work();
    return written;
  } finally {
    // Report nothing if the device is lost.
    const outcomes = Promise.all(kinds.map(() => device.popErrorScope().catch(() => null)));
    const refused = outcomes.then((refusals) => refusals.find((refusal) => refusal !== null));
    if (written !== undefined) {
      const writes = [written];
      follow(
        queue,
        [{ reads: [], writes }],
        refused.then((refusal) => refusal && reason(refusal)),
      );
    }
  }
}

/** Submits a pass that writes all of the storage. */
export function submitPass(context: GpuContext, pass: ImagePass, { buffer, offset, byteLength }: Storage): void {
  const { device, target } = context;
  const { program: label } = pass.program;
  const { pipeline, layout } = context.pipelines.compileNow(pass.program);
  const resources = [
    { buffer: context.uniforms.of(pass.uniforms) },
    pass.texture,
    { buffer, offset, size: byteLength },
  ];
  const entries = resources.map((resource, binding) => ({ binding, resource }));
  const encoder = device.createCommandEncoder({ label });
  const compute = encoder.beginComputePass({ label });
  compute.setPipeline(pipeline);
  compute.setBindGroup(0, device.createBindGroup({ label, layout, entries }));
  compute.dispatchWorkgroups(...gridOf(pass.workgroups, target.limits.maxComputeWorkgroupsPerDimension));
  compute.end();
  device.queue.submit([encoder.finish()]);
}
