/**
 * Steps into command encoders: binds each operand by its WGSL name and dispatches.
 *
 * @module
 */
import type { Meaning } from '../kernels/meaning';
import type { Step } from '../step';
import type { Storage } from './buffers';
import type { Pipeline } from './pipelines';
import type { Uniforms } from './uniforms';

/** The storages of a step's operands, by the names of its WGSL variables. */
export type Operands = Readonly<Record<string, Storage>>;

/** A step with its buffers. */
export interface Dispatch {
  readonly step: Step;
  readonly operands: Operands;
  /** What it computes, for those that may be computed together with others; see `compile`. */
  readonly meaning?: Meaning;
  /** Why this kernel computes it. */
  readonly why?: string;
}

/** Writes one dispatch into an open pass, `repeat` times over. */
export function encodeDispatch(
  device: GPUDevice,
  uniforms: Uniforms,
  pass: GPUComputePassEncoder,
  pipeline: Pipeline,
  dispatch: Dispatch,
  repeat = 1,
): void {
  pass.setPipeline(pipeline.pipeline);
  pass.setBindGroup(0, bindGroupOf(device, uniforms, pipeline, dispatch));
  for (let i = 0; i < repeat; i++) pass.dispatchWorkgroups(...dispatch.step.grid);
}

/** The buffers of a dispatch, as its program binds them. */
export function bindGroupOf(
  device: GPUDevice,
  uniforms: Uniforms,
  { layout, bindings }: Pipeline,
  { step, operands }: Dispatch,
): GPUBindGroup {
  const entries = bindings.map(({ binding, name, access }) => ({
    binding,
    resource: access === 'uniform' ? { buffer: uniforms.of(step.uniforms) } : rangeOf(step, name, operands),
  }));
  return device.createBindGroup({ label: step.label, layout, entries });
}

function rangeOf(step: Step, name: string, operands: Operands): GPUBufferBinding {
  const storage = operands[name];
  if (storage === undefined) throw new Error(`${step.label}: the shader binds ${name}, for which no operand was given`);
  return { buffer: storage.buffer, offset: storage.offset, size: storage.byteLength };
}
