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
import type { Binding } from '../step';
import type { ActivationCode } from './activation';
import type { Operator } from './operators';
import { floatLiteral, type Slot, type Specialization } from './specialize';

/** One thing that is done to every output. */
export type Stage =
  /** Adds `bias[channel]`. */
  | { readonly kind: 'bias' }
  /** An inference batch norm: `mean` and `variance`, `gamma` and `beta` where they are given, all per channel. */
  | { readonly kind: 'norm'; readonly epsilon: number; readonly gamma: boolean; readonly beta: boolean }
  /** Multiplies by `affine[channel]` and adds `affine[channels + channel]`: a batch norm folded with its bias. */
  | { readonly kind: 'affine' }
  /** Adds `residual[at]`. */
  | { readonly kind: 'residual' }
  /** Applies the function; `prelu` reads its slope from `alpha[channel]`. */
  | { readonly kind: 'activation'; readonly code: ActivationCode }
  /** Applies an operator to the sum and another value: `compile` makes such a stage of an op that follows. */
  | {
      readonly kind: 'operator';
      readonly operator: Operator;
      /**
       * Body of `fn operate(left: V, right: V) -> V`. The stage brings it, so that only apps that make such stages carry
       * the operators.
       */
      readonly body: string;
      readonly other: Other;
      readonly otherFirst?: boolean;
    }
  /** Keeps the sum at this point, for an operator that comes later. */
  | { readonly kind: 'keep' }
  /** Goes on with the kept value, and keeps the sum instead. */
  | { readonly kind: 'swap' };

/** The other value of an operator. */
export type Other =
  | { readonly number: number }
  /** An element of another tensor: the one at the same place, or the one of the channel. */
  | { readonly perChannel: boolean }
  /** The value that was kept last. */
  | 'kept';

/** The stages in the order in which they are done; none leaves the sum as it is. */
export type Epilogue = readonly Stage[];

/** Whether the stage treats each channel differently. */
export function readsChannel(stage: Stage): boolean {
  return Object.keys(readsOf(stage, '', '').perChannel).length > 0;
}

/** A stage in one word. */
export function nameOf(stage: Stage): string {
  if (stage.kind === 'activation') return stage.code.name;
  return stage.kind === 'operator' ? stage.operator : stage.kind;
}

/** The names under which an epilogue's operands are bound, stage by stage and in order. */
export function operandsOf(epilogue: Epilogue): readonly string[] {
  return epilogue.flatMap((stage, i) => readsOf(stage, '', suffixOf(epilogue, i)).operands);
}

/** Stages of one kind share a name; all but the first of them add their place in the list. */
function suffixOf(epilogue: Epilogue, i: number): string {
  const { kind } = epilogue[i];
  return epilogue.findIndex((stage) => stage.kind === kind) === i ? '' : String(i);
}

/** What an epilogue writes into a shader, and what it binds. */
export interface EpilogueCode extends Pick<Specialization, 'aliases' | 'slots'> {
  readonly bindings: readonly Binding[];
}

/**
 * What an epilogue writes into a shader. Its operands are bound after the shader's own bindings, by the names that
 * {@link operandsOf} gives.
 *
 * @param binding the number of its first binding
 * @param prefix of all its names, where the shader has another epilogue before the last one
 */
