/** What the scalar instructions do, as JavaScript text over the state that operands.ts describes. */
import { afterWrite, EXEC, read, readHigh, scalar, type Decoded, type Operand, type ValueType } from './operands';

/** Type of the sources, and the result as an expression of the sources a, b and the old destination d. */
type Formula = readonly [type: 'u' | 'i', expression: string];

/** These do not change the condition code. */
const PLAIN: Readonly<Record<string, Formula>> = {
  s_mov_b32: ['u', 'a'],
  s_movk_i32: ['i', 'a'],
  s_mul_i32: ['u', 'Math.imul(a,b)'],
  s_mulk_i32: ['i', 'Math.imul(d,a)'],
  s_mul_hi_u32: ['u', 'H.mulhu(a,b)'],
  s_mul_hi_i32: ['u', 'H.mulhi(a,b)'],
  s_cselect_b32: ['u', 'w.scc?a:b'],
  s_cmov_b32: ['u', 'w.scc?a:d'],
  s_cmovk_i32: ['i', 'w.scc?a:d'],
  s_brev_b32: ['u', 'H.brev(a)'],
  s_pack_ll_b32_b16: ['u', '(a&0xffff)|(b<<16)'],
  s_pack_lh_b32_b16: ['u', '(a&0xffff)|(b&0xffff0000)'],
  s_pack_hh_b32_b16: ['u', '(a>>>16)|(b&0xffff0000)'],
  s_sext_i32_i16: ['u', '(a<<16)>>16'],
  s_sext_i32_i8: ['u', '(a<<24)>>24'],
  s_ff1_i32_b32: ['u', 'H.ffs(a)'],
  s_ctz_i32_b32: ['u', 'H.ffs(a)'],
  s_flbit_i32_b32: ['u', 'H.flz(a)'],
  s_clz_i32_u32: ['u', 'H.flz(a)'],
  s_bfm_b32: ['u', '((1<<(a&31))-1)<<(b&31)'],
  s_bitset0_b32: ['u', 'd&~(1<<(a&31))'],
  s_bitset1_b32: ['u', 'd|(1<<(a&31))'],
};

/** These set the condition code to 1 if the result is not zero. */
const TESTING: Readonly<Record<string, Formula>> = {
  s_not_b32: ['u', '~a'],
  s_and_b32: ['u', 'a&b'],
  s_or_b32: ['u', 'a|b'],
  s_xor_b32: ['u', 'a^b'],
  s_andn2_b32: ['u', 'a&~b'],
  s_and_not1_b32: ['u', 'a&~b'],
  s_orn2_b32: ['u', 'a|~b'],
  s_or_not1_b32: ['u', 'a|~b'],
  s_lshl_b32: ['u', 'a<<(b&31)'],
  s_lshr_b32: ['u', 'a>>>(b&31)'],
  s_ashr_i32: ['i', 'a>>(b&31)'],
  s_bfe_u32: ['u', 'H.bfeu(a,b&31,(b>>>16)&127)'],
  s_bfe_i32: ['u', 'H.bfei(a,b&31,(b>>>16)&31)'],
  s_abs_i32: ['i', 'Math.abs(a)'],
  s_absdiff_i32: ['i', 'Math.abs(a-b)'],
  s_bcnt1_i32_b32: ['u', 'H.bcnt(a)'],
};

const UNSIGNED_CARRY = 'r>4294967295||r<0';
const SIGNED_OVERFLOW = 'r>2147483647||r<-2147483648';

