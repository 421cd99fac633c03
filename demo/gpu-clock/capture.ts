/**
 * The dispatches of a run, whatever library made them, so that they can be repeated between two timestamps: kernels alone,
 * without copies and without the thread that queues them.
 */
import { Bindings } from './bindings';
import type { Dispatch, Grid, GroupParameters } from './dispatch';
import { hook } from './hooks';
import { keepBuffers } from './kept-buffers';

export interface CapturedRun {
  readonly dispatches: readonly Dispatch[];
  /** Frees what it holds on the GPU; the run may not be repeated after this. */
  readonly release: () => void;
}

/** The state that a pass has set so far. */
interface Pass {
  pipeline?: GPUComputePipeline;
  readonly groups: (GroupParameters | undefined)[];
}

/**
 * Runs `run` and notes what it dispatches. The hooks cost time only during this call.
 *
 * Libraries reuse a few uniform buffers with other contents for each dispatch. A kernel that is repeated with the contents of
 * another dispatch may loop for minutes, so each dispatch gets its own contents in buffers of its own.
 *
 * @returns undefined where it cannot be repeated: it has no dispatch, or a uniform's contents are not known
 */
export async function captureRun(device: GPUDevice, run: () => Promise<void>): Promise<CapturedRun | undefined> {
  const passes = new WeakMap<GPUComputePassEncoder, Pass>();
  const bindings = new Bindings(device);
  const noted: { readonly dispatch: Dispatch; uniforms: ReadonlyMap<GPUBuffer, Uint8Array> }[] = [];
  let submitted = 0;
  let isKnown = true;
  const note = (encoder: GPUComputePassEncoder, grid: Grid): void => {
    const pass = passes.get(encoder);
    // The state of a pass that began before the capture is not known.
    if (pass?.pipeline === undefined) isKnown = false;
    else noted.push({ dispatch: { pipeline: pass.pipeline, groups: [...pass.groups], grid }, uniforms: new Map() });
  };

  const keeping = keepBuffers();
  const unhook = [
    hook(
      GPUCommandEncoder,
      'beginComputePass',
      (own) =>
        function (...parameters) {
          const pass = own.apply(this, parameters);
          passes.set(pass, { groups: [] });
          return pass;
        },
    ),
    hook(
      GPUComputePassEncoder,
      'setPipeline',
      (own) =>
        function (pipeline) {
          const pass = passes.get(this);
          if (pass !== undefined) pass.pipeline = pipeline;
          return own.call(this, pipeline);
        },
    ),
    hook(
      GPUComputePassEncoder,
      'setBindGroup',
      (own) =>
        function (...parameters: unknown[]) {
          const [index, group, ...rest] = parameters;
          const groups = passes.get(this)?.groups;
          if (groups !== undefined) groups[index as number] = group ? [group as GPUBindGroup, ...rest] : undefined;
          return (own as (...all: unknown[]) => void).apply(this, parameters);
        },
    ),
    hook(
      GPUComputePassEncoder,
      'dispatchWorkgroups',
      (own) =>
        function (...counts) {
          note(this, { counts });
          return own.apply(this, counts);
        },
    ),
    hook(
      GPUComputePassEncoder,
      'dispatchWorkgroupsIndirect',
      (own) =>
        function (buffer, offset) {
          note(this, { buffer, offset });
          return own.call(this, buffer, offset);
        },
    ),
    hook(
      GPUCommandEncoder,
      'copyBufferToBuffer',
      (own) =>
        function (...parameters: unknown[]) {
          const target = parameters[typeof parameters[1] === 'number' ? 2 : 1] as GPUBuffer;
          if (Bindings.isUniform(target)) isKnown = false;
          return (own as (...all: unknown[]) => void).apply(this, parameters);
        },
    ),
    hook(
      GPUQueue,
      'writeBuffer',
      (own) =>
        function (...parameters) {
          bindings.write(...parameters);
          return own.apply(this, parameters);
        },
    ),
    hook(
      GPUQueue,
      'submit',
      (own) =>
        function (commands) {
          // A dispatch sees what was written before its submit.
          const uniforms = bindings.written();
          for (; submitted < noted.length; submitted++) noted[submitted].uniforms = uniforms;
          return own.call(this, commands);
        },
    ),
  ];
  try {
    await run();
  } finally {
    for (const undo of unhook) undo();
  }
  const dispatches = noted.map(({ dispatch, uniforms }) => bindings.withOwn(dispatch, uniforms));
  const release = (): void => {
    bindings.release();
    keeping.release();
  };
  if (isKnown && dispatches.length > 0 && dispatches.every((it) => it !== undefined)) return { dispatches, release };
  release();
  return undefined;
}
