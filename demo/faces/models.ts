/** The models, which @vladmandic/human has as files: they are served from where npm put them. */
import blazeFaceUrl from '../../node_modules/@vladmandic/human/models/blazeface.json?url';
import faceMeshUrl from '../../node_modules/@vladmandic/human/models/facemesh.json?url';
import moveNetUrl from '../../node_modules/@vladmandic/human/models/movenet-lightning.json?url';
import { BLAZE_FACE_SIZE } from './blaze-face';
import { FACE_MESH_SIZE } from './face-mesh';
import { MOVE_NET_SIZE } from './move-net';

/** A model as any library can run it: one square picture in, lists of numbers out. */
export interface ModelFile {
  readonly name: string;
  readonly url: string;
  /** Pixels along a side of its input. */
  readonly size: number;
  /** The numbers of black and white in its input. */
  readonly range: readonly [black: number, white: number];
  /** The nodes whose results are read. */
  readonly outputs: readonly string[];
}

export const blazeFace: ModelFile = {
  name: 'blazeface',
  url: blazeFaceUrl,
  size: BLAZE_FACE_SIZE,
  range: [-1, 1],
  // Scores and boxes of the fine grid, 16 x 16 x 2, then of the coarse one, 8 x 8 x 6.
  outputs: ['Identity', 'Identity_2', 'Identity_1', 'Identity_3'],
};

export const faceMesh: ModelFile = {
  name: 'facemesh',
  url: faceMeshUrl,
  size: FACE_MESH_SIZE,
  range: [0, 1],
  // The points, and whether there is a face at all. The model also gives contours, which are not used here.
  outputs: ['Identity_2', 'Identity_1'],
};

export const moveNet: ModelFile = {
  name: 'movenet-lightning',
  url: moveNetUrl,
  size: MOVE_NET_SIZE,
  range: [0, 255],
  outputs: ['Identity'],
};
