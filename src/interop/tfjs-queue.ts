/**
 * Runs dispatches in TensorFlow.js's own order. TensorFlow.js keeps one command encoder with one open compute pass, which it
 * submits after 15 dispatches or when somebody reads; dispatches in that pass cost no submit and cannot come too early or late.
 * The fields for that are private: if they have changed, each call is a submit of its own, by public methods.
 *
 * @module
 */
import type { GpuContext } from '../gpu/context';
import { encodeDispatch, type Dispatch } from '../gpu/encode';
import type { Pipeline } from '../gpu/pipelines';
import type { TensorFlow, TfBackend } from './tfjs-backend';

/** A dispatch with its program, compiled. */
export interface Ready {
  readonly dispatch: Dispatch;
  readonly pipeline: Pipeline;
}

export interface TfQueue {
  /** Whether dispatches go into TensorFlow.js's pass (`'shared'`), or each call into a submit of its own (`'own'`). */
  readonly pass: 'shared' | 'own';
  /**
   * Runs dispatches after all that TensorFlow.js has queued, and before all that it queues from now on.
   *
   * @param dataIds the tensors that they read and write; all are uploaded
   */
  run(ready: readonly Ready[], dataIds: readonly object[]): void;
}

/** The private fields of 4.22; the minified build has the same names. */
interface Privates {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  /** Tensors that unsubmitted commands name: when one is disposed, its buffer waits for the submit. */
  readonly commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
}

/** TensorFlow.js's flag for the number of dispatches in a pass. */
const BATCH = 'WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE';

export function queueOf(tf: TensorFlow, backend: TfBackend, context: GpuContext): TfQueue {
  return hasPrivates(backend) ? sharedPass(tf, backend, context) : ownSubmits(backend, context);
}

/** Whether the backend has the private fields. It works whether something is queued or not: both kinds of value are accepted. */
function hasPrivates(backend: TfBackend): backend is TfBackend & Privates {
  const { commandEncoder, computePassEncoder, commandQueueOwnedIds, dispatchCountInPass } =
    backend as Partial<Privates>;
  return (
    (commandEncoder === null || commandEncoder instanceof GPUCommandEncoder) &&
    (computePassEncoder === null || computePassEncoder instanceof GPUComputePassEncoder) &&
    commandQueueOwnedIds instanceof WeakSet &&
    typeof dispatchCountInPass === 'number'
  );
}

/** Submits what TensorFlow.js has queued. */
export function flush(backend: TfBackend): void {
  if (hasPrivates(backend) && backend.commandEncoder === null) return;
  backend.endComputePassEncoder();
  // It may not be known whether there is an encoder: make sure that there is one, since an empty one does no harm.
  backend.ensureCommandEncoderReady();
  backend.submitQueue();
}

function sharedPass(tf: TensorFlow, backend: TfBackend & Privates, { bindGroups }: GpuContext): TfQueue {
  return {
    pass: 'shared',
    run(ready, dataIds) {
      backend.ensureCommandEncoderReady();
      const pass = (backend.computePassEncoder ??= backend.commandEncoder!.beginComputePass());
      for (const { dispatch, pipeline } of ready) encodeDispatch(bindGroups, pass, pipeline, dispatch);
      for (const dataId of dataIds) backend.commandQueueOwnedIds.add(dataId);
      backend.dispatchCountInPass += ready.length;
      if (backend.dispatchCountInPass >= tf.env().getNumber(BATCH)) flush(backend);
    },
  };
}

function ownSubmits(backend: TfBackend, { device, bindGroups }: GpuContext): TfQueue {
  return {
    pass: 'own',
    run(ready) {
      flush(backend);
      const encoder = device.createCommandEncoder({ label: 'depthwise' });
      const pass = encoder.beginComputePass({ label: 'depthwise' });
      for (const { dispatch, pipeline } of ready) encodeDispatch(bindGroups, pass, pipeline, dispatch);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
