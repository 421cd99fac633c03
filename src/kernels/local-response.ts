/**
 * Twin of shaders/local-response.wgsl.
 *
 * @module
 */
import shader from '../../shaders/local-response.wgsl';
import { vectorType } from './axes';
import type { Channels } from './elementwise';
import { readsChannel } from './epilogue';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';
import { operatorBody } from './operators';
import { alikePieces } from './pieces';

export interface LocalResponseProblem {
  readonly channels: Channels;
  /** Neighbours to each side. */
  readonly radius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/** Its input is `x`; an epilogue may follow. */
export const localResponse: Operation<LocalResponseProblem> = /* @__PURE__ */ soleOperation({
  name: 'local-response/channels',
  why: 'the one kernel for local response normalization',
  wgsl: shader.code,
  summary: ({ channels: { size, channels }, radius }) => `${size} of ${channels} channels, radius ${radius}`,
  channels: ({ channels }) => channels,
  step({ channels: { size, channels, inner }, radius, bias, alpha, beta }, _tile, epilogue, target) {
    // Neighbouring channels are not loaded as vectors; but several elements of one channel that lie side by side are.
    const lanes = inner % 4 === 0 && !epilogue.some(readsChannel) ? 4 : 1;
    return flatStep(target, {
      kernel: 'local-response/channels',
      shader,
      sizes: `${size} of ${channels} channels, radius ${radius}`,
      aliases: { V: vectorType(lanes) },
      slots: { raised: { body: operatorBody('power') } },
      epilogue,
      uniforms: { count: size / lanes, channels, inner: inner / lanes, radius, bias, alpha, beta },
      invocations: size / lanes,
    });
  },
  pieces({ problem, inputs, outputs }, limits) {
    const { size, channels, inner } = problem.channels;
    // All channels of a pixel, or of an image.
    const unit = channels * inner;
    return alikePieces({ ...inputs, ...outputs }, size / unit, limits, (count) => ({
      ...problem,
      channels: { channels, inner, size: count * unit },
    }));
  },
});
