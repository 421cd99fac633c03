/** What the vector instructions do, as JavaScript text over the state that operands.ts describes. */
import {
  afterWrite,
  EXEC,
  listOf,
  numberOf,
  partOf,
  read,
  readHalf,
  registerOf,
  scalar,
  VCC,
  vector,
  type Decoded,
  type Operand,
  type ValueType,
} from './operands';
import { COMPARISONS, fill } from './scalar';

/** w: the low 16 bits; the other half keeps its value. */
type ResultType = ValueType | 'w';

/** Types of the sources, type of the result, and the result as an expression of the sources and the old destination d. */
type Formula = readonly [sources: string, result: ResultType, expression: string];

const FLOAT: Readonly<Record<string, readonly [count: number, expression: string]>> = {
  add: [2, 'a+b'],
  sub: [2, 'a-b'],
  subrev: [2, 'b-a'],
  mul: [2, 'a*b'],
  max: [2, 'Math.max(a,b)'],
  min: [2, 'Math.min(a,b)'],
  fma: [3, 'a*b+c'],
  fmaak: [3, 'a*b+c'],
  fmamk: [3, 'a*b+c'],
  mad: [3, 'a*b+c'],
  fmac: [2, 'a*b+d'],
  mac: [2, 'a*b+d'],
  med3: [3, 'H.med3(a,b,c)'],
  max3: [3, 'Math.max(a,b,c)'],
  min3: [3, 'Math.min(a,b,c)'],
  rcp: [1, '1/a'],
  rcp_iflag: [1, '1/a'],
  rsq: [1, '1/Math.sqrt(a)'],
  sqrt: [1, 'Math.sqrt(a)'],
  exp: [1, '2**a'],
  log: [1, 'Math.log2(a)'],
  floor: [1, 'Math.floor(a)'],
  ceil: [1, 'Math.ceil(a)'],
  trunc: [1, 'Math.trunc(a)'],
  rndne: [1, 'H.rte(a)'],
  fract: [1, '(a-Math.floor(a))'],
};

