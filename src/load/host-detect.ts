/**
 * The choice among boxes, on the CPU after a read: how many there will be depends on the data.
 *
 * @module
 */
import { check, describe, show, sizeOf } from '../conv/check';
import { allocateHost, hostValue, type HostNumbers, type HostValue } from './host-value';
import { spend } from './host-work';

/** How boxes are chosen. */
export interface Suppression {
  /** The most boxes that are chosen. */
  readonly most: number;
  /** A box is dropped if it shares more than this part of the union with one that is chosen. */
  readonly iou: number;
  /** Boxes whose score is not above it are not looked at; undefined takes all. */
  readonly score?: number;
  /** Soft NMS: scores of boxes that overlap are lowered by a bell curve of this width; 0, the default, lowers none. */
  readonly sigma?: number;
}

/** What was chosen, the best first. */
export interface Chosen {
  readonly indices: readonly number[];
  /** As they are after soft NMS. */
  readonly scores: readonly number[];
}

/** Corners of boxes, [y1, x1, y2, x2] each, with the smaller ones first. */
type Corners = Float64Array;

/** A box that is not chosen yet. */
interface Candidate {
  readonly index: number;
  score: number;
  /** How many of the chosen boxes it has been compared with. */
  seen: number;
}

/**
 * Chooses boxes as TensorFlow does: the best is chosen, those that overlap it are dropped or lowered, and so on. Among equal
 * scores the first box comes first. A score that is NaN is not above anything.
 *
 * @see https://www.tensorflow.org/api_docs/python/tf/image/non_max_suppression_with_scores
 * @see https://arxiv.org/abs/1704.04503 (soft NMS)
 */
function choose(boxes: Corners, scores: ArrayLike<number>, { most, iou, score, sigma = 0 }: Suppression): Chosen {
  const count = scores.length;
  spend(count * 8);
  const waiting: Candidate[] = [];
  for (let index = 0; index < count; index++) {
    const value = scores[index];
    if (score === undefined ? !Number.isNaN(value) : value > score) waiting.push({ index, score: value, seen: 0 });
  }
  spend(waiting.length * Math.ceil(Math.log2(waiting.length + 1)));
  // The best is last, because boxes are taken from the end.
  waiting.sort(byScore);
  const scale = sigma > 0 ? -0.5 / sigma : 0;
  const chosen: Candidate[] = [];
  for (let next = waiting.pop(); next !== undefined && chosen.length < most; next = waiting.pop()) {
    const before = next.score;
    spend((chosen.length - next.seen) * 4 + 4);
    let dropped = false;
    for (let i = chosen.length - 1; i >= next.seen && !dropped; i--) {
      const overlap = intersectionOverUnion(boxes, next.index, chosen[i].index);
      if (overlap > iou) dropped = true;
      else if (scale !== 0) next.score *= Math.exp(scale * overlap * overlap);
    }
    next.seen = chosen.length;
    if (dropped) continue;
    if (next.score === before) chosen.push(next);
    else if (score === undefined || next.score > score) insert(waiting, next);
  }
  return { indices: chosen.map(({ index }) => index), scores: chosen.map((candidate) => candidate.score) };
}

function byScore(a: Candidate, b: Candidate): number {
  return a.score === b.score ? b.index - a.index : a.score - b.score;
}

/** Puts a candidate whose score was lowered back among the others. */
function insert(waiting: Candidate[], candidate: Candidate): void {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byScore(waiting[middle], candidate) < 0) low = middle + 1;
    else high = middle;
  }
  spend(20 + (waiting.length - low) / 8);
  waiting.splice(low, 0, candidate);
}

/** Boxes without an area overlap nothing. */
function intersectionOverUnion(boxes: Corners, i: number, j: number): number {
  const [a, b] = [4 * i, 4 * j];
  const areaA = (boxes[a + 2] - boxes[a]) * (boxes[a + 3] - boxes[a + 1]);
  const areaB = (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1]);
  if (!(areaA > 0 && areaB > 0)) return 0;
  const height = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]);
  const width = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]);
  if (!(height > 0 && width > 0)) return 0;
  const shared = height * width;
  return shared / (areaA + areaB - shared);
}

