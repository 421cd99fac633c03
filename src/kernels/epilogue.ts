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
import type { ActivationCode } from './activation';
import type { Slot, Specialization } from './specialize';

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

/** The operands that an epilogue binds, by name and in order. */
export function operandsOf(epilogue: Epilogue): readonly string[] {
  const names = epilogue.flatMap((stage) => OPERANDS[nameOf(stage)]?.operand ?? []);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`epilogue: ${twice} is bound twice; an operand has one stage`);
  return names;
}

/**
 * What an epilogue writes into a shader. Its operands are bound by the names `bias`, `affine`, `residual` and `alpha`,
 * after the shader's own bindings.
 *
 * @param binding the number of its first binding
 * @param prefix of all its names, where the shader has another epilogue before the last one
 */
export function epilogueCode(
  binding: number,
  epilogue: Epilogue,
  prefix: '' | 'between_' = '',
): Pick<Specialization, 'aliases' | 'slots'> {
  if (epilogue.length === 0) return {};
  const declarations = operandsOf(epilogue).map(
    (name, i) => `@group(0) @binding(${binding + i}) var<storage, read> ${prefix}${name}: array<V>;`,
  );
  const fields = epilogue.flatMap((stage) => Object.entries(OPERANDS[nameOf(stage)]?.perChannel ?? {}));
  const lines = epilogue.map((stage, i) => {
    if (stage.kind !== 'activation') return STAGE_LINES[stage.kind](prefix);
    const [parameter, value] = stage.code.name === 'prelu' ? [', alpha: V', ', of_channel.alpha'] : ['', ''];
    declarations.push(`fn ${prefix}activation${i}(v: V${parameter}) -> V { ${stage.code.body} }`);
    return `r = ${prefix}activation${i}(r${value});`;
  });
  const end = { [`${prefix}epilogue`]: slot(`var r = v; ${lines.join(' ')} return r;`, declarations) };
  if (fields.length === 0) return { slots: end };
  const [type, struct] = prefix === '' ? ['PerChannel', 'Operands'] : ['BetweenPerChannel', 'BetweenOperands'];
  const loads = fields.map(([, load]) => load(prefix)).join(', ');
  return {
    aliases: { [type]: struct },
    slots: {
      [`${prefix}per_channel`]: slot(`return ${struct}(${loads});`, [
        `struct ${struct} { ${fields.map(([field]) => `${field}: V`).join(', ')} }`,
      ]),
      ...end,
    },
  };
}

function slot(body: string, declarations: readonly string[]): Slot {
  return { body, declarations: declarations.join('\n') };
}

function nameOf(stage: Stage): string {
  return stage.kind === 'activation' ? stage.code.name : stage.kind;
}

/** WGSL with the epilogue's prefix in it. */
type Text = (prefix: string) => string;

/** What a stage or activation reads: its array, and of that what belongs to a channel, by the name of its field. */
const OPERANDS: Readonly<
  Record<string, { readonly operand: string; readonly perChannel?: Readonly<Record<string, Text>> }>
> = {
  bias: { operand: 'bias', perChannel: { bias: (prefix) => `${prefix}bias[channel]` } },
  affine: {
    operand: 'affine',
    perChannel: {
      scale: (prefix) => `${prefix}affine[channel]`,
      shift: (prefix) => `${prefix}affine[arrayLength(&${prefix}affine) / 2u + channel]`,
    },
  },
  residual: { operand: 'residual' },
  prelu: { operand: 'alpha', perChannel: { alpha: (prefix) => `${prefix}alpha[channel]` } },
};

const STAGE_LINES: Readonly<Record<Exclude<Stage['kind'], 'activation'>, Text>> = {
  bias: () => 'r += of_channel.bias;',
  affine: () => 'r = r * of_channel.scale + of_channel.shift;',
  residual: (prefix) => `r += ${prefix}residual[at];`,
};