/** Names without `v_`; several that do the same share a line. */
const INTEGER: Readonly<Record<string, Formula>> = {
  'add_nc_u32 add_u32 add_nc_i32': ['uu', 'u', 'a+b'],
  'sub_nc_u32 sub_u32': ['uu', 'u', 'a-b'],
  'subrev_nc_u32 subrev_u32': ['uu', 'u', 'b-a'],
  add_nc_u16: ['uu', 'w', 'a+b'],
  sub_nc_u16: ['uu', 'w', 'a-b'],
  lshlrev_b16: ['uu', 'w', '(b&0xffff)<<(a&15)'],
  lshrrev_b16: ['uu', 'w', '(b&0xffff)>>>(a&15)'],
  mul_lo_u16: ['uu', 'w', 'Math.imul(a&0xffff,b&0xffff)'],
  'mul_lo_u32 mul_lo_i32': ['uu', 'u', 'Math.imul(a,b)'],
  mul_hi_u32: ['uu', 'u', 'H.mulhu(a,b)'],
  mul_hi_i32: ['uu', 'u', 'H.mulhi(a,b)'],
  mul_u32_u24: ['uu', 'u', 'Math.imul(a&0xffffff,b&0xffffff)'],
  mul_i32_i24: ['uu', 'u', 'Math.imul((a<<8)>>8,(b<<8)>>8)'],
  mad_u32_u24: ['uuu', 'u', 'Math.imul(a&0xffffff,b&0xffffff)+c'],
  mad_i32_i24: ['uuu', 'u', 'Math.imul((a<<8)>>8,(b<<8)>>8)+c'],
  mad_u32_u16: ['uuu', 'u', 'Math.imul(a&0xffff,b&0xffff)+c'],
  lshlrev_b32: ['uu', 'u', 'b<<(a&31)'],
  lshrrev_b32: ['uu', 'u', 'b>>>(a&31)'],
  ashrrev_i32: ['uu', 'u', 'b>>(a&31)'],
  lshl_add_u32: ['uuu', 'u', '(a<<(b&31))+c'],
  add_lshl_u32: ['uuu', 'u', '(a+b)<<(c&31)'],
  lshl_or_b32: ['uuu', 'u', '(a<<(b&31))|c'],
  and_or_b32: ['uuu', 'u', '(a&b)|c'],
  or3_b32: ['uuu', 'u', 'a|b|c'],
  xor3_b32: ['uuu', 'u', 'a^b^c'],
  xad_u32: ['uuu', 'u', '(a^b)+c'],
  add3_u32: ['uuu', 'u', 'a+b+c'],
  and_b32: ['uu', 'u', 'a&b'],
  or_b32: ['uu', 'u', 'a|b'],
  xor_b32: ['uu', 'u', 'a^b'],
  xnor_b32: ['uu', 'u', '~(a^b)'],
  not_b32: ['u', 'u', '~a'],
  min_u32: ['uu', 'u', 'Math.min(a,b)'],
  max_u32: ['uu', 'u', 'Math.max(a,b)'],
  min_i32: ['ii', 'u', 'Math.min(a,b)'],
  max_i32: ['ii', 'u', 'Math.max(a,b)'],
  min3_u32: ['uuu', 'u', 'Math.min(a,b,c)'],
  max3_u32: ['uuu', 'u', 'Math.max(a,b,c)'],
  min3_i32: ['iii', 'u', 'Math.min(a,b,c)'],
  max3_i32: ['iii', 'u', 'Math.max(a,b,c)'],
  med3_i32: ['iii', 'u', 'H.med3(a,b,c)'],
  med3_u32: ['uuu', 'u', 'H.med3(a,b,c)'],
  bfe_u32: ['uuu', 'u', 'H.bfeu(a,b&31,c&31)'],
  bfe_i32: ['uuu', 'u', 'H.bfei(a,b&31,c&31)'],
  bfi_b32: ['uuu', 'u', '(a&b)|(~a&c)'],
  bfrev_b32: ['u', 'u', 'H.brev(a)'],
  bcnt_u32_b32: ['uu', 'u', 'H.bcnt(a)+b'],
  alignbit_b32: ['uuu', 'u', '(c&31)?((b>>>(c&31))|(a<<(32-(c&31)))):b'],
  sad_u32: ['uuu', 'u', 'Math.abs(a-b)+c'],
  perm_b32: ['uuu', 'u', 'H.perm(a,b,c)'],
  mov_b32: ['u', 'u', 'a'],
  mov_b16: ['u', 'w', 'a'],
  pack_b32_f16: ['uu', 'u', '(a&0xffff)|(b<<16)'],
  cvt_f32_u32: ['u', 'f', 'a'],
  cvt_f32_i32: ['i', 'f', 'a'],
  cvt_u32_f32: ['f', 'u', 'H.f2uSat(a)'],
  cvt_i32_f32: ['f', 'u', 'H.f2iSat(a)'],
  cvt_f32_f16: ['h', 'f', 'a'],
  cvt_f16_f32: ['f', 'h', 'a'],
  cvt_f16_u16: ['u', 'h', '(a&0xffff)'],
  cvt_f16_i16: ['u', 'h', '((a<<16)>>16)'],
  cvt_u16_f16: ['h', 'w', 'Math.max(0,Math.min(65535,Math.trunc(a)))'],
  'cvt_pkrtz_f16_f32 cvt_pk_rtz_f16_f32': ['ff', 'u', 'H.f2h(a)|(H.f2h(b)<<16)'],
  cvt_f32_ubyte0: ['u', 'f', '(a&255)'],
  cvt_f32_ubyte1: ['u', 'f', '((a>>>8)&255)'],
  cvt_f32_ubyte2: ['u', 'f', '((a>>>16)&255)'],
  cvt_f32_ubyte3: ['u', 'f', '(a>>>24)'],
};

