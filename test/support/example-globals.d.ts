/** What the examples of the documentation speak of without declaring it: an app's own variables. */
import type * as tfjs from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import type { BatchNorm, ConvWeights, GraphModel, Gpu, Program, Tensor } from 'depthwise';

declare global {
  const gpu: Gpu;
  const [x, y, z, p, h, w, q, k, dw, pw, low, high, nhwc, filter, bias, gate, mean, variance, deviation]: Tensor[];
  const [gamma, beta, scores, anchors, norms, logits, mask, depth, photo, depthwiseFilter, pointwiseFilter]: Tensor[];
  const [reduce, grouped, expand, depthwise, pointwise, project]: ConvWeights[];
  const norm: BatchNorm;
  /** Numbers to upload, or a tensor of them. */
  const weights: Float32Array & Tensor;
  const features: Float32Array & Tensor;
  const image: Tensor;
  const pixels: Float32Array;
  const shape: readonly number[];
  const buffer: GPUBuffer;
  const blob: Blob;
  const face: HTMLImageElement;
  const canvas: HTMLCanvasElement;
  const video: HTMLVideoElement;
  const [json, bin]: Response[];
  const url: string;
  const program: Program;
  /** Ours, TensorFlow.js's, or a function of tensors. */
  const model: GraphModel & ((input: Tensor) => Tensor) & Pick<tfjs.InferenceModel, 'predict'>;
  const tf: typeof tfjs;
  const encoder: GPUCommandEncoder;
  const own: GPUBuffer;
  const bar: { set(part: number): void };
  const device: GPUDevice;
  function paint(): void;
  function mobileNet(input: Tensor): Tensor;
  function report(...what: readonly unknown[]): void;
}
