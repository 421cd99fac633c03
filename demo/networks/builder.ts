/** Writes a network down, layer after layer. */
import { outputShape, type Shape } from '../convolution';
import type { LayerActivation, Network, NetworkLayer } from './network';

/** The options that the published networks offer. */
export interface NetworkOptions {
  /** A factor of all channels; default 1. */
  readonly width?: number;
  /** Height and width of the image; default 224. */
  readonly resolution?: number;
  readonly classes?: number;
}

interface ConvOptions {
  readonly channels: number;
  /** Of the square filter; default 1. */
  readonly size?: number;
  readonly strides?: number;
  readonly dilations?: number;
  readonly groups?: number;
  readonly activation?: LayerActivation;
  /** The place of the layer that is added before the activation. */
  readonly residual?: number;
  /** The place of the layer that is read; default the last layer. */
  readonly x?: number;
}

/** Every method adds a layer, which reads the last one unless told otherwise. */
export class NetworkBuilder {
  readonly #layers: NetworkLayer[];

  constructor({ resolution = 224 }: NetworkOptions) {
    this.#layers = [{ kind: 'input', shape: [1, resolution, resolution, 3] }];
  }

  /** The place of the last layer. */
  get last(): number {
    return this.#layers.length - 1;
  }

  /** Of the last layer. */
  get channels(): number {
    return this.#layers[this.last].shape[3];
  }

  protected shapeOf(place: number): Shape {
    return this.#layers[place].shape;
  }

  /** Another input. */
  protected input(shape: Shape): this {
    this.#layers.push({ kind: 'input', shape });
    return this;
  }

  /** Padding is 'same', as in TensorFlow. */
  conv({
    channels,
    size = 1,
    strides = 1,
    dilations = 1,
    groups = 1,
    activation = 'linear',
    residual,
    x = this.last,
  }: ConvOptions): this {
    const input = this.#layers[x].shape;
    const filter: Shape = [size, size, input[3] / groups, channels];
    const conv = { input, filter, strides, groups, dilations, padding: 'same' } as const;
    this.#layers.push({ kind: 'conv', x, conv, residual, activation, shape: outputShape(conv) });
    return this;
  }

  depthwise(size: number, strides: number, activation: LayerActivation): this {
    return this.conv({ size, strides, groups: this.channels, channels: this.channels, activation });
  }

  maxPool(size: number, strides: number): this {
    const x = this.last;
    const input = this.#layers[x].shape;
    const filter: Shape = [size, size, 1, input[3]];
    const window = { input, filter, strides, groups: input[3], dilations: 1, padding: 'same' } as const;
    this.#layers.push({ kind: 'maxPool', x, window, shape: outputShape(window) });
    return this;
  }

  mean(): this {
    const [batch, , , channels] = this.#layers[this.last].shape;
    this.#layers.push({ kind: 'mean', x: this.last, shape: [batch, 1, 1, channels] });
    return this;
  }

  /** Squeeze and excite: the average of each channel decides how much the channels are scaled. */
  squeezeExcite(squeezed: number): this {
    const x = this.last;
    const { shape } = this.#layers[x];
    this.mean();
    this.conv({ channels: squeezed, activation: 'relu' });
    this.conv({ channels: shape[3], activation: 'hardSigmoid' });
    this.#layers.push({ kind: 'scale', x, factors: this.last, shape });
    return this;
  }

  layerNorm(): this {
    this.#layers.push({ kind: 'layerNorm', x: this.last, shape: this.#layers[this.last].shape });
    return this;
  }

  /** The scores of the classes. */
  classifier({ classes = 1000 }: NetworkOptions): this {
    return this.conv({ channels: classes });
  }

  build(name: string): Network {
    return { name, layers: this.#layers };
  }
}

/** A number of channels times the width, rounded as in the papers: to multiples of eight, and never by more than a tenth down. */
export function widened(channels: number, { width = 1 }: NetworkOptions): number {
  const wanted = channels * width;
  const rounded = Math.max(8, 8 * Math.floor((wanted + 4) / 8));
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}
