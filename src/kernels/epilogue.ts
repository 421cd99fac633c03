/**
 * What happens to a sum before it is stored: bias, folded batch norm, residual, activation. All of it is one list that
 * fills one slot of the kernel's shader, so it costs no extra pass, and every kernel has all of it.
 *
 *     fn epilogue(v: V, at: u32, channel: u32) -> V { return v; }
 *
 * `at` is the output's index and `channel` its channel, both counted in V: a kernel of vec4 lanes binds the operands as
 * vec4 arrays.
 *
 * @module
 */
import { bindingsOf } from '../step';
import type { ActivationCode } from './activation';
import type { Slot } from './specialize';

/** One thing that is done to every output. */
export type Stage =
  /** Adds `bias[channel]`. */
  | { readonly kind: 'bias' }
  /** Multiplies by `affine[channel]` and adds `affine[channels + channel]`: a folded batch norm with its bias. */
  | { readonly kind: 'affine' }
  /** Adds `residual[at]`. */
  | { readonly kind: 'residual' }
  /** Applies the function; `prelu` reads its slope from `alpha[channel]`. */
  | { readonly kind: 'activation'; readonly code: ActivationCode };

/** The stages in the order in which they are done; none leaves the sum as it is. */
export type Epilogue = readonly Stage[];

/**
 * The slot that an epilogue fills. Its operands are bound by the names `bias`, `affine`, `residual` and `alpha`, after
 * the shader's own bindings.
 *
 * @param wgsl the shader, for the number of its bindings
 */
export function epilogueSlot(wgsl: string, epilogue: Epilogue): Slot {
  const lines: string[] = ['var r = v;'];
  const declarations: string[] = [];
  let binding = bindingsOf(wgsl).length;
  let activations = 0;
  const bind = (name: string): void => {
    if (declarations.some((line) => line.includes(` ${name}: `)))
      throw new Error(`epilogue: ${name} is bound twice; an operand has one stage`);
    declarations.push(`@group(0) @binding(${binding++}) var<storage, read> ${name}: array<V>;`);
  };
  for (const stage of epilogue) {
    if (stage.kind === 'activation') {
      const slope = stage.code.name === 'prelu';
      if (slope) bind('alpha');
      const name = `activation${activations++ || ''}`;
      declarations.push(`fn ${name}(v: V${slope ? ', alpha: V' : ''}) -> V { ${stage.code.body} }`);
      lines.push(`r = ${name}(r${slope ? ', alpha[channel]' : ''});`);
    } else {
      bind(stage.kind);
      lines.push(STAGE_LINES[stage.kind]);
    }
  }
  return { body: `${lines.join(' ')} return r;`, declarations: declarations.join('\n') };
}

const STAGE_LINES = {
  bias: 'r += bias[channel];',
  affine: 'r = r * affine[channel] + affine[arrayLength(&affine) / 2u + channel];',
  residual: 'r += residual[at];',
} as const;
