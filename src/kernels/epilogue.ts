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
  return codeOf([stage], 0).fields.length > 0;
}

/** A stage in one word. */
export function nameOf(stage: Stage): string {
  if (stage.kind === 'activation') return stage.code.name;
  return stage.kind === 'operator' ? stage.operator : stage.kind;
}

/** Prefix of the names of an epilogue before the last one. */
export const BETWEEN = 'between_';

/** The names under which an epilogue's operands are bound, stage by stage and in order. */
export function operandsOf(epilogue: Epilogue): readonly string[] {
  return epilogue.flatMap((_, i) => codeOf(epilogue, i).operands);
}

/** The operands of an epilogue before the last one, by the names of the inputs that they are. */
export function inputsBetween<T>(between: Epilogue, operands: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(operandsOf(between).map((name, i) => [`${BETWEEN}${name}`, operands[i]]));
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
export function epilogueCode(binding: number, epilogue: Epilogue, prefix: '' | typeof BETWEEN = ''): EpilogueCode {
  const codes = epilogue.map((_, i) => codeOf(epilogue, i, prefix));
  const bindings = codes
    .flatMap(({ operands }) => operands)
    .map((name, i): Binding => ({ binding: binding + i, name: `${prefix}${name}`, access: 'read' }));
  if (epilogue.length === 0) return { bindings };
  const arrays = bindings.map(
    ({ binding: place, name }) => `@group(0) @binding(${place}) var<storage, read> ${name}: array<V>;`,
  );
  const kept = epilogue.some(({ kind }) => kind === 'keep') ? ' var kept = v;' : '';
  const end = {
    [`${prefix}epilogue`]: slot(`var r = v;${kept} ${codes.map(({ line }) => line).join(' ')} return r;`, [
      ...arrays,
      ...codes.flatMap(({ declared }) => declared),
    ]),
  };
  const fields = codes.flatMap((code) => code.fields);
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

type Field = readonly [name: string, load: string];

/** A stage as WGSL. */
interface StageCode {
  /** The arrays that it reads. */
  readonly operands: readonly string[];
  /** The values per channel among them, each with the name of its field. */
  readonly fields: readonly Field[];
  /** Functions of its own. */
  readonly declared: readonly string[];
  /** What it does to `r`. */
  readonly line: string;
}

/** The i-th stage as WGSL. Stages of one kind share a name; all but the first of them add their place in the list. */
function codeOf(epilogue: Epilogue, i: number, prefix = ''): StageCode {
  const stage = epilogue[i];
  const suffix = epilogue.findIndex(({ kind }) => kind === stage.kind) === i ? '' : String(i);
  const array = (name: string): string => `${prefix}${name}${suffix}`;
  const load = (name: string): string => `${array(name)}[channel]`;
  const field = (name: string): string => `of_channel.${name}${suffix}`;
  const code = (
    line: string,
    operands: readonly string[],
    fields: readonly Field[] = [],
    ...declared: readonly string[]
  ): StageCode => ({
    line,
    operands: operands.map((name) => name + suffix),
    fields: fields.map(([name, value]) => [name + suffix, value]),
    declared,
  });
  switch (stage.kind) {
    case 'bias':
      return code(`r += ${field('bias')};`, ['bias'], [['bias', load('bias')]]);
    case 'norm': {
      const { epsilon, gamma, beta } = stage;
      const deviation = `sqrt(${load('variance')} + V(${floatLiteral(epsilon)}))`;
      return code(
        `r = (r - ${field('mean')}) * ${field('scale')} + ${field('shift')};`,
        ['mean', 'variance', ...(gamma ? ['gamma'] : []), ...(beta ? ['beta'] : [])],
        [
          ['mean', load('mean')],
          ['scale', `${gamma ? load('gamma') : 'V(1)'} / ${deviation}`],
          ['shift', beta ? load('beta') : 'V(0)'],
        ],
      );
    }
    case 'affine':
      return code(
        `r = r * ${field('gain')} + ${field('offset')};`,
        ['affine'],
        [
          ['gain', load('affine')],
          ['offset', `${array('affine')}[arrayLength(&${array('affine')}) / 2u + channel]`],
        ],
      );
    case 'residual':
      return code(`r += ${array('residual')}[at];`, ['residual']);
    case 'activation': {
      const { name, body, losesNan } = stage.code;
      const sloped = name === 'prelu';
      const activated = `${prefix}activation${i}(r${sloped ? `, ${field('alpha')}` : ''})`;
      return code(
        `r = ${losesNan === true ? `keep_nan(r, ${activated})` : activated};`,
        sloped ? ['alpha'] : [],
        sloped ? [['alpha', load('alpha')]] : [],
        `fn ${prefix}activation${i}(v: V${sloped ? ', alpha: V' : ''}) -> V { ${body} }`,
      );
    }
    case 'operator': {
      const { other } = stage;
      const operate = `${prefix}operate${i}`;
      const applied = (value: string): string =>
        `r = ${operate}(${stage.otherFirst === true ? `${value}, r` : `r, ${value}`});`;
      const declared = `fn ${operate}(left: V, right: V) -> V { ${stage.body} }`;
      if (other === 'kept') return code(applied(other), [], [], declared);
      if ('number' in other) return code(applied(`V(${floatLiteral(other.number)})`), [], [], declared);
      return other.perChannel
        ? code(applied(field('other')), ['other'], [['other', load('other')]], declared)
        : code(applied(`${array('other')}[at]`), ['other'], [], declared);
    }
    case 'keep':
      return code('kept = r;', []);
    case 'swap':
      return code('{ let other = r; r = kept; kept = other; }', []);
  }
}
