/**
 * Operands of an instruction, decoded from its text, and the JavaScript that reads them.
 *
 * The code that is generated names the state of a wave: S and SF the scalar registers as integers and floats, V and F the
 * vector registers ([register * 64 + lane]), E[l] whether lane l is active, l the lane.
 */
import { baseName, type Instruction } from '../parse';
import { f2u, H2F, u2f } from './numbers';

export interface Register {
  readonly kind: 'v' | 's';
  readonly n: number;
  readonly count: number;
  readonly negated: boolean;
  readonly absolute: boolean;
  readonly signed: boolean;
}

export interface Literal {
  readonly kind: 'literal';
  readonly bits: number;
  /** The upper half, where 64 bits are asked for. */
  readonly high: number;
  /** A float literal in the text; it is a float16 where one is asked for. */
  readonly float?: number;
}

export type Operand = Register | Literal | { readonly kind: 'scc' };

/** f: float32, h: float16, i: signed, u: unsigned integer. */
export type ValueType = 'f' | 'h' | 'i' | 'u';

/** What follows the operands: `offset:16`, `op_sel:[0,1]`, `glc`. */
export type Modifiers = Readonly<Record<string, number | string | true | readonly number[] | undefined>>;

export interface Decoded {
  /** Without the suffix that says the encoding. */
  readonly name: string;
  /** The whole instruction, for errors. */
  readonly text: string;
  readonly encoding: 'dpp' | 'sdwa' | 'plain';
  readonly operands: readonly Operand[];
  readonly modifiers: Modifiers;
}

/** Scalar registers by name; scalar register 125 reads as zero. */
export const EXEC = 126;
export const VCC = 106;
const NULL = 125;
const NAMED: Readonly<Record<string, number>> = {
  vcc: VCC,
  vcc_lo: VCC,
  vcc_hi: VCC + 1,
  m0: 124,
  null: NULL,
  exec: EXEC,
  exec_lo: EXEC,
  exec_hi: EXEC + 1,
};

export function decode({ mnemonic, operands }: Instruction): Decoded {
  const [rest, modifiers] = splitModifiers(` ${operands}`);
  const encoding = /_dpp8?$/.test(mnemonic) ? 'dpp' : mnemonic.endsWith('_sdwa') ? 'sdwa' : 'plain';
  return {
    name: baseName(baseName(mnemonic)),
    text: `${mnemonic} ${operands}`,
    encoding,
    operands: rest
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map(operandOf),
    modifiers,
  };
}

const LISTS = /\s(op_sel|op_sel_hi|neg_lo|neg_hi|quad_perm|dpp8):\[([^\]]*)\]/g;
const VALUES =
  /\s(dst_sel|dst_unused|src0_sel|src1_sel|row_mask|bank_mask|bound_ctrl|offset0|offset1|offset|row_shr|row_shl|row_ror|row_xmask|row_share|mul|div|fi):(\S+)/g;
const FLAGS = /\s(offen|idxen|glc|slc|dlc|clamp|gds|row_mirror|row_half_mirror|swz)(?=\s|$)/g;

function splitModifiers(text: string): [rest: string, Modifiers] {
  const modifiers: Record<string, number | string | true | number[]> = {};
  const rest = text
    .replace(LISTS, (_, name: string, list: string) => {
      modifiers[name] = list.split(',').map(Number);
      return '';
    })
    .replace(VALUES, (_, name: string, value: string) => {
      modifiers[name] = /^[A-Z]/.test(value) ? value : Number(value);
      return '';
    })
    .replace(FLAGS, (_, name: string) => {
      modifiers[name] = true;
      return '';
    });
  return [rest.trim(), modifiers];
}