/** These set the condition code to a carry or an overflow of the result r. */
const CARRYING: Readonly<Record<string, readonly [...Formula, overflow: string]>> = {
  s_add_u32: ['u', 'a+b', UNSIGNED_CARRY],
  s_addc_u32: ['u', 'a+b+w.scc', UNSIGNED_CARRY],
  s_sub_u32: ['u', 'a-b', UNSIGNED_CARRY],
  s_subb_u32: ['u', 'a-b-w.scc', UNSIGNED_CARRY],
  s_add_i32: ['i', 'a+b', SIGNED_OVERFLOW],
  s_sub_i32: ['i', 'a-b', SIGNED_OVERFLOW],
  s_addk_i32: ['i', '(d|0)+a', SIGNED_OVERFLOW],
  s_lshl1_add_u32: ['u', '((a<<1)>>>0)+b', UNSIGNED_CARRY],
  s_lshl2_add_u32: ['u', '((a<<2)>>>0)+b', UNSIGNED_CARRY],
  s_lshl3_add_u32: ['u', '((a<<3)>>>0)+b', UNSIGNED_CARRY],
  s_lshl4_add_u32: ['u', '((a<<4)>>>0)+b', UNSIGNED_CARRY],
  s_min_i32: ['i', 'Math.min(a,b)', 'a<b'],
  s_max_i32: ['i', 'Math.max(a,b)', 'a>b'],
  s_min_u32: ['u', 'Math.min(a,b)', 'a<b'],
  s_max_u32: ['u', 'Math.max(a,b)', 'a>b'],
};

/** On each half of 64 bits. */
const LOGIC: Readonly<Record<string, string>> = {
  and: 'a&b',
  or: 'a|b',
  xor: 'a^b',
  andn2: 'a&~b',
  and_not1: 'a&~b',
  orn2: 'a|~b',
  or_not1: 'a|~b',
  nand: '~(a&b)',
  nor: '~(a|b)',
  xnor: '~(a^b)',
};

const SHIFTS: Readonly<Record<string, string>> = { s_lshl_b64: 'left', s_lshr_b64: 'right', s_ashr_i64: 'arithmetic' };

/** JavaScript operators by the comparisons of the ISA; `!<` is the negation, which differs for NaN. */
export const COMPARISONS: Readonly<Record<string, string>> = {
  lt: '<',
  eq: '===',
  le: '<=',
  gt: '>',
  lg: '!==',
  ne: '!==',
  ge: '>=',
  nlt: '!<',
  neq: '!==',
  nle: '!<=',
  ngt: '!>',
  nge: '!>=',
  nlg: '===',
};

/** Replaces the letters of a formula with texts. */
export function fill(expression: string, values: Readonly<Record<string, string>>): string {
  return expression.replace(/\b[abcd]\b/g, (letter) => values[letter]);
}

/** The condition of an `s_cbranch`. */
export const CONDITIONS: Readonly<Record<string, string>> = {
  scc0: '!w.scc',
  scc1: 'w.scc',
  execz: '!(S[126]|S[127])',
  execnz: '(S[126]|S[127])',
  vccz: '!(S[106]|S[107])',
  vccnz: '(S[106]|S[107])',
};

export function scalarEffect(instruction: Decoded): string {
  const { name, operands } = instruction;
  const comparison = compare(instruction);
  if (comparison !== undefined) return comparison;
  const [target] = operands;
  const formula = PLAIN[name] ?? TESTING[name] ?? CARRYING[name];
  const body = formula === undefined ? wide(instruction) : narrow(name, formula, operands);
  if (body === undefined) throw new Error(`the emulator does not know ${instruction.text}`);
  return body + afterWrite(target);
}

function narrow(name: string, [type, expression]: readonly string[], operands: readonly Operand[]): string {
  const d = scalar(operands[0]);
  const values = valuesOf(operands, type as ValueType);
  const result = fill(expression, { ...values, d });
  if (name in CARRYING) return `const r=${result};w.scc=${fill(CARRYING[name][2], values)}?1:0;${d}=r`;
  return name in TESTING ? `${d}=${result};w.scc=${d}?1:0` : `${d}=${result}`;
}

function valuesOf([, a, b]: readonly Operand[], type: ValueType): Record<string, string> {
  return { ...(a && { a: read(a, type) }), ...(b && { b: read(b, type) }) };
}