const FORMULAS: ReadonlyMap<string, Formula> = new Map([
  ...Object.entries(FLOAT).flatMap(([name, [count, expression]]): [string, Formula][] => [
    [`v_${name}_f32`, ['f'.repeat(count), 'f', expression]],
    [`v_${name}_f16`, ['h'.repeat(count), 'h', expression]],
  ]),
  ['v_mul_legacy_f32', ['ff', 'f', 'a*b']],
  ...Object.entries(INTEGER).flatMap(([names, formula]) =>
    names.split(' ').map((name): [string, Formula] => [`v_${name}`, formula]),
  ),
]);

export function vectorEffect(instruction: Decoded): string {
  const body =
    acrossLanes(instruction) ??
    comparison(instruction) ??
    withMask(instruction) ??
    packed(instruction) ??
    mixed(instruction) ??
    byFormula(instruction);
  if (body === undefined) throw new Error(`the emulator does not know ${instruction.text}`);
  return body;
}

function eachLane(body: string): string {
  return `for(let l=0;l<W;l++)if(E[l])${body}`;
}

/** The bit of lane l in a mask that lies in a pair of scalar registers. */
function laneBit(mask: Operand): string {
  return `((l<32?${scalar(mask)}>>>l:${scalar(mask, 1)}>>>(l-32))&1)`;
}

const SET_BIT = '{if(l<32)lo|=1<<l;else hi|=1<<(l-32)}';

/** Instructions in which a lane reads other lanes, or the scalar registers read a lane. */
function acrossLanes({ name, operands: [target, a, b, c] }: Decoded): string | undefined {
  switch (name) {
    case 'v_nop':
      return '';
    case 'v_permlane16_b32':
    case 'v_permlanex16_b32': {
      const row = `((l&~15)${name === 'v_permlanex16_b32' ? '^16' : ''})`;
      const picked = '(l&15)<8?(a>>>(4*(l&7)))&15:(b>>>(4*(l&7)))&15';
      const gather = `T[l]=V[${registerOf(a).n * 64}+s]`;
      return `const T=w.tmp,a=${read(b, 'u')}>>>0,b=${read(c, 'u')}>>>0;for(let l=0;l<W;l++){const k=${picked};const s=${row}|k;${gather}}${eachLane(`${vector(target)}=T[l]`)}`;
    }
    case 'v_readfirstlane_b32':
      return `let k=0;for(let l=0;l<W;l++)if(E[l]){k=l;break}{const l=k;${scalar(target)}=${read(a, 'u')}}${afterWrite(target)}`;
    case 'v_readlane_b32':
      return `const l=${read(b, 'u')}&63;${scalar(target)}=${read(a, 'u')}${afterWrite(target)}`;
    case 'v_writelane_b32':
      return `const l=${read(b, 'u')}&63;${vector(target)}=${read(a, 'u')}`;
    case 'v_mbcnt_lo_u32_b32':
      return eachLane(`${vector(target)}=H.bcnt(${read(a, 'u')}&(l>=32?-1:((1<<l)-1)))+${read(b, 'u')}`);
    case 'v_mbcnt_hi_u32_b32':
      return eachLane(`${vector(target)}=H.bcnt(${read(a, 'u')}&(l<=32?0:((1<<(l-32))-1)))+${read(b, 'u')}`);
    case 'v_swap_b32':
      return eachLane(`{const t=${vector(target)};${vector(target)}=${vector(a)};${vector(a)}=t}`);
    case 'v_lshlrev_b64':
    case 'v_lshrrev_b64': {
      const high = b.kind === 'literal' ? String(b.high) : registerOf(b).kind === 'v' ? vector(b, 1) : scalar(b, 1);
      const kind = name === 'v_lshlrev_b64' ? 'left' : 'right';
      const shifted = `const r=H.shift64('${kind}',${read(b, 'u')},${high},${read(a, 'u')})`;
      return eachLane(`{${shifted};${vector(target)}=r[0];${vector(target, 1)}=r[1]}`);
    }
  }
  return undefined;
}