function operandOf(source: string): Operand {
  let text = source;
  const unwrap = (pattern: RegExp): boolean => {
    const inner = pattern.exec(text)?.[1];
    if (inner !== undefined) text = inner;
    return inner !== undefined;
  };
  const signed = unwrap(/^sext\((.*)\)$/);
  let negated = unwrap(/^-(?=[vsae|])(.*)$/);
  let absolute = unwrap(/^\|(.*)\|$/);
  negated = unwrap(/^neg\((.*)\)$/) || negated;
  absolute = unwrap(/^abs\((.*)\)$/) || absolute;
  const register = (kind: 'v' | 's', n: number, count: number): Register => ({
    kind,
    n,
    count,
    negated,
    absolute,
    signed,
  });
  if (text in NAMED) return register('s', NAMED[text], text === 'vcc' || text === 'exec' ? 2 : 1);
  if (text === 'scc' || text === 'src_scc') return { kind: 'scc' };
  if (text === 'off') return { kind: 'literal', bits: 0, high: 0 };
  const [, kind, single, first = single, last = first] = /^([vs])(?:(\d+)|\[(\d+):(\d+)\])$/.exec(text) ?? [];
  if (kind === 'v' || kind === 's') return register(kind, Number(first), Number(last) - Number(first) + 1);
  if (/^-?\d+\.\d+(e[-+]?\d+)?$/.test(text))
    return { kind: 'literal', bits: f2u(Number(text)), high: 0, float: Number(text) };
  if (/^-?(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const value = text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
    return { kind: 'literal', bits: value >>> 0, high: Math.floor(value / 2 ** 32) >>> 0 };
  }
  throw new Error(`the emulator does not know the operand ${source}`);
}

/** JavaScript that reads an operand; `part` is a byte or word of it, as `src0_sel` names it. */
export function read(operand: Operand, type: ValueType, part?: unknown): string {
  if (operand.kind === 'scc') return '(w.scc)';
  if (operand.kind === 'literal') return literalText(operand, type);
  const { kind, n, negated, absolute } = operand;
  const raw = kind === 'v' ? `V[${n * 64}+l]` : `S[${n}]`;
  let text = raw;
  if (typeof part === 'string' && part !== 'DWORD') text = readPart(operand, raw, type, part);
  else if (type === 'f') text = kind === 'v' ? `F[${n * 64}+l]` : `SF[${n}]`;
  else if (type === 'i') text = `(${raw}|0)`;
  else if (type === 'h') text = `H.H2F[${raw}&0xffff]`;
  if (type === 'f' || type === 'h') {
    if (absolute) text = `Math.abs(${text})`;
    if (negated) text = `(-${text})`;
  } else if (type === 'u') {
    if (absolute) text = `(${text}&0x7fffffff)`;
    if (negated) text = `((${text}^0x80000000)>>>0)`;
  }
  return text;
}

function literalText({ bits, float }: Literal, type: ValueType): string {
  const value = { f: float ?? u2f(bits), h: float ?? H2F[bits & 0xffff], i: bits | 0, u: bits }[type];
  if (Number.isNaN(value)) return '(0/0)';
  return type === 'u' ? String(value) : `(${value})`;
}

function readPart({ signed }: Register, raw: string, type: ValueType, part: string): string {
  const { shift, bits } = partOf(part);
  const field = `((${raw}>>>${shift})&${2 ** bits - 1})`;
  if (type === 'h') return `H.H2F[${field}]`;
  return signed ? `((${raw}<<${32 - shift - bits})>>${32 - bits})` : field;
}

/** `WORD_1` is 16 bits at bit 16. */
export function partOf(part: string): { readonly shift: number; readonly bits: number } {
  const [kind, index] = part.split('_');
  const bits = kind === 'WORD' ? 16 : 8;
  return { shift: Number(index) * bits, bits };
}

/** JavaScript that reads one half of an operand as a float16. */
export function readHalf(operand: Operand, high: boolean, negated: boolean): string {
  let text: string;
  if (operand.kind === 'literal') {
    const { float, bits } = operand;
    // An inline constant fills the low half.
    if (float !== undefined) text = high ? '0' : String(float);
    else text = String(H2F[high ? bits >>> 16 : bits & 0xffff]);
  } else {
    const { kind, n } = registerOf(operand);
    text = `H.H2F[(${kind === 'v' ? `V[${n * 64}+l]` : `S[${n}]`}>>>${high ? 16 : 0})&0xffff]`;
    if (registerOf(operand).absolute) text = `Math.abs(${text})`;
  }
  return negated ? `((-${text}))` : `(${text})`;
}

/** JavaScript that reads the upper 32 bits of a 64-bit scalar operand. */
export function readHigh(operand: Operand): string {
  if (operand.kind === 'literal') return String(operand.high);
  return `S[${registerOf(operand).n + 1}]`;
}

export function registerOf(operand: Operand): Register {
  if (operand.kind === 'v' || operand.kind === 's') return operand;
  throw new Error(`the emulator expects a register, not a ${operand.kind}`);
}

/** A vector register in JavaScript, the i-th of a group. */
export function vector(operand: Operand, i = 0): string {
  return `V[${(registerOf(operand).n + i) * 64}+l]`;
}

/** A scalar register in JavaScript, the i-th of a group. */
export function scalar(operand: Operand, i = 0): string {
  return `S[${registerOf(operand).n + i}]`;
}

/** The code after a write to a scalar register: if the register is exec, it updates the active lanes. */
export function afterWrite(operand: Operand | undefined): string {
  if (operand === undefined || operand.kind !== 's') return '';
  return operand.n + operand.count > EXEC ? ';w.sync()' : '';
}

export function isNull(operand: Operand): boolean {
  return operand.kind === 's' && operand.n === NULL;
}

export function numberOf(modifiers: Modifiers, name: string): number {
  const value = modifiers[name];
  return typeof value === 'number' ? value : 0;
}

export function listOf(modifiers: Modifiers, name: string): readonly number[] | undefined {
  const value = modifiers[name];
  return typeof value === 'object' ? value : undefined;
}
