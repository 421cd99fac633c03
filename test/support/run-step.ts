/** Calls of a finished step: a kernel with a tile of the test's choice, or a program of its own. */
import type { GpuContext } from '../../src/gpu/context';
import type { DType } from '../../src/kernels/dtype';
import { withHalves } from '../../src/kernels/half';
import { soleOperation, type Operation } from '../../src/kernels/operation';
import { run } from '../../src/ops/call';
import type { Step } from '../../src/step';
import type { Tensor } from '../../src/tensor/tensor';

/** Further options of a call. */
export interface StepOptions {
  /** The function that errors name. */
  readonly op?: string;
  /** The type of the output; default that of the first input. */
  readonly dtype?: DType;
  /** The type in which products are summed; default float32. */
  readonly sums?: DType;
}

/** An operation whose problem is already the step. */
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
 * Runs the step as an op would: queued, or recorded by whatever records calls.
 *
 * @param inputs by the names of the step's bindings, including those of its epilogue
 * @param shape the shape of the output
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
