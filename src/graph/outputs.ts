/**
 * The outputs of a traced function: which tensors it returns, and in which form.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { Tensor } from '../tensor/tensor';

/** A traced function returns a tensor, a list of tensors, or a record of tensors. */
export type Outputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** An output of a traced function. */
export interface Output extends Operand {
  /** Its key in the list or record; `undefined` of a tensor alone. */
  readonly key: string | undefined;
}

/** @throws unless all that the function returned are tensors of the device that are not disposed */
export function outputsOf(op: string, context: GpuContext, result: unknown): readonly Output[] {
  check(
    typeof result === 'object' && result !== null,
    () => `${op}: the function returned ${show(result)}; return a tensor, a list of tensors or a record of them`,
  );
  const entries: readonly (readonly [string | undefined, unknown])[] =
    result instanceof Tensor
      ? [[undefined, result]]
      : Array.isArray(result)
        ? // Includes the holes of a list, which `Object.entries` skips.
          Array.from(result as unknown[], (tensor, i) => [String(i), tensor])
        : Object.entries(result);
  return entries.map(([key, tensor]) => {
    const name = nameOf(key);
    check(
      tensor instanceof Tensor,
      () =>
        `${op}: the function returned ${show(tensor)} as ${name}; return a tensor, a list of tensors or a record of them`,
    );
    const operand = tensor.operand(op, name);
    check(tensor.context === context, () => `${op}: ${name} belongs to another gpu; use one gpu for all`);
    return { ...operand, key };
  });
}

/** The name of an output in errors. */
export function nameOf(key: string | undefined): string {
  return key ?? 'the result';
}

/** A result of the same form with these tensors instead. */
export function arranged(result: Outputs, tensors: readonly Tensor[]): Outputs {
  if (result instanceof Tensor) return tensors[0];
  if (Array.isArray(result)) return tensors;
  return Object.fromEntries(Object.keys(result).map((name, i) => [name, tensors[i]]));
}