function compare({ name, operands }: Decoded): string | undefined {
  const [a, b] = operands;
  const [, relation, type] = /^s_cmpk?_(\w\w)_([iu])32$/.exec(name) ?? [];
  if (relation !== undefined) {
    return `w.scc=${read(a, type as ValueType)}${COMPARISONS[relation]}${read(b, type as ValueType)}?1:0`;
  }
  if (name === 's_cmp_eq_u64' || name === 's_cmp_lg_u64') {
    const equal = `${read(a, 'u')}===${read(b, 'u')}&&${readHigh(a)}===${readHigh(b)}`;
    return `w.scc=(${equal})${name === 's_cmp_eq_u64' ? '?1:0' : '?0:1'}`;
  }
  const [, bit] = /^s_bitcmp([01])_b32$/.exec(name) ?? [];
  return bit === undefined ? undefined : `w.scc=((${read(a, 'u')}>>>(${read(b, 'u')}&31))&1)===${bit}?1:0`;
}

/** Instructions on 64 bits. */
function wide({ name, operands }: Decoded): string | undefined {
  const [target, first, second] = operands;
  if (first === undefined) return undefined;
  const low = scalar(target);
  const high = (): string => scalar(target, 1);
  const { a = '', b = '' } = valuesOf(operands, 'u');
  const highA = readHigh(first);
  const both = (x: string, y: string): string => `const x=${x},y=${y};${low}=x;${high()}=y`;
  const test = ';w.scc=(x|y)?1:0';
  switch (name) {
    case 's_mov_b64':
      return both(a, highA);
    case 's_not_b64':
      return both(`~${a}`, `~${highA}`) + test;
    case 's_wqm_b64':
      return both(a, highA) + test;
    case 's_cselect_b64':
      return both(`w.scc?${a}:${b}`, `w.scc?${highA}:${readHigh(second)}`);
    case 's_bcnt1_i32_b64':
      return `${low}=H.bcnt(${a})+H.bcnt(${highA});w.scc=${low}?1:0`;
    case 's_bfm_b64':
      return `const m=H.shift64('right',-1,-1,64-(${a}&63)),[x,y]=(${a}&63)?H.shift64('left',m[0],m[1],${b}):[0,0];${low}=x;${high()}=y`;
    case 's_ff1_i32_b64':
    case 's_ctz_i32_b64':
      return `const x=${a},y=${highA};${low}=x?H.ffs(x):y?32+H.ffs(y):-1`;
    case 's_flbit_i32_b64':
    case 's_clz_i32_u64':
      return `const x=${a},y=${highA};${low}=y?H.flz(y):x?32+H.flz(x):-1`;
  }
  if (name in SHIFTS) {
    return `const [x,y]=H.shift64('${SHIFTS[name]}',${a},${highA},${b});${low}=x;${high()}=y${test}`;
  }
  const [, logic] = /^s_(\w+)_b64$/.exec(name) ?? [];
  if (logic in LOGIC) {
    const apply = (x: string, y: string): string => fill(LOGIC[logic], { a: x, b: y });
    return `const p=${a},q=${b},r=${highA},s=${readHigh(second)},x=${apply('p', 'q')},y=${apply('r', 's')};${low}=x;${high()}=y${test}`;
  }
  const [, masking] = /^s_(\w+)_saveexec_b64$/.exec(name) ?? [];
  if (masking in LOGIC) {
    const apply = (x: string, y: string): string => fill(LOGIC[masking], { a: x, b: y });
    const exec = `S[${EXEC}]=${apply('p', 'e')};S[${EXEC + 1}]=${apply('q', 'f')}`;
    return `const e=S[${EXEC}],f=S[${EXEC + 1}],p=${a},q=${highA};${low}=e;${high()}=f;${exec};w.scc=(S[${EXEC}]|S[${EXEC + 1}])?1:0;w.sync()`;
  }
  return undefined;
}