const COMPARED: Readonly<Record<string, ValueType>> = { f32: 'f', i32: 'i', u32: 'u', f16: 'h', u16: 'u', i16: 'i' };

function comparison({ name, operands }: Decoded): string | undefined {
  const [, kind, relation, suffix] = /^v_(cmpx?)_(\w+?)_(f32|i32|u32|f16|u16|i16)$/.exec(name) ?? [];
  const operator = COMPARISONS[relation];
  if (operator === undefined) return undefined;
  // v_cmpx writes exec, but RDNA3 does not name it in the text.
  const toExec = kind === 'cmpx';
  const [a, b] = toExec && operands.length === 2 ? operands : operands.slice(1);
  const target = toExec ? EXEC : registerOf(operands[0]).n;
  const mask = suffix === 'u16' ? '&0xffff' : '';
  const side = (operand: Operand): string => `(${read(operand, COMPARED[suffix])}${mask})`;
  const negated = operator.startsWith('!') && operator !== '!==';
  const test = `${side(a)}${negated ? operator.slice(1) : operator}${side(b)}`;
  const gather = `let lo=0,hi=0;for(let l=0;l<W;l++)if(E[l]&&(${negated ? `!(${test})` : test}))${SET_BIT}`;
  const sync = toExec ? ';w.sync()' : afterWrite(operands[0]);
  return `${gather}S[${target}]=lo;S[${target + 1}]=hi${sync}`;
}

/** Instructions that take or give a bit per lane. */
function withMask({ name, operands, modifiers }: Decoded): string | undefined {
  if (name === 'v_cndmask_b32') {
    const [
      target,
      ifClear,
      ifSet,
      mask = { kind: 's', n: VCC, count: 2, negated: false, absolute: false, signed: false },
    ] = operands;
    const bit = mask.kind === 'literal' ? `(${mask.bits}?1:0)` : laneBit(mask);
    const [set, clear] = [read(ifSet, 'u', modifiers.src1_sel), read(ifClear, 'u', modifiers.src0_sel)];
    return eachLane(`${vector(target)}=${bit}?${set}:${clear}`);
  }
  const [, kind, carryIn] = /^v_(add|sub|subrev)_co_(ci_)?u32$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const [target, carry, first, second, incoming] = operands;
  const [a, b] = kind === 'subrev' ? [second, first] : [first, second];
  const sign = kind === 'add' ? '+' : '-';
  const sum = `${read(a, 'u')}${sign}${read(b, 'u')}${carryIn ? `${sign}${laneBit(incoming)}` : ''}`;
  const lane = `{const r=${sum};if(r>4294967295||r<0)${SET_BIT}${vector(target)}=r}`;
  return `let lo=0,hi=0;${eachLane(lane)}${scalar(carry)}=lo;${scalar(carry, 1)}=hi`;
}

const PACKED_FLOAT: Readonly<Record<string, string>> = {
  fma: 'a*b+c',
  fmac: 'a*b+c',
  add: 'a+b',
  mul: 'a*b',
  max: 'Math.max(a,b)',
  min: 'Math.min(a,b)',
};

const PACKED_INTEGER: Readonly<Record<string, string>> = {
  add: 'a+b',
  sub: 'a-b',
  lshlrev: 'b<<(a&15)',
  mul_lo: 'Math.imul(a,b)',
};

