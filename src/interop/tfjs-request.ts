/**
 * Translates a kernel call of TensorFlow.js into a request to this library, or says why it does not.
 *
 * @module
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { describe } from '../conv/check';
import { inputOf } from '../conv/layout';
import type { ConvProblem } from '../conv/problem';
import { assembled, outputShape } from '../conv/window';
import { activationCode, type ActivationCode, type ActivationName } from '../kernels/activation';
import { conv2d, depthwise, type Convolution } from '../kernels/convolutions';
import type { Form } from '../kernels/dtype';
import type { FormEnding, Request } from '../kernels/request';
import type { TensorFlow } from './tfjs-backend';

/** The kernels of TensorFlow.js that are computed here. */
export type KernelName = 'Conv2D' | 'FusedConv2D' | 'DepthwiseConv2dNative' | 'FusedDepthwiseConv2D';

/** The operation that computes each of them. */
export const KERNELS: Readonly<Record<KernelName, Convolution>> = {
  Conv2D: conv2d,
  FusedConv2D: conv2d,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
};

/** The arguments of a kernel of TensorFlow.js. */
export interface KernelCall {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo | null;
  readonly preluActivationWeights?: TensorInfo | null;
}

export interface KernelAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

/** Activations by TensorFlow.js's names; only leakyrelu and prelu have attributes. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
};

/** All that {@link requestOf} depends on, as text. */
export function keyOfCall(name: KernelName, call: KernelCall, attributes: KernelAttributes): string {
  const { x, filter, bias, preluActivationWeights } = call;
  const { strides, pad, dataFormat = '', dilations, dimRoundingMode = '', activation, leakyreluAlpha } = attributes;
  const forms = `${formKey(x)}${formKey(filter)}${formKey(bias)}${formKey(preluActivationWeights)}`;
  const places = `${String(strides)} ${String(pad)} ${dataFormat} ${String(dilations)} ${dimRoundingMode}`;
  return `${name}${forms} ${places} ${activation ?? ''} ${leakyreluAlpha ?? ''}`;
}

function formKey(tensor?: TensorInfo | null): string {
  return tensor ? ` ${tensor.dtype}${tensor.shape.join()}` : ' -';
}

/**
 * The request of a kernel call, or a text that says why TensorFlow.js's own kernel must compute it.
 *
 * @throws TensorFlow.js's own error if the attributes are invalid
 */
export function requestOf(
  tf: Pick<TensorFlow, 'backend_util'>,
  name: KernelName,
  call: KernelCall,
  attributes: KernelAttributes,
): Request<ConvProblem> | string {
  const { x, filter, bias, preluActivationWeights } = call;
  for (const tensor of [x, filter, bias, preluActivationWeights])
    if (tensor && tensor.dtype !== 'float32') return `a tensor is ${tensor.dtype}`;
  if (x.shape.length !== 4 || filter.shape.length !== 4) return `the input is ${describe(x.shape)}`;
  const problem = problemOf(tf, name, call, attributes);
  if (typeof problem === 'string') return problem;
  const endings = endingsOf(name, problem, call, attributes);
  if (typeof endings === 'string') return endings;
  return {
    op: name,
    operation: KERNELS[name],
    problem,
    inputs: { x: formOf(x.shape), weights: formOf(filter.shape) },
    endings,
    output: formOf(outputShape(problem)),
    sums: 'f32',
  };
}

function formOf(shape: readonly number[]): Form {
  return { shape, dtype: 'f32' };
}

/** Takes sizes and padding from TensorFlow.js, with its roundings; for both libraries, all outside the input is zero. */
function problemOf(
  { backend_util: util }: Pick<TensorFlow, 'backend_util'>,
  name: KernelName,
  { x, filter }: KernelCall,
  { strides, pad, dataFormat = 'NHWC', dilations, dimRoundingMode }: KernelAttributes,
): ConvProblem | string {
  const isDepthwise = KERNELS[name] === depthwise;
  type Shape4D = [number, number, number, number];
  const info = util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
    util.convertConv2DDataFormat(dataFormat),
  );
  const sizes = [...x.shape, ...filter.shape, ...info.outShape];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) return 'a tensor is empty';
  const { inChannels, outChannels, outHeight, outWidth, padInfo } = info;
  if (filter.shape[2] !== inChannels) return `the filter is ${describe(filter.shape)} for ${inChannels} channels`;
  const places = [outHeight, outWidth] as const;
  const window = assembled(
    name,
    inputOf(name, x.shape, { dataFormat }),
    filter.shape,
    {
      strides: [info.strideHeight, info.strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      padding: 'valid',
    },
    [
      { out: outHeight, before: padInfo.top },
      { out: outWidth, before: padInfo.left },
    ],
    places,
    outChannels,
  );
  const groups = isDepthwise ? inChannels : 1;
  return { ...window, groups, grouping: 'contiguous', filterForm: isDepthwise ? 'depthwise' : 'grouped' };
}

function endingsOf(
  name: KernelName,
  problem: ConvProblem,
  { bias, preluActivationWeights: alpha }: KernelCall,
  { activation, leakyreluAlpha = 0.2 }: KernelAttributes,
): readonly FormEnding[] | string {
  const endings: FormEnding[] = [];
  if (bias) {
    if (!isPerChannel(problem, bias.shape)) return `the bias is ${describe(bias.shape)}`;
    endings.push({ stage: { kind: 'bias' }, operands: [formOf([problem.outChannels])] });
  }
  if (!activation || activation === 'linear') return endings;
  const end = (code: ActivationCode, ...operands: readonly Form[]): readonly FormEnding[] => [
    ...endings,
    { stage: { kind: 'activation', code }, operands },
  ];
  if (activation === 'leakyrelu') return end(activationCode(name, { name: 'leakyRelu', alpha: leakyreluAlpha }));
  if (activation === 'prelu') {
    if (!alpha || !isPerChannel(problem, alpha.shape)) return `the slopes are ${describe(alpha?.shape ?? [])}`;
    return end(activationCode(name, { name: 'prelu' }), formOf([problem.outChannels]));
  }
  if (!Object.hasOwn(ACTIVATIONS, activation)) return `the activation is ${activation}`;
  return end(activationCode(name, ACTIVATIONS[activation]));
}

/** Whether a shape has exactly one element for each output channel: [c], or with axes of size 1 that make it broadcast so. */
function isPerChannel({ outChannels, dataFormat }: ConvProblem, shape: readonly number[]): boolean {
  if (shape.length > 4) return false;
  if (shape.every((size) => size === 1)) return outChannels === 1;
  // A vector has one element per channel in either format.
  const axis = dataFormat === 'NHWC' || shape.length === 1 ? shape.length - 1 : shape.length - 3;
  return shape.every((size, i) => size === (i === axis ? outChannels : 1));
}
