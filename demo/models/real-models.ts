/** The models of @vladmandic/human, and photographs as they take them. */
import { photos, type PhotoName } from '../photos/photos';
import type { ModelSize } from './model-size';

/** A model and how its input is made of a photograph. */
export interface RealModel extends ModelSize {
  readonly name: string;
  readonly photo: PhotoName;
  /** [height, width], where the file leaves them open. */
  readonly size?: readonly [number, number];
  /** From a byte of a pixel to a number of the input. */
  readonly value: (byte: number) => number;
  readonly grey?: boolean;
  /** What is computed, of a model of which not all can be; the last is for a model's middle. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

const unit = (byte: number): number => byte / 255;
const signed = (byte: number): number => byte / 127.5 - 1;
const bytes = (byte: number): number => byte;

export const realModels: readonly RealModel[] = [
  { name: 'antispoof', megaMultiplyAdds: 100, nodes: 14, photo: 'astronaut', value: unit },
  { name: 'liveness', megaMultiplyAdds: 6.4, nodes: 21, photo: 'astronaut', value: unit },
  { name: 'emotion', megaMultiplyAdds: 66, nodes: 21, photo: 'astronaut', value: signed, grey: true },
  { name: 'blazeface', megaMultiplyAdds: 189, nodes: 144, photo: 'astronaut', value: signed },
  { name: 'facemesh', megaMultiplyAdds: 36, nodes: 120, photo: 'astronaut', value: unit },
  { name: 'iris', megaMultiplyAdds: 54, nodes: 142, photo: 'astronaut', value: unit },
  { name: 'handlandmark-lite', megaMultiplyAdds: 146, nodes: 146, photo: 'photographer', value: unit },
  { name: 'faceres', megaMultiplyAdds: 568, nodes: 154, photo: 'astronaut', value: bytes },
  { name: 'movenet-lightning', megaMultiplyAdds: 271, nodes: 150, photo: 'photographer', value: bytes },
  { name: 'centernet', megaMultiplyAdds: 1295, nodes: 276, photo: 'cat', value: bytes },
  {
    name: 'handtrack',
    megaMultiplyAdds: 849,
    nodes: 178,
    photo: 'coffee',
    size: [320, 320],
    value: signed,
    // Before it there is a loop over the images, after it the choice among boxes.
    inputs: ['StatefulPartitionedCall/map/TensorArrayV2Stack/TensorListStack'],
    outputs: [
      'StatefulPartitionedCall/Postprocessor/Reshape_2',
      'StatefulPartitionedCall/Postprocessor/convert_scores',
    ],
  },
];

const FILES = import.meta.glob<string>('../../node_modules/@vladmandic/human/models/*.{json,bin}', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** The address of a model.json. */
export function modelUrl(name: string): string {
  return fileUrl(`human/models/${name}.json`);
}

/** The address of a file of one of the packages. */
export function fileUrl(path: string): string {
  const url = FILES[`../../node_modules/@vladmandic/${path}`];
  if (url === undefined) throw new Error(`there is no file @vladmandic/${path}`);
  return url;
}

/** A photograph as numbers, [1, height, width, channels]. */
export async function photograph(
  { photo, value, grey = false }: Pick<RealModel, 'photo' | 'value' | 'grey'>,
  size: readonly [number, number],
): Promise<Float32Array> {
  const data = await pixelsOf(photo, size);
  const pixels = Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 3)]);
  return Float32Array.from(
    pixels.flatMap((rgb) => (grey ? [0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2]] : rgb)),
    value,
  );
}

/** A photograph of that size, four bytes a pixel. */
export async function pixelsOf(photo: PhotoName, [height, width]: readonly number[]): Promise<Uint8ClampedArray> {
  const response = await fetch(photos[photo]);
  const image = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(width, height).getContext('2d')!;
  canvas.drawImage(image, 0, 0, width, height);
  return canvas.getImageData(0, 0, width, height).data;
}
