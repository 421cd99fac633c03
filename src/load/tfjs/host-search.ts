/**
 * TensorFlow's ops whose number of results depends on the data. They run on the CPU, after a read.
 *
 * @module
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { check, fail, show } from '../../conv/check';
import type { HostOp } from '../dialect';
import { cropAndResize } from '../host-crop';
import { nonMaxSuppression } from '../host-detect';
import { topK } from '../host-reduce';
import { scatterNd, scatterToZeros, sparseToDense } from '../host-scatter';
import { uniqueHost, whereHost } from '../host-search';
import { numberOf } from '../host-shapes';
import { listOf } from '../host-value';

/** V3 and V4: boxes whose score is not above the threshold are ignored. */
const suppression =
  (padded: boolean): HostOp =>
  ([boxes, scores, most, iou, score], { attributes }) => {
    const how = { most: numberOf(most), iou: numberOf(iou), score: numberOf(score) };
    const isPadded = padded && attributes.flag('pad_to_max_output_size', false);
    const { indices, count } = nonMaxSuppression(boxes, scores, how, isPadded);
    return padded ? [indices, count] : indices;
  };

const unique: HostOp = ([x]) => {
  check(x.shape.length === 1, () => `its input has ${x.shape.length} axes but must have one`);
  const [values, , inverse] = uniqueHost(x, false);
  return [values, inverse];
};

export const SEARCH_OPS: Readonly<Record<string, HostOp>> = {
  TopKV2: ([x, k]) => topK(x, numberOf(k)),
  Where: ([x]) => whereHost(x),
  Unique: unique,
  UniqueV2: unique,
  NonMaxSuppressionV2: ([boxes, scores, most, iou]) =>
    nonMaxSuppression(boxes, scores, { most: numberOf(most), iou: numberOf(iou) }).indices,
  NonMaxSuppressionV3: suppression(false),
  NonMaxSuppressionV4: suppression(true),
  NonMaxSuppressionV5: ([boxes, given, most, iou, score, sigma]) => {
    const how = { most: numberOf(most), iou: numberOf(iou), score: numberOf(score), sigma: numberOf(sigma) };
    const { indices, scores, count } = nonMaxSuppression(boxes, given, how);
    return [indices, scores, count];
  },
  CropAndResize: ([image, boxes, images, size], { attributes }) => {
    const method = attributes.text('method', 'bilinear');
    return method === 'bilinear' || method === 'nearest'
      ? cropAndResize(image, boxes, images, listOf(size), method, attributes.number('extrapolation_value', 0))
      : fail(`its method is ${show(method)}; it is bilinear or nearest`);
  },
  SparseToDense: ([indices, shape, values, fill]) => sparseToDense(indices, listOf(shape), values, fill),
  ScatterNd: ([indices, updates, shape]) => scatterToZeros(indices, updates, listOf(shape)),
  TensorScatterUpdate: ([x, indices, updates]) => scatterNd(x, indices, updates),
};
