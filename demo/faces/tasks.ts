/** What can be looked for in a picture: the models that it takes, and how their numbers are used. */
import { facesOf } from './blaze-face';
import type { LoadedModel } from './engines/engine';
import { meshOf, squareOfFace, type MeshPoint } from './face-mesh';
import { blazeFace, faceMesh, moveNet, type ModelFile } from './models';
import { jointsOf, type Joint } from './move-net';
import { wholeOf, type Picture, type Square } from './square';

export type TaskName = 'faces' | 'pose';

/** A face in the picture. */
export interface Face {
  readonly square: Square;
  readonly score: number;
  /** Empty if the second model says that this is no face, or that it cannot see the face well. */
  readonly mesh: readonly MeshPoint[];
}

/** What was found, in pixels of the picture. */
export interface Found {
  readonly faces: readonly Face[];
  readonly poses: readonly (readonly Joint[])[];
}

export interface Task {
  readonly title: string;
  readonly models: readonly ModelFile[];
  /** @param models in the order of `models` */
  readonly find: (picture: Picture, models: readonly LoadedModel[]) => Promise<Found>;
  /** What was found, in words. */
  readonly summary: (found: Found) => string;
}

/** Results less sure than this are not shown. */
const LEAST_FACE = 0.5;
const LEAST_MESH = 0.5;
export const LEAST_JOINT = 0.3;
/** A person counts as seen if this many joints are seen. */
const FEWEST_JOINTS = 4;

export const tasks: Readonly<Record<TaskName, Task>> = {
  faces: {
    title: 'Faces',
    models: [blazeFace, faceMesh],
    find: findFaces,
    summary: ({ faces }) => `${count(faces.length, 'face')} found`,
  },
  pose: {
    title: 'Pose',
    models: [moveNet],
    find: findPose,
    summary: ({ poses: [joints = []] }) =>
      joints.length === 0
        ? 'Nobody found'
        : `${joints.filter(({ score }) => score >= LEAST_JOINT).length} of ${joints.length} joints found`,
  },
};

/** Finds faces on the whole picture first, and then looks at each of them closely. */
async function findFaces(picture: Picture, [detector, mesher]: readonly LoadedModel[]): Promise<Found> {
  const whole = wholeOf(picture);
  const [fineScores, fineBoxes, coarseScores, coarseBoxes] = await detector.run(picture, whole);
  const detections = facesOf({ fineScores, fineBoxes, coarseScores, coarseBoxes }, LEAST_FACE);
  // All are queued before the first one is awaited.
  const faces = detections.map(async (detection) => {
    const square = squareOfFace(whole, detection);
    const [numbers, [probability]] = await mesher.run(picture, square);
    return { square, score: detection.score, mesh: probability >= LEAST_MESH ? meshOf(square, numbers) : [] };
  });
  return { faces: await Promise.all(faces), poses: [] };
}

async function findPose(picture: Picture, [model]: readonly LoadedModel[]): Promise<Found> {
  const whole = wholeOf(picture);
  const [numbers] = await model.run(picture, whole);
  const joints = jointsOf(whole, numbers);
  const isPerson = joints.filter(({ score }) => score >= LEAST_JOINT).length >= FEWEST_JOINTS;
  return { faces: [], poses: isPerson ? [joints] : [] };
}

function count(n: number, what: string): string {
  return `${n === 0 ? 'No' : n} ${what}${n === 1 ? '' : 's'}`;
}