/** Any two opposite corners of each box, or (`centered`) the middle and the size as [x, y, width, height]. */
function cornersOf(boxes: HostNumbers, centered: boolean): Corners {
  spend(boxes.length);
  const corners = new Float64Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [a, b, c, d] = [boxes[i], boxes[i + 1], boxes[i + 2], boxes[i + 3]];
    // With a size below 0 the corners stay the wrong way round, so that the box overlaps nothing.
    if (centered) corners.set([b - d / 2, a - c / 2, b + d / 2, a + c / 2], i);
    else corners.set([Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)], i);
  }
  return corners;
}

/**
 * NonMaxSuppressionV2 to V5 of TensorFlow.
 *
 * @param boxes [n, 4], two corners each
 * @param scores [n]
 * @param padded whether the results have `most` elements, with zeros after the chosen ones
 * @returns the indices, their scores, and how many were chosen
 */
export function nonMaxSuppression(
  boxes: HostValue,
  scores: HostValue,
  how: Suppression,
  padded = false,
): { readonly indices: HostValue; readonly scores: HostValue; readonly count: HostValue } {
  checkHow(how);
  const [n] = boxes.shape;
  check(
    boxes.shape.length === 2 && boxes.shape[1] === 4 && scores.shape.length === 1 && scores.shape[0] === n,
    () => `its boxes are ${describe(boxes.shape)} and its scores ${describe(scores.shape)}, not [n, 4] and [n]`,
  );
  const chosen = choose(cornersOf(boxes.values, false), scores.values, how);
  const count = chosen.indices.length;
  const shape = [padded ? how.most : count];
  return {
    indices: hostValue('int32', shape, chosen.indices),
    scores: hostValue('float32', shape, chosen.scores),
    count: hostValue('int32', [], [count]),
  };
}

/**
 * NonMaxSuppression of ONNX: for every image and class by itself.
 *
 * @param boxes [images, n, 4]
 * @param scores [images, classes, n]
 * @param centered whether boxes are [x, y, width, height] with x and y in the middle; otherwise two corners
 * @returns [chosen, 3]: image, class and box of each
 * @see https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
 */
export function nonMaxSuppressionByClass(
  boxes: HostValue,
  scores: HostValue,
  how: Suppression,
  centered = false,
): HostValue {
  checkHow(how);
  const [images, n] = boxes.shape;
  const classes = scores.shape[1];
  check(
    boxes.shape.length === 3 &&
      boxes.shape[2] === 4 &&
      scores.shape.length === 3 &&
      scores.shape[0] === images &&
      scores.shape[2] === n,
    () =>
      `its boxes are ${describe(boxes.shape)} and its scores ${describe(scores.shape)}, not [images, n, 4] and [images, classes, n]`,
  );
  const rows: number[] = [];
  const corners = cornersOf(boxes.values, centered);
  // With no boxes, there may be any number of classes.
  if (sizeOf(scores.shape) === 0 || how.most === 0) return hostValue('int32', [0, 3], []);
  for (let image = 0; image < images; image++) {
    const own = corners.subarray(image * n * 4, (image + 1) * n * 4);
    for (let type = 0; type < classes; type++) {
      const start = (image * classes + type) * n;
      const { indices } = choose(own, scores.values.subarray(start, start + n), how);
      for (const index of indices) rows.push(image, type, index);
    }
  }
  const values = allocateHost('int32', [rows.length / 3, 3]);
  values.set(rows);
  return { shape: [rows.length / 3, 3], dtype: 'int32', values };
}

function checkHow({ most, iou, sigma = 0 }: Suppression): void {
  check(
    Number.isSafeInteger(most) && most >= 0,
    () => `its number of boxes is ${show(most)}; give a whole number from 0 on`,
  );
  check(iou >= 0 && iou <= 1, () => `its IoU threshold is ${show(iou)}; give one from 0 to 1`);
  check(sigma >= 0, () => `its soft NMS sigma is ${show(sigma)}; give one of at least 0`);
}