export function epilogueCode(binding: number, epilogue: Epilogue, prefix: '' | 'between_' = ''): EpilogueCode {
  const reads = epilogue.map((stage, i) => readsOf(stage, prefix, suffixOf(epilogue, i)));
  const names = reads.flatMap(({ operands }) => operands);
  const bindings = names.map((name, i): Binding => ({
    binding: binding + i,
    name: `${prefix}${name}`,
    access: 'read',
  }));
  if (epilogue.length === 0) return { bindings };
  const declarations = bindings.map(
    ({ binding: place, name }) => `@group(0) @binding(${place}) var<storage, read> ${name}: array<V>;`,
  );
  const fields = reads.flatMap(({ perChannel }) => Object.entries(perChannel));
  const lines = epilogue.map((stage, i) => {
    const suffix = suffixOf(epilogue, i);
    if (stage.kind === 'operator') {
      declarations.push(`fn ${prefix}operate${i}(left: V, right: V) -> V { ${stage.body} }`);
      const other = valueOf(stage.other, prefix, suffix);
      return `r = ${prefix}operate${i}(${stage.otherFirst === true ? `${other}, r` : `r, ${other}`});`;
    }
    if (stage.kind !== 'activation') return LINES[stage.kind](prefix, suffix);
    const [parameter, value] = stage.code.name === 'prelu' ? [', alpha: V', `, of_channel.alpha${suffix}`] : ['', ''];
    declarations.push(`fn ${prefix}activation${i}(v: V${parameter}) -> V { ${stage.code.body} }`);
    const activated = `${prefix}activation${i}(r${value})`;
    return `r = ${stage.code.losesNan === true ? `keep_nan(r, ${activated})` : activated};`;
  });
  const end = {
    [`${prefix}epilogue`]: slot(`var r = v;${keeps(epilogue)} ${lines.join(' ')} return r;`, declarations),
  };
  if (fields.length === 0) return { slots: end, bindings };
  const [type, struct] = prefix === '' ? ['PerChannel', 'Operands'] : ['BetweenPerChannel', 'BetweenOperands'];
  const loads = fields.map(([, load]) => load).join(', ');
  return {
    aliases: { [type]: struct },
    slots: {
      [`${prefix}per_channel`]: slot(`return ${struct}(${loads});`, [
        `struct ${struct} { ${fields.map(([field]) => `${field}: V`).join(', ')} }`,
      ]),
      ...end,
    },
    bindings,
  };
}

function slot(body: string, declarations: readonly string[]): Slot {
  return { body, declarations: declarations.join('\n') };
}

/** The arrays that a stage reads; and, of those, the values per channel, as WGSL by the name of their field. */
interface Reads {
  readonly operands: readonly string[];
  readonly perChannel: Readonly<Record<string, string>>;
}

function keeps(epilogue: Epilogue): string {
  return epilogue.some(({ kind }) => kind === 'keep') ? ' var kept = v;' : '';
}

/** An operator's other value, as WGSL. */
function valueOf(other: Other, prefix: string, suffix: string): string {
  if (other === 'kept') return 'kept';
  if ('number' in other) return `V(${floatLiteral(other.number)})`;
  return other.perChannel ? `of_channel.other${suffix}` : `${prefix}other${suffix}[at]`;
}

function readsOf(stage: Stage, prefix: string, suffix: string): Reads {
  const at = (name: string): string => `${prefix}${name}${suffix}[channel]`;
  const reads = (operands: readonly string[], perChannel: Readonly<Record<string, string>>): Reads => ({
    operands: operands.map((name) => `${name}${suffix}`),
    perChannel: Object.fromEntries(Object.entries(perChannel).map(([field, load]) => [`${field}${suffix}`, load])),
  });
  switch (stage.kind) {
    case 'bias':
      return reads(['bias'], { bias: at('bias') });
    case 'norm': {
      const operands = ['mean', 'variance', ...(stage.gamma ? ['gamma'] : []), ...(stage.beta ? ['beta'] : [])];
      const deviation = `sqrt(${at('variance')} + V(${floatLiteral(stage.epsilon)}))`;
      const scale = `${stage.gamma ? at('gamma') : 'V(1.0)'} / ${deviation}`;
      return reads(operands, { mean: at('mean'), scale, shift: stage.beta ? at('beta') : 'V(0.0)' });
    }
    case 'affine': {
      const array = `${prefix}affine${suffix}`;
      return reads(['affine'], { gain: at('affine'), offset: `${array}[arrayLength(&${array}) / 2u + channel]` });
    }
    case 'residual':
      return reads(['residual'], {});
    case 'activation':
      return stage.code.name === 'prelu' ? reads(['alpha'], { alpha: at('alpha') }) : reads([], {});
    case 'operator': {
      const { other } = stage;
      if (other === 'kept' || 'number' in other) return reads([], {});
      return reads(['other'], other.perChannel ? { other: at('other') } : {});
    }
    case 'keep':
    case 'swap':
      return reads([], {});
  }
}

type Line = (prefix: string, suffix: string) => string;

const LINES: Readonly<Record<Exclude<Stage['kind'], 'activation' | 'operator'>, Line>> = {
  bias: (_, i) => `r += of_channel.bias${i};`,
  norm: (_, i) => `r = (r - of_channel.mean${i}) * of_channel.scale${i} + of_channel.shift${i};`,
  affine: (_, i) => `r = r * of_channel.gain${i} + of_channel.offset${i};`,
  residual: (prefix, i) => `r += ${prefix}residual${i}[at];`,
  keep: () => 'kept = r;',
  swap: () => '{ let other = r; r = kept; kept = other; }',
};
