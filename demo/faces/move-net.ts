/**
 * MoveNet: 17 points of one person.
 *
 * @see https://www.tensorflow.org/hub/tutorials/movenet (the order of the points, and what the numbers are)
 */
import { toPicture, type Point, type Square } from './square';

/** Pixels along a side of the network's input. */
export const MOVE_NET_SIZE = 192;

export interface Joint extends Point {
  /** How sure it is, from 0 to 1. */
  readonly score: number;
}

const JOINTS = [
  'nose',
  'left eye',
  'right eye',
  'left ear',
  'right ear',
  'left shoulder',
  'right shoulder',
  'left elbow',
  'right elbow',
  'left wrist',
  'right wrist',
  'left hip',
  'right hip',
  'left knee',
  'right knee',
  'left ankle',
  'right ankle',
];

/** Which joints a line is drawn between, and on which side of the body, seen from the person. */
export const BONES: readonly { readonly from: number; readonly to: number; readonly side: Side }[] = [
  ...['left', 'right'].flatMap((side) => [
    bone(`${side} ear`, `${side} eye`),
    bone(`${side} eye`, 'nose'),
    bone(`${side} shoulder`, `${side} elbow`),
    bone(`${side} elbow`, `${side} wrist`),
    bone(`${side} shoulder`, `${side} hip`),
    bone(`${side} hip`, `${side} knee`),
    bone(`${side} knee`, `${side} ankle`),
  ]),
  bone('left shoulder', 'right shoulder'),
  bone('left hip', 'right hip'),
];

export type Side = 'left' | 'right' | 'middle';

/** The person's joints in the picture. */
export function jointsOf(whole: Square, numbers: ArrayLike<number>): readonly Joint[] {
  return JOINTS.map((_, i) => ({
    ...toPicture(whole, { y: numbers[3 * i], x: numbers[3 * i + 1] }),
    score: numbers[3 * i + 2],
  }));
}

function bone(from: string, to: string): { readonly from: number; readonly to: number; readonly side: Side } {
  const isOn = (side: string): boolean => [from, to].every((name) => name.startsWith(side) || name === 'nose');
  const side = isOn('left') ? 'left' : isOn('right') ? 'right' : 'middle';
  return { from: JOINTS.indexOf(from), to: JOINTS.indexOf(to), side };
}
