/** What was found, drawn over the picture. */
import type { MeshPoint } from './face-mesh';
import { FEATURES, MESH, type Line } from './mesh-lines';
import { BONES, type Joint, type Side } from './move-net';
import { toPicture, type Picture, type Square } from './square';
import { LEAST_JOINT, type Face, type Found } from './tasks';

type Context = CanvasRenderingContext2D;

const MESH_COLOUR = 'rgb(160 225 255 / 0.45)';
const FEATURE_COLOUR = '#5ff0ff';
const BOX_COLOUR = '#ffd166';
const SIDES: Readonly<Record<Side, string>> = { left: '#5ff0ff', right: '#ff9f6b', middle: '#ffffff' };

/** Draws the picture, and lines whose width suits the size at which it is shown. */
export function draw(canvas: HTMLCanvasElement, picture: Picture, { faces, poses }: Found): void {
  // Setting the size clears the canvas and takes time, even if the size does not change.
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives the page no 2-D canvas');
  context.drawImage(picture, 0, 0);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  // About a pixel of the page, and a little less on a phone, where faces are small.
  const unit = Math.max(picture.width, picture.height) / Math.min(Math.max(canvas.clientWidth, 480), 1000);
  for (const face of faces) drawFace(context, face, unit);
  for (const joints of poses) drawPose(context, joints, unit);
}

function drawFace(context: Context, { square, score, mesh }: Face, unit: number): void {
  if (mesh.length > 0) {
    drawLines(context, mesh, MESH, MESH_COLOUR, 0.6 * unit);
    drawLines(context, mesh, FEATURES, FEATURE_COLOUR, 1.4 * unit);
  }
  drawCorners(context, square, BOX_COLOUR, 2.5 * unit);
  drawLabel(context, square, `${Math.round(score * 100)} %`, unit);
}

function drawLines(
  context: Context,
  mesh: readonly MeshPoint[],
  lines: readonly Line[],
  colour: string,
  width: number,
): void {
  context.beginPath();
  for (const [from, to] of lines) {
    context.moveTo(mesh[from].x, mesh[from].y);
    context.lineTo(mesh[to].x, mesh[to].y);
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** The corners of the square that the second model gets. */
function drawCorners(context: Context, square: Square, colour: string, width: number): void {
  const arm = 0.14;
  context.beginPath();
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]) {
    // prettier-ignore
    const inwards = (t: number): number => (t === 0 ? arm : 1 - arm);
    const [a, b, c] = [
      { x: inwards(x), y },
      { x, y },
      { x, y: inwards(y) },
    ].map((point) => toPicture(square, point));
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.lineTo(c.x, c.y);
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** Upright above the square, or within it if the picture ends there. */
function drawLabel(context: Context, square: Square, text: string, unit: number): void {
  const corners = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }].map((point) => toPicture(square, point)); // prettier-ignore
  const x = square.centre.x;
  const y = Math.max(12 * unit, Math.min(...corners.map((corner) => corner.y)) - 8 * unit);
  const height = 20 * unit;
  context.font = `600 ${12 * unit}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const width = context.measureText(text).width + 12 * unit;
  context.fillStyle = BOX_COLOUR;
  context.beginPath();
  context.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  context.fill();
  context.fillStyle = '#1d2026';
  context.fillText(text, x, y + 0.5 * unit);
}

function drawPose(context: Context, joints: readonly Joint[], unit: number): void {
  const isSeen = ({ score }: Joint): boolean => score >= LEAST_JOINT;
  context.lineWidth = 4 * unit;
  for (const { from, to, side } of BONES) {
    if (!isSeen(joints[from]) || !isSeen(joints[to])) continue;
    context.strokeStyle = SIDES[side];
    context.beginPath();
    context.moveTo(joints[from].x, joints[from].y);
    context.lineTo(joints[to].x, joints[to].y);
    context.stroke();
  }
  context.strokeStyle = '#1d2026';
  context.fillStyle = '#ffffff';
  context.lineWidth = 1.5 * unit;
  for (const { x, y } of joints.filter(isSeen)) {
    context.beginPath();
    context.arc(x, y, 4.5 * unit, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
