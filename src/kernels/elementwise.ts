/**
 * Twin of shaders/elementwise.wgsl: an epilogue without a convolution before it.
 *
 * @module
 */
import shader from '../../shaders/elementwise.wgsl';
import type { Step } from '../step';
import { vectorType } from './axes';
import { nameOf, readsChannel, type Epilogue } from './epilogue';
import { flatStep } from './flat-step';
import type { Target } from './kernel';
import { soleOperation, type Operation } from './operation';
import { alikePieces } from './pieces';

/** Where the channels of a tensor are. */
export interface Channels {
  /** Elements of the tensor. */
  readonly size: number;
  readonly channels: number;
  /** Elements of one channel that are neighbours: 1 for channels last, height * width for NCHW. */
  readonly inner: number;
}

/** The fewest neighbours that can be computed alone: a pixel or an image, or, without operands per channel, an element. */
function unitOf({ channels, inner }: Channels, epilogue: Epilogue): number {
  return epilogue.some(readsChannel) ? channels * inner : 1;
}

/** The dispatch that applies an epilogue to every element; its operands are `x` and the epilogue's. */
export function elementwiseStep({ size, channels, inner }: Channels, epilogue: Epilogue, target: Target): Step {
  // Without operands per channel the tensor is a list, whatever its layout, and nearly always one of whole vectors.
  const [count, step] = epilogue.some(readsChannel) ? [channels, inner] : [size, 1];
  const lanes = step === 1 && count % 4 === 0 ? 4 : 1;
  return flatStep(target, {
    kernel: 'elementwise/epilogue',
    shader,
    sizes: `${size} ${epilogue.map(nameOf).join(' ')}`,
    aliases: { V: vectorType(lanes) },
    epilogue,
    uniforms: { count: size / lanes, channels: count / lanes, inner: step },
    invocations: size / lanes,
  });
}

/** An epilogue without a convolution before it. Its input is `x`. */
export const elementwise: Operation<Channels> = /* @__PURE__ */ soleOperation({
  name: 'elementwise/epilogue',
  why: 'the one elementwise kernel',
  wgsl: shader.code,
  summary: ({ size }) => String(size),
  channels: (channels) => channels,
  step: (channels, _tile, epilogue, target) => elementwiseStep(channels, epilogue, target),
  pieces: ({ problem, epilogue, inputs, outputs }, limits) => {
    const unit = unitOf(problem, epilogue);
    return alikePieces({ ...inputs, ...outputs }, problem.size / unit, limits, (count) => ({
      ...problem,
      size: count * unit,
    }));
  },
});
