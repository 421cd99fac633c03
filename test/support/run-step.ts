/** Calls of a step that is finished already: by a kernel with a tile of the test's choice, or of a program of its own. */
import type { GpuContext } from '../../src/gpu/context';
import type { DType } from '../../src/kernels/dtype';
import { withHalves } from '../../src/kernels/half';
import { soleOperation, type Operation } from '../../src/kernels/operation';
import { run } from '../../src/ops/call';
import type { Step } from '../../src/step';
import type { Tensor } from '../../src/tensor/tensor';

/** What else there is to say of a call. */
export interface StepOptions {
  /** The function that errors name. */
  readonly op?: string;
  /** Of the output; default that of the first input. */
  readonly dtype?: DType;
  /** What products are summed in; default float32. */
  readonly sums?: DType;
}

/** A problem that is its own answer. */
function finished(kernel: string): Operation<Step> {
  return soleOperation<Step>({
    name: kernel,
    why: 'a test',
    wgsl: '',
    summary: ({ label }) => label,
    step(step, _tile, _epilogue, { features, halves }) {
      if (halves === undefined) return step;
      return { ...step, wgsl: withHalves(step.wgsl, { ...halves, native: features.has('shader-f16') }) };
    },
  });
}

/**
 * Runs the step as an op would: queued, or caught by whoever catches calls.
 *
 * @param inputs by the names of the step's bindings, those of its epilogue among them
 * @param shape the output's
 */
export function runStep(
  context: GpuContext,
  step: Step,
  inputs: Readonly<Record<string, Tensor>>,
  shape: readonly number[],
  { op = 'test', dtype, sums }: StepOptions = {},
): Tensor {
  const invocation = { operation: finished(step.kernel), problem: step, inputs, sums };
  return run(op, context, invocation, dtype === undefined ? { shape } : { shape, dtype });
}
