/**
 * Dispatches into command encoders.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Step } from '../step';
import type { BindGroups } from './bind-groups';
import type { Storage } from './buffers';
import type { Pipeline } from './pipelines';

/** A range of a storage, in bytes from where the storage begins. */
export interface Bound {
  readonly storage: Storage;
  readonly offset: number;
  readonly byteLength: number;
}

/** A step with its buffers. */
export interface Dispatch {
  readonly step: Step;
  /** What is bound, in the order of the step's storage bindings. */
  readonly operands: readonly Bound[];
}

/** @throws if `encoder` is none; called before anything is made for what it gets */
export function checkEncoder(op: string, encoder: GPUCommandEncoder): void {
  check(
    encoder instanceof GPUCommandEncoder,
    () => `${op}: encoder is ${show(encoder)}; give a GPUCommandEncoder of this device`,
  );
}

/**
 * Writes a compute pass into an encoder of the app's. No call says whether an encoder is finished, so the browser is asked.
 *
 * @param op the public function, for errors
 * @param write gets the open pass
 * @returns why nothing was written, once it is known: the encoder is finished already. What else is wrong with it the browser
 *   tells whom finishes it
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
    // Of a lost device nothing is told.
    outcome = device.popErrorScope().catch(() => null);
  }
  return outcome.then((refusal) => {
    if (refusal === null) return undefined;
    const message = `${op}: the device refused the commands: ${refusal.message}; give an encoder of this device that is not finished and has no open pass`;
    return new Error(message, { cause: refusal });
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
