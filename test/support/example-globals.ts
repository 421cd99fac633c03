/** The names that the examples of each entry use without declaring them: an app's own variables, in TypeScript. */
export const exampleGlobals: Readonly<Record<string, string>> = {
  index: `
    import type * as tfjs from '@tensorflow/tfjs-core';
    import type { BatchNorm, ConvWeights, Model, Gpu, Program, Tensor } from 'depthwise';
    declare global {
      const tf: typeof tfjs;
      const gpu: Gpu;
      const [x, y, z, p, h, w, q, k, dw, pw, low, high, nhwc, filter, bias, gate, mean, variance, deviation]: Tensor[];
      const [gamma, beta, scores, anchors, norms, logits, mask, depth, photo, depthwiseFilter, pointwiseFilter]: Tensor[];
      const [reduce, grouped, expand, depthwise, pointwise, project]: ConvWeights[];
      // Numbers to upload, or a tensor of them.
      const [weights, features]: (Float32Array & Tensor)[];
      const image: Tensor;
      const pixels: Float32Array;
      const shape: readonly number[];
      const [buffer, own]: GPUBuffer[];
      const other: { readonly gpuBuffer: GPUBuffer; dispose(): void };
      const encoder: GPUCommandEncoder;
      const signal: AbortSignal;
      const device: GPUDevice;
      const blob: Blob;
      const fileInput: HTMLInputElement;
      const face: HTMLImageElement;
      const canvas: HTMLCanvasElement;
      const video: HTMLVideoElement;
      const [json, bin]: Response[];
      const url: string;
      const program: Program;
      const model: Model & ((input: Tensor) => Tensor);
      const bar: { set(part: number): void };
      function paint(): void;
      function mobileNet(input: Tensor): Tensor;
      function report(...what: readonly unknown[]): void;
    }`,
  tfjs: `
    import type { Model } from '@tensorflow/tfjs-converter';
    import * as tfjs from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import type { Gpu, Tensor } from 'depthwise';
    import type { Installation } from 'depthwise/tfjs';
    declare global {
      const tf: typeof tfjs;
      const gpu: Gpu;
      const [x, filter, tensor]: Tensor[];
      const image: HTMLImageElement;
      const model: Model;
      const installed: Installation;
    }`,
  onnxruntime: `
    import type * as onnxruntime from 'onnxruntime-web';
    import type { Gpu, Tensor } from 'depthwise';
    declare global {
      const ort: typeof onnxruntime;
      const session: onnxruntime.InferenceSession;
      const image: onnxruntime.Tensor;
      const model: ArrayBuffer;
      const gpu: Gpu;
      const [photo, filter]: Tensor[];
    }`,
  litert: `
    import type * as litertjs from '@litertjs/core';
    import type { Gpu, Tensor } from 'depthwise';
    declare global {
      const litert: typeof litertjs;
      const model: litertjs.CompiledModel;
      const image: litertjs.Tensor;
      const gpu: Gpu;
      const [photo, filter]: Tensor[];
    }`,
};
