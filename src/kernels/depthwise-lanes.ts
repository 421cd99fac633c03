/**
 * How the depthwise shaders lay their lanes over the channels: four output channels at once where they come from four,
 * two or one neighbouring input channels, otherwise one.
 *
 * @module
 */
import type { ConvProblem } from '../conv/problem';
import type { Specialization } from './specialize';

/** Output channels of an invocation. */
export function lanesOf(p: ConvProblem): 1 | 4 {
  const multiplier = p.outChannels / p.inChannels;
  return p.dataFormat === 'NHWC' && p.outChannels % 4 === 0 && (multiplier <= 2 || multiplier % 4 === 0) ? 4 : 1;
}

/** The knobs, aliases and slot by which a shader loads a pixel and gives each output lane its channel. */
export function depthwiseLanes(p: ConvProblem, lanes: number): Required<Omit<Specialization, 'halves'>> {
  const { type, channels, spread } = pixelOf(p, lanes);
  return {
    knobs: { X_LANES: channels, CHANNELS_LAST: p.dataFormat === 'NHWC' },
    aliases: { V: lanes === 4 ? 'vec4<f32>' : 'f32', X: type },
    slots: { spread: { body: `return ${spread};` } },
  };
}

/** A load of x: as many channels as the output lanes come from. */
interface Pixel {
  readonly type: string;
  readonly channels: number;
  /** The pixel's channels, one for each output lane. */
  readonly spread: string;
}

function pixelOf(p: ConvProblem, lanes: number): Pixel {
  if (lanes === 1) return { type: 'f32', channels: 1, spread: 'pixel' };
  if (p.outChannels === p.inChannels) return { type: 'vec4<f32>', channels: 4, spread: 'pixel' };
  if (p.outChannels === 2 * p.inChannels) return { type: 'vec2<f32>', channels: 2, spread: 'pixel.xxyy' };
  return { type: 'f32', channels: 1, spread: 'V(pixel)' };
}
