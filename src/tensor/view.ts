/**
 * The same elements as a tensor of another shape.
 *
 * @module
 */
import { Tensor } from './tensor';

/**
 * A tensor of the elements of another one. Both are to be disposed.
 *
 * @param op the public function, for errors
 * @param shape of as many elements
 */
export function viewOf(op: string, tensor: Tensor, shape: readonly number[]): Tensor {
  const { context, dtype, provenance } = tensor;
  const { tape } = context;
  const storage = tensor.storage(op, 'x');
  const isDry = tape?.dry === true;
  // A tensor of a dry run is never disposed, so the tape holds the reference.
  if (isDry) tape?.hold(storage);
  else storage.references++;
  const view = new Tensor(context, { shape, dtype }, storage, provenance, isDry);
  tape?.views.push(view);
  return view;
}
