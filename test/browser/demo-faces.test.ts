/** The page of faces and poses: what it derives from the outputs of the models, on photographs. */
import { expect, test } from 'vitest';
import { facesOf, type BlazeFaceOutputs } from '../../demo/faces/blaze-face';
import { engineOn } from '../../demo/faces/engines/depthwise';
import { loadPhoto } from '../../demo/faces/photos';
import { cut, toPicture, type Square } from '../../demo/faces/square';
import { tasks, type Found, type TaskName } from '../../demo/faces/tasks';
import { photos, type PhotoName } from '../../demo/photos/photos';
import { withGpu } from '../support/gpu';

/** The results of the page for photographs of 512 x 512 pixels, side by side. */
async function find(task: TaskName, names: readonly PhotoName[]): Promise<Found> {
  const picture = new OffscreenCanvas(512 * names.length, 512);
  const context = picture.getContext('2d')!;
  for (const [i, name] of names.entries()) context.drawImage(await loadPhoto(photos[name]), 512 * i, 0);
  return withGpu({}, async (gpu) => {
    const engine = engineOn(gpu);
    const models = await Promise.all(tasks[task].models.map((file) => engine.load(file, () => {})));
    return tasks[task].find(picture, models);
  });
}

test('the faces of a picture, and their eyes and chins', async () => {
  const { faces } = await find('faces', ['astronaut', 'photographer']);
  const byX = faces.toSorted((a, b) => a.square.centre.x - b.square.centre.x);
  expect(byX.map(({ score }) => score > 0.7)).toEqual([true, true]);
  // These places were read off the photographs. They may be off by a fifth of the square around the face.
  const astronaut = { centre: [225, 127], chin: [227, 178], nose: [227, 127] };
  const photographer = { centre: [220, 165], chin: [232, 195], nose: [250, 168] };
  for (const [i, seen] of [astronaut, photographer].entries()) {
    const { square, mesh } = byX[i];
    const near = ({ x, y }: { x: number; y: number }, [ex, ey]: readonly number[]): void =>
      expect(Math.hypot(x - ex - 512 * i, y - ey), `${x}, ${y} of face ${i}`).toBeLessThan(square.side / 5);
    near(square.centre, seen.centre);
    // Point 1 of the mesh is the tip of the nose, and point 152 is the chin.
    expect(mesh).toHaveLength(468);
    near(mesh[1], seen.nose);
    near(mesh[152], seen.chin);
  }
});

test('the joints of a person', async () => {
  const { poses } = await find('pose', ['astronaut']);
  expect(poses).toHaveLength(1);
  // Read off the photograph: nose, left and right eye, left and right shoulder.
  for (const [i, x, y] of [
    [0, 227, 125],
    [1, 246, 102],
    [2, 203, 100],
    [5, 322, 272],
    [6, 104, 265],
  ]) {
    // prettier-ignore
    const joint = poses[0][i];
    expect(joint.score).toBeGreaterThan(0.4);
    expect(Math.hypot(joint.x - x, joint.y - y), `joint ${i} at ${joint.x}, ${joint.y}`).toBeLessThan(20);
  }
});

test('of overlapping boxes the one with the highest score stays', () => {
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
  // Two boxes around the middle, from cells of both grids, and one box in the last corner.
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

test('a point of a crop is mapped back to its place in the picture', () => {
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