/** Two 16-bit operations at once. */
function packed({ name, operands, modifiers }: Decoded): string | undefined {
  const [target, ...sources] = operands;
  const select = [listOf(modifiers, 'op_sel') ?? [], listOf(modifiers, 'op_sel_hi') ?? [1, 1, 1]];
  const negate = [listOf(modifiers, 'neg_lo') ?? [], listOf(modifiers, 'neg_hi') ?? []];
  const isHigh = (half: 0 | 1, i: number): boolean => Boolean(select[half][i] ?? half);
  const letters = (values: readonly string[]): Record<string, string> =>
    Object.fromEntries(values.map((value, i) => ['abc'[i], value]));

  const [, float] = /^v_pk_(fma|add|mul|max|min|fmac)_f16$/.exec(name) ?? [];
  if (float !== undefined) {
    const result = (half: 0 | 1): string => {
      const values = sources.map((source, i) => readHalf(source, isHigh(half, i), Boolean(negate[half][i])));
      if (float === 'fmac') values.push(readHalf(target, half === 1, false));
      const value = fill(PACKED_FLOAT[float], letters(values));
      return `H.f2h(${modifiers.clamp ? `Math.min(1,Math.max(0,${value}))` : value})`;
    };
    return eachLane(`${vector(target)}=${result(0)}|(${result(1)}<<16)`);
  }

  const [, integer] = /^v_pk_(add|sub|lshlrev|mul_lo)_[uib]16$/.exec(name) ?? [];
  if (integer === undefined) return undefined;
  const result = (half: 0 | 1): string => {
    const values = sources.map((source, i) => `((${read(source, 'u')}>>>${isHigh(half, i) ? 16 : 0})&0xffff)`);
    return `((${fill(PACKED_INTEGER[integer], letters(values))})&0xffff)`;
  };
  return eachLane(`${vector(target)}=${result(0)}|(${result(1)}<<16)`);
}

/** A multiply-add whose sources are float16 or float32; `op_sel_hi` selects which. */
function mixed({ name, operands: [target, ...sources], modifiers }: Decoded): string | undefined {
  const [, half] = /^v_fma_mix(lo|hi)?_(?:f32|f16)$/.exec(name) ?? [];
  if (!name.startsWith('v_fma_mix')) return undefined;
  const isHalf = listOf(modifiers, 'op_sel_hi') ?? [0, 0, 0];
  const isHigh = listOf(modifiers, 'op_sel') ?? [];
  const [a, b, c] = sources.map((source, i) =>
    isHalf[i] ? readHalf(source, Boolean(isHigh[i]), source.kind === 'v' && source.negated) : read(source, 'f'),
  );
  const d = vector(target);
  const sum = `${a}*${b}+${c}`;
  if (half === 'lo') return eachLane(`${d}=(${d}&0xffff0000)|H.f2h(${sum})`);
  if (half === 'hi') return eachLane(`${d}=(${d}&0xffff)|(H.f2h(${sum})<<16)`);
  return eachLane(`F[${registerOf(target).n * 64}+l]=${sum}`);
}

function byFormula(instruction: Decoded): string | undefined {
  const { name, encoding, operands, modifiers } = instruction;
  const formula = FORMULAS.get(name);
  if (formula === undefined) return undefined;
  const [types, result, expression] = formula;
  const [target, ...sources] = operands;
  const opSel = listOf(modifiers, 'op_sel');
  const parts = encoding === 'sdwa' ? [modifiers.src0_sel, modifiers.src1_sel] : [];
  const values: Record<string, string> = Object.fromEntries(
    types.split('').map((type, i) => ['abc'[i], valueOf(sources[i], type as ValueType, opSel?.[i], parts[i], result)]),
  );
  const at = registerOf(target).n * 64;
  values.d = types.startsWith('f') ? `F[${at}+l]` : `H.H2F[V[${at}+l]&0xffff]`;
  if (encoding === 'dpp') values.a = fromNeighbour(types[0] as ValueType, sources[0]);

  let value = fill(expression, values);
  if (modifiers.clamp && result === 'f') value = `Math.min(1,Math.max(0,${value}))`;
  if (modifiers.mul !== undefined) value = `(${value})*${numberOf(modifiers, 'mul')}`;
  if (modifiers.div !== undefined) value = `(${value})/${numberOf(modifiers, 'div')}`;
  const store = storing(instruction, value, result, Boolean(opSel?.[types.length]));
  if (encoding !== 'dpp') return eachLane(store);
  return `${neighbours(instruction)}for(let l=0;l<W;l++)if(E[l]&&K[l])${store}`;
}

