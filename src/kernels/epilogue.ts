/**
 * What happens to a sum before it is stored: bias, folded batch norm, residual, activation. All of it is one list that
 * fills the slots of the kernel's shader, so it costs no extra pass, and every kernel has all of it.
 *
 *     alias PerChannel = u32;
 *     fn per_channel(channel: u32) -> PerChannel { return channel; }
 *     fn epilogue(v: V, at: u32, of_channel: PerChannel) -> V { return v; }
 *
 * `at` is the output's index and `channel` its channel, both counted in V: a kernel of vec4 lanes binds the operands as
 * vec4 arrays. What belongs to a channel is loaded once for all outputs of an invocation that have that channel: a load
 * for each output was a quarter of a depthwise convolution's time on SwiftShader.
 *
 * @module
 */
import { bindingsOf } from '../step';
import type { ActivationCode } from './activation';
import type { Specialization } from './specialize';

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
 * What an epilogue writes into a shader. Its operands are bound by the names `bias`, `affine`, `residual` and `alpha`,
 * after the shader's own bindings.
 *
 * @param wgsl the shader, for the number of its bindings
 */
export function epilogueCode(wgsl: string, epilogue: Epilogue): Pick<Specialization, 'aliases' | 'slots'> {
  const lines: string[] = [];
  const bound: string[] = [];
  const functions: string[] = [];
  const fields = new Map<string, string>();
  const bind = (name: string): void => {
    if (bound.includes(name)) throw new Error(`epilogue: ${name} is bound twice; an operand has one stage`);
    bound.push(name);
  };
  for (const stage of epilogue) {
    const name = stage.kind === 'activation' ? stage.code.name : stage.kind;
    const { operand, perChannel = {} } = OPERANDS[name] ?? {};
    if (operand !== undefined) bind(operand);
    for (const [field, load] of Object.entries(perChannel)) fields.set(field, load);
    if (stage.kind === 'activation') {
      const [parameters, values] = operand === undefined ? ['', ''] : [', alpha: V', ', of_channel.alpha'];
      const activation = `activation${functions.length || ''}`;
      functions.push(`fn ${activation}(v: V${parameters}) -> V { ${stage.code.body} }`);
      lines.push(`r = ${activation}(r${values});`);
    } else {
      lines.push(STAGE_LINES[stage.kind]);
    }
  }
  if (lines.length === 0) return {};
  const first = bindingsOf(wgsl).length;
  const bindings = bound.map((name, i) => `@group(0) @binding(${first + i}) var<storage, read> ${name}: array<V>;`);
  const body = `var r = v; ${lines.join(' ')} return r;`;
  const declarations = [...bindings, ...functions].join('\n');
  if (fields.size === 0) return { slots: { epilogue: { body, declarations } } };
  const struct = `struct Operands { ${[...fields.keys()].map((field) => `${field}: V`).join(', ')} }`;
  return {
    aliases: { PerChannel: 'Operands' },
    slots: {
      per_channel: { body: `return Operands(${[...fields.values()].join(', ')});`, declarations: struct },
      epilogue: { body, declarations },
    },
  };
}

/** What a stage or activation reads: its array, and of that what belongs to a channel, by the name of its field. */
const OPERANDS: Readonly<
  Record<string, { readonly operand: string; readonly perChannel?: Readonly<Record<string, string>> }>
> = {
  bias: { operand: 'bias', perChannel: { bias: 'bias[channel]' } },
  affine: {
    operand: 'affine',
    perChannel: { scale: 'affine[channel]', shift: 'affine[arrayLength(&affine) / 2u + channel]' },
  },
  residual: { operand: 'residual' },
  prelu: { operand: 'alpha', perChannel: { alpha: 'alpha[channel]' } },
};

const STAGE_LINES = {
  bias: 'r += of_channel.bias;',
  affine: 'r = r * of_channel.scale + of_channel.shift;',
  residual: 'r += residual[at];',
} as const;
