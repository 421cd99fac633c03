/**
 * Twin of shaders/resize-cubic.wgsl.
 *
 * @module
 */
import shader from '../../shaders/resize-cubic.wgsl';
import { soleOperation, type Operation } from './operation';
import { RESIZE, resizeChannels, resizePieces, stepOf, type ResizeProblem } from './resize';

/** Its input is `x`; an epilogue may follow. */
export const resizeCubic: Operation<ResizeProblem> = /* @__PURE__ */ soleOperation({
  kind: RESIZE,
  name: 'resize/bicubic',
  why: 'the one kernel for bicubic resizing',
  wgsl: shader.code,
  summary: ({ shape, size }) => `${shape.join('x')} to ${size.join('x')}`,
  channels: resizeChannels,
  step: (problem, _tile, epilogue, target) =>
    stepOf(shader, problem, epilogue, target, { uniforms: { coefficient: problem.coefficient ?? -0.75 } }),
  pieces: (whole, limits) => resizePieces(whole, limits, 1),
});
