/**
 * What a traced function returns: which tensors, and in which form.
 *
 * @module
 */
import { check, show } from '../conv/check';
import type { Operand } from '../gpu/call';
import type { GpuContext } from '../gpu/context';
import { Tensor } from '../tensor/tensor';

/** What a traced function returns: a tensor, a list of them, or a record. */
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
        ? // With its holes, of which `Object.entries` says nothing.
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

/** What errors call an output. */
export function nameOf(key: string | undefined): string {
  return key ?? 'the result';
}

/** Tensors in the places of a result's. */
export function arranged(result: Outputs, tensors: readonly Tensor[]): Outputs {
  if (result instanceof Tensor) return tensors[0];
  if (Array.isArray(result)) return tensors;
  return Object.fromEntries(Object.keys(result).map((name, i) => [name, tensors[i]]));
}
