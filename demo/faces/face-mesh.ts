/**
 * Face mesh: the square around a face that the network is shown, and the 468 points that it finds there.
 *
 * @see https://arxiv.org/abs/1907.06724 (Kartynnik et al., 2019)
 * @see https://github.com/google-ai-edge/mediapipe/blob/v0.8.3/mediapipe/modules/face_landmark/face_detection_front_detection_to_roi.pbtxt (the square: turned until the eyes are level, half as large again)
 */
import type { Detection } from './blaze-face';
import { toPicture, type Point, type Square } from './square';

/** Pixels along a side of the network's input. Its points are in these pixels, too. */
export const FACE_MESH_SIZE = 192;

const POINTS = 468;
const MARGIN = 1.5;

/** A point of the mesh; z is smaller towards the camera, on the scale of x. */
export interface MeshPoint extends Point {
  readonly z: number;
}

/** The square of the picture that holds a face which was found in another square of it. */
export function squareOfFace(whole: Square, { centre, width, height, keypoints }: Detection): Square {
  const [rightEye, leftEye] = keypoints.map((point) => toPicture(whole, point));
  return {
    centre: toPicture(whole, centre),
    side: MARGIN * whole.side * Math.max(width, height),
    angle: Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x),
  };
}

/** The mesh in the picture. */
export function meshOf(square: Square, numbers: ArrayLike<number>): readonly MeshPoint[] {
  const at = (i: number): number => numbers[i] / FACE_MESH_SIZE;
  return Array.from({ length: POINTS }, (_, i) => ({
    ...toPicture(square, { x: at(3 * i), y: at(3 * i + 1) }),
    z: at(3 * i + 2) * square.side,
  }));
}