function valueOf(
  operand: Operand,
  type: ValueType,
  high: number | undefined,
  part: unknown,
  result: ResultType,
): string {
  if (high !== undefined && operand.kind !== 'literal') {
    if (type === 'h') return readHalf(operand, Boolean(high), registerOf(operand).negated);
    if (type === 'u' && result === 'w' && high) return `(${read(operand, 'u')}>>>16)`;
  }
  return read(operand, type, part);
}

/** Writes a value to the part of the destination that the instruction names. */
function storing(
  { encoding, operands: [target], modifiers }: Decoded,
  value: string,
  type: ResultType,
  high: boolean,
): string {
  const d = vector(target);
  const part = modifiers.dst_sel;
  if (encoding === 'sdwa' && typeof part === 'string' && part !== 'DWORD') {
    const { shift, bits } = partOf(part);
    const mask = 2 ** bits - 1;
    const asBits = type === 'h' ? `H.f2h(${value})` : type === 'f' ? `H.f2u(${value})` : `(${value})`;
    const field = `((${asBits}&${mask})<<${shift})`;
    return modifiers.dst_unused === 'UNUSED_PRESERVE' ? `${d}=(${d}&~${mask << shift})|${field}` : `${d}=${field}`;
  }
  if (type === 'f') return `F[${registerOf(target).n * 64}+l]=${value}`;
  if (type !== 'h' && type !== 'w') return `${d}=${value}`;
  const half = type === 'h' ? `H.f2h(${value})` : `((${value})&0xffff)`;
  return high ? `${d}=(${d}&0xffff)|(${half}<<16)` : `${d}=(${d}&0xffff0000)|${half}`;
}

/** DPP: the first source comes from another lane s. Lanes whose s is out of reach may be left unchanged. */
function neighbours({ text, operands: [, from], modifiers }: Decoded): string {
  const lane = neighbourOf(modifiers);
  if (lane === undefined) throw new Error(`the emulator does not know the lanes of ${text}`);
  const rows = modifiers.row_mask ?? 15;
  const banks = modifiers.bank_mask ?? 15;
  const outOfReach = modifiers.bound_ctrl !== undefined || modifiers.fi !== undefined ? 1 : 0;
  const fetch = `T[l]=ok?V[${registerOf(from).n * 64}+s]:0`;
  const keep = `K[l]=((${String(rows)}>>>(l>>4))&1)&&((${String(banks)}>>>((l>>2)&3))&1)&&(ok||${outOfReach})?1:0`;
  return `const T=w.tmp,K=w.tmp2;for(let l=0;l<W;l++){const s=${lane};const ok=s>=0&&E[s];${fetch};${keep}}`;
}

function neighbourOf(modifiers: Decoded['modifiers']): string | undefined {
  const by = (name: string): number | undefined =>
    modifiers[name] === undefined ? undefined : numberOf(modifiers, name);
  const list = listOf(modifiers, 'quad_perm') ?? listOf(modifiers, 'dpp8');
  if (list !== undefined) return `(l&~${list.length - 1})|[${list.join(',')}][l&${list.length - 1}]`;
  if (by('row_shr') !== undefined) return `(l&15)>=${by('row_shr')}?l-${by('row_shr')}:-1`;
  if (by('row_shl') !== undefined) return `(l&15)+${by('row_shl')}<16?l+${by('row_shl')}:-1`;
  if (by('row_ror') !== undefined) return `(l&~15)|((l-${by('row_ror')})&15)`;
  if (by('row_xmask') !== undefined) return `l^${by('row_xmask')}`;
  if (by('row_share') !== undefined) return `(l&~15)|${by('row_share')}`;
  if (modifiers.row_mirror) return '(l&~15)|(15-(l&15))';
  if (modifiers.row_half_mirror) return '(l&~7)|(7-(l&7))';
  return undefined;
}

function fromNeighbour(type: ValueType, operand: Operand): string {
  const value = { f: 'H.u2f(T[l])', h: 'H.H2F[T[l]&0xffff]', i: '(T[l]|0)', u: 'T[l]' }[type];
  return operand.kind === 'v' && operand.negated && type !== 'u' ? `(-${value})` : value;
}
