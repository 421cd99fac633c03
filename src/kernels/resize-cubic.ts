/**
 * Twin of shaders/resize-cubic.wgsl.
 *
 * @module
 */
import shader from '../../shaders/resize-cubic.wgsl';
import { vectorType } from './axes';
import { flatStep } from './flat-step';
import { soleOperation, type Operation } from './operation';
import { resizePieces, resizeUniforms, type ResizeProblem } from './resize';

/** Its input is `x`. */
export const resizeCubic: Operation<ResizeProblem> = /* @__PURE__ */ soleOperation({
  name: 'resize/bicubic',
  why: 'the one kernel for bicubic resizing',
  wgsl: shader.code,
  summary: ({ shape, size }) => `${shape.join('x')} to ${size.join('x')}`,
  step: (problem, _tile, _epilogue, target) => {
    const { shape, size, coefficient = -0.75 } = problem;
    const { lanes, uniforms } = resizeUniforms(problem);
    return flatStep(target, {
      kernel: 'resize/bicubic',
      shader,
      sizes: `${shape.join('x')} to ${size.join('x')}`,
      aliases: { V: vectorType(lanes) },
      uniforms: { ...uniforms, coefficient },
      invocations: uniforms.count,
    });
  },
  pieces: (whole, limits) => resizePieces(whole, limits, 1),
});
