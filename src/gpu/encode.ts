/**
 * Writes dispatches into command encoders.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Substitute } from '../kernels/stand-in';
import type { Step } from '../step';
import type { BindGroups } from './bind-groups';
import type { Storage } from './buffers';
import type { Pipeline } from './pipelines';

/** A range of a storage, in bytes from the beginning of the storage. */
export interface Bound {
  readonly storage: Storage;
  readonly offset: number;
  readonly byteLength: number;
}

/** A step with its buffers. */
export interface Dispatch {
  readonly step: Step;
  /** Gives what may compute the same, from the same operands, while the step's program is being compiled. */
  readonly standIn?: () => Substitute;
  /** The buffers to bind, in the order of the step's storage bindings. */
  readonly operands: readonly Bound[];
}

/** @throws if `encoder` is none. Call it before anything is made for the commands */
export function checkEncoder(op: string, encoder: GPUCommandEncoder): void {
  check(
    encoder instanceof GPUCommandEncoder,
    () => `${op}: encoder is ${show(encoder)}; give a GPUCommandEncoder of this device`,
  );
}

/**
 * Writes a compute pass into an encoder of the app's. No property says whether an encoder is finished, so an error scope does.
 *
 * @param op the public function, for errors
 * @param write gets the open pass
 * @returns why nothing was written, once it is known: the encoder is finished already. The browser reports anything else that is
 *   wrong with it to whoever finishes it
 */
export function passInto(
  op: string,
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  write: (pass: GPUComputePassEncoder) => void,
): Promise<Error | undefined> {
  device.pushErrorScope('validation');
  let outcome: Promise<GPUError | null>;
  try {
    const pass = encoder.beginComputePass({ label: 'depthwise' });
    write(pass);
    pass.end();
  } finally {
    // Report nothing if the device is lost.
    outcome = device.popErrorScope().catch(() => null);
  }
  return outcome.then((refusal) => {
    if (refusal === null) return undefined;
    return new Error(
      `${op}: the device refused the commands: ${refusal.message}; give an encoder of this device that is not finished and has no open pass`,
      { cause: refusal },
    );
  });
}

/** Writes one dispatch into an open pass, `repeat` times over, after a marker that names its problem. */
export function encodeDispatch(
  groups: BindGroups,
  pass: GPUComputePassEncoder,
  pipeline: Pipeline,
  dispatch: Dispatch,
  repeat = 1,
): void {
  const { label, grid } = dispatch.step;
  pass.insertDebugMarker(label);
  pass.setPipeline(pipeline.pipeline);
  pass.setBindGroup(0, groups.of(pipeline, dispatch));
  for (let i = 0; i < repeat; i++) pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
}
