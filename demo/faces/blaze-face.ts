/**
 * BlazeFace: from the numbers of the network to faces.
 *
 * @see https://arxiv.org/abs/1907.05047 (Bazarevsky et al., 2019)
 * @see https://github.com/google-ai-edge/mediapipe/blob/v0.8.3/mediapipe/modules/face_detection/face_detection_back_desktop_live.pbtxt (the anchors' and the decoder's settings; this file has 16 and 32 pixels, 2 and 6 anchors)
 */
import type { Point } from './square';

/** In the coordinates of the network's input, each from 0 to 1. */
export interface Detection {
  readonly centre: Point;
  readonly width: number;
  readonly height: number;
  /** How sure it is, from 0 to 1. */
  readonly score: number;
  /** Right eye, left eye, nose, mouth, right ear, left ear; right is the person's. */
  readonly keypoints: readonly Point[];
}

/** The outputs of the network: a logit for each anchor, and 16 numbers, for those of the fine grid and the coarse one. */
export interface BlazeFaceOutputs {
  readonly fineScores: ArrayLike<number>;
  readonly fineBoxes: ArrayLike<number>;
  readonly coarseScores: ArrayLike<number>;
  readonly coarseBoxes: ArrayLike<number>;
}

/** Pixels along a side of the network's input. */
export const BLAZE_FACE_SIZE = 256;

const KEYPOINTS = 6;
/** A box is centre x, centre y, width, height, and two numbers for each keypoint. */
const NUMBERS = 4 + 2 * KEYPOINTS;

/** An anchor is the centre of a cell. All anchors of a cell are equal, except for what the network has learnt for each. */
const FINE = { cells: 16, perCell: 2 };
const COARSE = { cells: 8, perCell: 6 };

/** Two boxes show one face if their intersection is more than this share of their union. */
const SAME = 0.3;

/** The faces, surest first. */
export function facesOf(outputs: BlazeFaceOutputs, leastScore: number): readonly Detection[] {
  const { fineScores, fineBoxes, coarseScores, coarseBoxes } = outputs;
  const found = [
    ...decoded(fineScores, fineBoxes, FINE, leastScore),
    ...decoded(coarseScores, coarseBoxes, COARSE, leastScore),
  ].toSorted((a, b) => b.score - a.score);
  // Non-maximum suppression: keeps the surest of the boxes that show one face.
  const kept: Detection[] = [];
  for (const face of found) if (kept.every((other) => overlap(face, other) <= SAME)) kept.push(face);
  return kept;
}

function decoded(
  scores: ArrayLike<number>,
  boxes: ArrayLike<number>,
  { cells, perCell }: typeof FINE,
  leastScore: number,
): readonly Detection[] {
  const found: Detection[] = [];
  for (let i = 0; i < cells * cells * perCell; i++) {
    const score = 1 / (1 + Math.exp(-scores[i]));
    if (!(score >= leastScore)) continue;
    const cell = Math.floor(i / perCell);
    const anchor = { x: ((cell % cells) + 0.5) / cells, y: (Math.floor(cell / cells) + 0.5) / cells };
    const at = (k: number): number => boxes[i * NUMBERS + k] / BLAZE_FACE_SIZE;
    const point = (k: number): Point => ({ x: anchor.x + at(k), y: anchor.y + at(k + 1) });
    const keypoints = Array.from({ length: KEYPOINTS }, (_, k) => point(4 + 2 * k));
    found.push({ centre: point(0), width: at(2), height: at(3), score, keypoints });
  }
  return found;
}

/** The intersection of two boxes as a share of their union. */
function overlap(a: Detection, b: Detection): number {
  const along = (axis: 'x' | 'y', size: 'width' | 'height'): number =>
    Math.max(
      0,
      Math.min(a.centre[axis] + a[size] / 2, b.centre[axis] + b[size] / 2) -
        Math.max(a.centre[axis] - a[size] / 2, b.centre[axis] - b[size] / 2),
    );
  const both = along('x', 'width') * along('y', 'height');
  return both / (a.width * a.height + b.width * b.height - both);
}
