/** Which points of the face mesh are joined by lines. */
import {
  pairsFaceContour,
  pairsFaceMesh,
  pairsLeftEye,
  pairsLeftEyebrow,
  pairsLips,
  pairsRightEye,
  pairsRightEyebrow,
} from '../../node_modules/@vladmandic/human/src/face/facemeshcoords';

export type Line = readonly [from: number, to: number];

/** Every edge of the triangles, once. */
export const MESH: readonly Line[] = [
  ...new Map(pairsFaceMesh.map(([a, b]) => [Math.min(a, b) * 468 + Math.max(a, b), [a, b] as const])).values(),
];

/** The features of the face. */
export const FEATURES: readonly Line[] = [
  ...pairsFaceContour,
  ...pairsLips,
  ...pairsLeftEye,
  ...pairsLeftEyebrow,
  ...pairsRightEye,
  ...pairsRightEyebrow,
];
