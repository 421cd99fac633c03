/**
 * What a reader must know of layers by their class: the names of their weights, and which have a data format.
 *
 * @module
 * @see https://keras.io/api/layers/
 */
import type { Attributes } from '../node';

/** Names of weights in the order of the layer's inputs; undefined for one that the configuration leaves out. */
type Names = readonly (string | undefined)[];

const biased =
  (...names: string[]) =>
  (config: Attributes): Names => [...names, config.flag('use_bias', true) ? 'bias' : undefined];
const affine = (config: Attributes): Names => [
  config.flag('scale', true) ? 'gamma' : undefined,
  config.flag('center', true) ? 'beta' : undefined,
];
const kernel = biased('kernel');
const depthwise = biased('depthwise_kernel');
const separable = biased('depthwise_kernel', 'pointwise_kernel');

const WEIGHTS: ReadonlyMap<string, (config: Attributes) => Names> = new Map<string, (config: Attributes) => Names>([
  ['Conv1D', kernel],
  ['Conv2D', kernel],
  ['Conv2DTranspose', kernel],
  ['Dense', kernel],
  ['DepthwiseConv1D', depthwise],
  ['DepthwiseConv2D', depthwise],
  ['SeparableConv1D', separable],
  ['SeparableConv2D', separable],
  ['BatchNormalization', (config) => [...affine(config), 'moving_mean', 'moving_variance']],
  ['LayerNormalization', affine],
  ['GroupNormalization', affine],
  ['PReLU', () => ['alpha']],
]);

/** The weights of a layer. Keras has those that are trained first, in this order, too. */
export function weightNamesOf(kind: string, config: Attributes): Names {
  return WEIGHTS.get(kind)?.(config) ?? [];
}

/** Layers that look at height and width, after which the channels stay an axis. */
const IMAGES =
  /^((Depthwise|Separable)?Conv[12]D|Conv2DTranspose|(Max|Average)Pooling[12]D|(ZeroPadding|Cropping|UpSampling)2D)$/;

/** Layers after which the channels are the only axis, or the last: only their input needs a change of order. */
const REDUCING = /^(Global(Max|Average)Pooling[12]D|Flatten)$/;

/**
 * Whether a layer's channels come before height and width, and what becomes of them: `'kept'` if they still do afterwards.
 * Such layers are computed with channels last, between two changes of the order of axes.
 */
export function channelsFirst(kind: string, config: Attributes): 'kept' | 'reduced' | undefined {
  if (kind === 'BatchNormalization') {
    const axes = config.integers('axis');
    return axes?.length === 1 && axes[0] === 1 ? 'kept' : undefined;
  }
  const kept = IMAGES.test(kind);
  if ((!kept && !REDUCING.test(kind)) || config.text('data_format', 'channels_last') !== 'channels_first')
    return undefined;
  // With `keepdims` the mean over an image has the channels where they were.
  return kept || config.flag('keepdims', false) ? 'kept' : 'reduced';
}

/** Names that versions of Keras have, or had, for the same classes. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['BatchNormalizationV1', 'BatchNormalization'],
  ['BatchNormalizationV2', 'BatchNormalization'],
  ['SyncBatchNormalization', 'BatchNormalization'],
  ['Convolution1D', 'Conv1D'],
  ['Convolution2D', 'Conv2D'],
  ['Convolution2DTranspose', 'Conv2DTranspose'],
  ['SeparableConvolution2D', 'SeparableConv2D'],
  ['MaxPool1D', 'MaxPooling1D'],
  ['MaxPool2D', 'MaxPooling2D'],
  ['AvgPool1D', 'AveragePooling1D'],
  ['AvgPool2D', 'AveragePooling2D'],
]);

/** The one name under which a class is looked up. */
export function classOf(kind: string): string {
  return SAME.get(kind) ?? kind;
}

/** Models that are layers of models. */
export const MODELS: ReadonlySet<string> = new Set(['Model', 'Functional', 'Sequential']);
