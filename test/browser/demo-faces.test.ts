/** The page of faces and poses: what it makes of the models' numbers, on photographs. */
import { expect, test } from 'vitest';
import { facesOf, type BlazeFaceOutputs } from '../../demo/faces/blaze-face';
import { engineOn } from '../../demo/faces/engines/depthwise';
import { loadPhoto } from '../../demo/faces/photos';
import { cut, toPicture, type Square } from '../../demo/faces/square';
import { tasks, type Found, type TaskName } from '../../demo/faces/tasks';
import { withGpu } from '../support/gpu';

/** What the page finds on one of the samples. */
async function find(task: TaskName, photo: string): Promise<Found> {
  return withGpu({}, async (gpu) => {
    const engine = engineOn(gpu);
    const models = await Promise.all(tasks[task].models.map((file) => engine.load(file, () => {})));
    const picture = await loadPhoto(photo);
    return tasks[task].find(picture, models);
  });
}

const photoOf = (i: number): string => `/node_modules/@vladmandic/face-api/demo/sample${i}.jpg`;

test('the faces of a photograph, and their eyes and mouths', async () => {
  const { faces } = await find('faces', photoOf(1));
  const byX = faces.toSorted((a, b) => a.square.centre.x - b.square.centre.x);
  // As seen on the photograph, 1600 pixels wide, to a third of a face.
  const seen = [
    { centre: [430, 420], rightEye: [372, 382], chin: [425, 495] },
    { centre: [781, 464], rightEye: [722, 478], chin: [817, 543] },
    { centre: [1306, 286], rightEye: [1292, 235], chin: [1258, 352] },
  ];
  expect(byX.map(({ score }) => score > 0.8)).toEqual([true, true, true]);
  for (const [i, { square, mesh }] of byX.entries()) {
    const near = ({ x, y }: { x: number; y: number }, [ex, ey]: readonly number[]): void =>
      expect(Math.hypot(x - ex, y - ey), `${x}, ${y} of face ${i}`).toBeLessThan(square.side / 5);
    near(square.centre, seen[i].centre);
    // The mesh's numbers: 33 is the outer corner of the right eye, 152 the chin.
    expect(mesh).toHaveLength(468);
    near(mesh[33], seen[i].rightEye);
    near(mesh[152], seen[i].chin);
  }
});

test('the joints of a person', async () => {
  const { poses } = await find('pose', photoOf(2));
  expect(poses).toHaveLength(1);
  // The woman on the left, looking to the left: nose, shoulders and the right elbow.
  for (const [i, x, y] of [
    [0, 323, 238],
    [5, 690, 403],
    [6, 354, 394],
    [8, 72, 521],
  ]) {
    // prettier-ignore
    const joint = poses[0][i];
    expect(joint.score).toBeGreaterThan(0.4);
    expect(Math.hypot(joint.x - x, joint.y - y), `joint ${i} at ${joint.x}, ${joint.y}`).toBeLessThan(40);
  }
});

test('of boxes about one face the surest stays', () => {
  const outputs: BlazeFaceOutputs = {
    fineScores: new Float32Array(512).fill(-10),
    fineBoxes: new Float32Array(512 * 16),
    coarseScores: new Float32Array(384).fill(-10),
    coarseBoxes: new Float32Array(384 * 16),
  };
  const put = (scores: ArrayLike<number>, boxes: ArrayLike<number>, i: number, logit: number, box: number[]): void => {
    (scores as Float32Array)[i] = logit;
    (boxes as Float32Array).set(box, i * 16);
  };
  // Two about the middle, from cells of both grids, and one in the last corner.
  put(outputs.fineScores, outputs.fineBoxes, (8 * 16 + 8) * 2 + 1, 1, [-8, -8, 64, 64]);
  put(outputs.coarseScores, outputs.coarseBoxes, (4 * 8 + 4) * 6, 3, [-16, -16, 60, 64]);
  put(outputs.coarseScores, outputs.coarseBoxes, 383, 2, [0, 0, 32, 32]);
  const faces = facesOf(outputs, 0.5);
  expect(faces.map(({ centre, width }) => [centre.x, centre.y, width * 256])).toEqual([
    [0.5, 0.5, 60],
    [7.5 / 8, 7.5 / 8, 32],
  ]);
  expect(faces[0].score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
});

test('what is cut out of a picture is found again in it', () => {
  const canvas = new OffscreenCanvas(100, 60);
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'red';
  context.fillRect(70, 20, 10, 10);
  const square: Square = { centre: { x: 60, y: 30 }, side: 64, angle: 0.5 };
  const { data } = cut(canvas, square, 64);
  const red = Array.from({ length: 64 * 64 }, (_, i) => i).filter((i) => data[4 * i] > 127);
  const mean = (of: (i: number) => number): number => red.reduce((sum, i) => sum + of(i), 0) / red.length;
  const { x, y } = toPicture(square, {
    x: (mean((i) => i % 64) + 0.5) / 64,
    y: (mean((i) => Math.floor(i / 64)) + 0.5) / 64,
  });
  expect(Math.hypot(x - 75, y - 25)).toBeLessThan(0.5);
});
