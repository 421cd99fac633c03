/** A family of networks: from a few choices of its paper's to the convolutions that such a network has. */
import { NetworkBuilder } from '../networks/builder';
import type { Network } from '../networks/network';

export interface Family {
  readonly name: string;
  /** One of its networks, with the widths, depths and resolutions that were published, or that its rule gives. */
  readonly network: (pick: Pick) => Network;
}

/** One of the list, by chance. */
export type Pick = <T>(list: readonly T[]) => T;

/**
 * A network that is only looked at: what joins its branches (a sum, a concatenation, an upsampling) is left out, and where it goes
 * on it says by a shape.
 */
export class Sketch extends NetworkBuilder {
  /** Of the last layer: height and width, which are equal. */
  get size(): number {
    return this.shapeOf(this.last)[1];
  }

  /** Goes on from other channels at the same size, or at another. */
  resume(channels: number, size: number = this.size): this {
    return this.input([1, size, size, channels]);
  }

  pointwise(channels: number, groups = 1): this {
    return this.conv({ channels, groups });
  }

  /** A square filter; with as many groups as channels it is depthwise. */
  square(size: number, channels: number, more: Square = {}): this {
    return this.conv({ size, channels, ...more });
  }

  /** The shortcut of a block whose shape changes: a 1x1, beside what follows. */
  shortcut(channels: number, strides: number): this {
    const { size, channels: own } = this;
    return this.conv({ channels, strides }).resume(own, size);
  }
}

interface Square {
  readonly strides?: number;
  readonly dilations?: number;
  readonly groups?: number;
}

/** A number of channels, rounded to a multiple: to eights as most papers do, and never by more than a tenth down. */
export function rounded(channels: number, multiple = 8): number {
  const near = Math.max(multiple, multiple * Math.floor(channels / multiple + 0.5));
  return near < 0.9 * channels ? near + multiple : near;
}
