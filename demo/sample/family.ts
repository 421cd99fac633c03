/** A family of networks: turns a few choices from its paper into the convolutions of such a network. */
import { NetworkBuilder } from '../networks/builder';
import type { Network } from '../networks/network';

export interface Family {
  readonly name: string;
  /** One of its networks, with widths, depths and resolutions that were published, or that its rule gives. */
  readonly network: (pick: Pick) => Network;
}

/** Picks one of the list by chance. */
export type Pick = <T>(list: readonly T[]) => T;

/**
 * A network that is never run: the ops that join its branches (a sum, a concatenation, an upsampling) are left out, and the shape
 * after them is given instead.
 */
export class Sketch extends NetworkBuilder {
  /** Height and width of the last layer, which are equal. */
  get size(): number {
    return this.shapeOf(this.last)[1];
  }

  /** Continues with another number of channels, at the same or another size. */
  resume(channels: number, size: number = this.size): this {
    return this.input([1, size, size, channels]);
  }

  pointwise(channels: number, groups = 1): this {
    return this.conv({ channels, groups });
  }

  /** A square filter. With as many groups as channels it is depthwise. */
  square(size: number, channels: number, more: Square = {}): this {
    return this.conv({ size, channels, ...more });
  }

  /** The shortcut of a block that changes the shape: a 1x1, parallel to what follows. */
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

/** A number of channels, rounded to a multiple: of eight in most papers, and never by more than a tenth down. */
export function rounded(channels: number, multiple = 8): number {
  const near = Math.max(multiple, multiple * Math.floor(channels / multiple + 0.5));
  return near < 0.9 * channels ? near + multiple : near;
}
