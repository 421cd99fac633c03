/**
 * Sparse constants of a .tflite file: only numbers other than 0 are stored, alone or in blocks, as a pruned model has them.
 *
 * The numbers are the leaves of a tree with a level for each axis of the tensor, and for each axis of the blocks, in an order of
 * the file's own. A dense level has all places along its axis below each node above; a sparse one lists them.
 *
 * @module
 * @see https://arxiv.org/abs/1804.10112, and `SparsityParameters` in the schema
 */
import { check, describe, sizeOf } from '../../conv/check';
import { numberOf, numbersOf, tableOf, tablesOf, type FlatTable } from './flatbuffer';
import { DIMENSION, INDEX_VECTOR, INDEX_VECTORS, SPARSITY, type TENSOR } from './schema';

/** One level of the tree. */
interface Level {
  /** How far a step along it goes in the dense tensor, in elements. */
  readonly stride: number;
  /** Places below each node above, of a dense level. */
  readonly size: number;
  /** Of a sparse level: where each node's places begin, and the end of the last; and all places. */
  readonly segments?: readonly number[];
  readonly indices: readonly number[];
}

/** Where the numbers of a sparse tensor belong. */
export interface Sparsity {
  /** How many are stored. */
  readonly count: number;
  /** The element of the dense tensor that each of them is. */
  readonly places: () => readonly number[];
}

const DENSE = 0;

/** The most elements for each number that is stored, and of any tensor: a small file must not ask for gigabytes. */
const SPARSEST = { each: 256, any: 4096 } as const;

/**
 * What a tensor's table says about that; undefined if it is not sparse.
 *
 * @throws if it does not fit the shape
 */
export function sparsityOf(tensor: FlatTable<(typeof TENSOR)[number]>, shape: readonly number[]): Sparsity | undefined {
  const table = tableOf(tensor, 'sparsity', SPARSITY);
  if (table === undefined) return undefined;
  const { what } = table.file;
  const rank = shape.length;
  const order = numbersOf(table, 'traversal_order', 'int32') ?? [];
  const blocked = numbersOf(table, 'block_map', 'int32') ?? [];
  const dimensions = tablesOf(table, 'dim_metadata', DIMENSION);
  const axes = Array.from({ length: rank + blocked.length }, (_, i) => i);
  check(
    shape.every((n) => n >= 0) &&
      dimensions.length === axes.length &&
      order.toSorted((a, b) => a - b).join() === axes.join() &&
      new Set(blocked).size === blocked.length &&
      blocked.every((axis) => axis >= 0 && axis < rank),
    () =>
      `${what} is damaged: ${table.path} of a tensor ${describe(shape)} has ${dimensions.length} levels in the order [${order.join()}] and blocks along [${blocked.join()}]`,
  );
  const denseSize = (level: number): number => numberOf(dimensions[level], 'dense_size', 'int32');
  // Blocks are dense, so a level of one says how large they are along its axis.
  const blockSizes = shape.map((_, axis) => {
    const block = blocked.indexOf(axis);
    return block < 0 ? 1 : denseSize(order.indexOf(rank + block));
  });
  let count = 1;
  const levels = dimensions.map((dimension, i): Level => {
    const isBlock = order[i] >= rank;
    const axis = isBlock ? blocked[order[i] - rank] : order[i];
    const block = blockSizes[axis];
    const size = isBlock ? block : shape[axis] / block;
    const stride = sizeOf(shape.slice(axis + 1)) * (isBlock ? 1 : block);
    const isDense = numberOf(dimension, 'format', 'int8') === DENSE;
    const segments = isDense ? undefined : indexVector(dimension, 'array_segments');
    const indices = isDense ? [] : indexVector(dimension, 'array_indices');
    const end = segments?.at(-1) ?? 0;
    check(
      Number.isInteger(size) && block > 0 && (segments === undefined
        ? denseSize(i) === size
        : !isBlock && segments.length === count + 1 && segments[0] === 0 && end === indices.length &&
          segments.every((n, k) => k === 0 || n >= segments[k - 1]) && indices.every((n) => n < size)), // prettier-ignore
      () =>
        `${what} is damaged: ${dimension.path} of a tensor ${describe(shape)} must have ${size} places for each of ${count} nodes; it has ${segments === undefined ? denseSize(i) : `${indices.length} places in ${segments.length} segments`}`,
    );
    count = segments === undefined ? count * size : end;
    return { stride, size, segments, indices };
  });
  const most = SPARSEST.any + SPARSEST.each * count;
  check(
    sizeOf(shape) <= most,
    () =>
      `${what}: ${table.path} stores ${count} numbers of a tensor ${describe(shape)}, which may then have ${most}; convert the model with dense weights`,
  );
  return { count, places: () => placesOf(levels) };
}

function indexVector(
  dimension: FlatTable<(typeof DIMENSION)[number]>,
  field: 'array_segments' | 'array_indices',
): readonly number[] {
  const kind = INDEX_VECTORS[numberOf(dimension, `${field}_type`, 'uint8')];
  const vector = kind && tableOf(dimension, field, INDEX_VECTOR);
  const list = vector && numbersOf(vector, 'values', kind);
  check(
    list !== undefined && list.every((n) => n >= 0),
    () => `${dimension.file.what} is damaged: ${dimension.path}.${field} is no list of places`,
  );
  return list;
}

function placesOf(levels: readonly Level[]): readonly number[] {
  let places = [0];
  for (const { stride, size, segments, indices } of levels) {
    const below: number[] = [];
    for (const [node, place] of places.entries()) {
      const [first, end] = segments === undefined ? [0, size] : [segments[node], segments[node + 1]];
      for (let i = first; i < end; i++) below.push(place + (segments === undefined ? i : indices[i]) * stride);
    }
    places = below;
  }
  return places;
}
