/** The block of MobileNetV2 and of its successors: wide in the middle, narrow between the blocks. */
import type { NetworkBuilder } from './builder';
import type { LayerActivation } from './network';

interface Block {
  /** Of the depthwise filter. */
  readonly size: number;
  /** Channels in the middle. */
  readonly expanded: number;
  readonly channels: number;
  readonly strides: number;
  readonly activation: LayerActivation;
  /** Channels of squeeze and excite, if the block has it. */
  readonly squeezed?: number;
}

/** Adds 1x1 up (unless the input is already as wide), depthwise, squeeze and excite, 1x1 down, and the input if it fits. */
export function invertedResidual(net: NetworkBuilder, block: Block): void {
  const { size, expanded, channels, strides, activation, squeezed } = block;
  const input = net.last;
  const residual = strides === 1 && net.channels === channels ? input : undefined;
  if (expanded !== net.channels) net.conv({ channels: expanded, activation });
  net.depthwise(size, strides, activation);
  if (squeezed !== undefined) net.squeezeExcite(squeezed);
  net.conv({ channels, residual });
}
