/**
 * The effects of the instructions that reach memory, as JavaScript text over the state that operands.ts describes. Each
 * instruction moves the data itself, leaves the lanes' addresses in `w.addr`, and calls the wave's method that accounts for the
 * time.
 */
import { isNull, numberOf, read, registerOf, vector, type Decoded, type Modifiers, type Operand } from './operands';

/** Bytes by the name of a type, for the types that fill whole registers. */
const BYTES: Readonly<Record<string, number>> = {
  dword: 4,
  dwordx2: 8,
  dwordx3: 12,
  dwordx4: 16,
  dwordx8: 32,
  dwordx16: 64,
  b32: 4,
  b64: 8,
  b96: 12,
  b128: 16,
  b256: 32,
  b512: 64,
};

/** `s_load` reads a descriptor, `s_buffer_load` a buffer's words. */
export function scalarLoadEffect({ name, operands: [target, base, offset], modifiers }: Decoded): string {
  const [, buffer, type] = /^s_(buffer_)?load_(.+)$/.exec(name) ?? [];
  const at = offset === undefined || isNull(offset) ? '0' : read(offset, 'u');
  const method = buffer === undefined ? 'loadDescriptor' : 'loadScalar';
  const [to, from] = [registerOf(target).n, registerOf(base).n];
  return `w.${method}(${to},${BYTES[type] / 4},${from},(${at})+${numberOf(modifiers, 'offset')})`;
}

/** Loads of less than a register: bytes, where the value goes, and the value. */
const SHORT_LOADS: Readonly<Record<string, readonly [bytes: number, into: 'all' | 'low' | 'high', value: string]>> = {
  ushort: [2, 'all', 'D16[p>>>1]'],
  u16: [2, 'all', 'D16[p>>>1]'],
  sshort: [2, 'all', '((D16[p>>>1]<<16)>>16)'],
  i16: [2, 'all', '((D16[p>>>1]<<16)>>16)'],
  ubyte: [1, 'all', 'D8[p]'],
  u8: [1, 'all', 'D8[p]'],
  short_d16: [2, 'low', 'D16[p>>>1]'],
  d16_b16: [2, 'low', 'D16[p>>>1]'],
  short_d16_hi: [2, 'high', 'D16[p>>>1]'],
  d16_hi_b16: [2, 'high', 'D16[p>>>1]'],
};

/** Stores of less than a register; r is the register. */
const SHORT_STORES: Readonly<Record<string, readonly [bytes: number, statement: string]>> = {
  short: [2, 'D16[p>>>1]=r'],
  b16: [2, 'D16[p>>>1]=r'],
  short_d16_hi: [2, 'D16[p>>>1]=r>>>16'],
  d16_hi_b16: [2, 'D16[p>>>1]=r>>>16'],
  byte: [1, 'D8[p]=r'],
  b8: [1, 'D8[p]=r'],
};

/** Each lane accesses a buffer at its own offset. Beyond the buffer's end, a load gives zero and a store does nothing. */
export function bufferEffect({ name, text, operands, modifiers }: Decoded): string {
  const [data, offsets, descriptor, base] = operands;
  const [, access, type] = /^buffer_(load|store)_(.+)$/.exec(name) ?? [];
  const moved = type in BYTES ? wholeWords(access, type, data) : partOfWord(access, type, data);
  if (moved === undefined) throw new Error(`the emulator does not know ${text}`);
  const lane = offsets.kind === 'v' ? vector(offsets) : '0';
  const address = `${lane}+${base === undefined ? '0' : read(base, 'u')}+${numberOf(modifiers, 'offset')}`;
  return (
    `const B=w.buffer(${registerOf(descriptor).n}),lim=w.limit,A=w.addr,D=B.u32,D16=B.u16,D8=B.u8;` +
    `for(let l=0;l<W;l++){A[l]=-1;if(E[l]){const p=${address};A[l]=p;${moved.body}}}w.${access}(B,${moved.bytes})`
  );
}

interface Moved {
  readonly body: string;
  readonly bytes: number;
}

function wholeWords(access: string, type: string, data: Operand): Moved {
  const words = Array.from({ length: BYTES[type] / 4 }, (_, i) => {
    const [inside, word] = [`p+${4 * i + 4}<=lim`, `D[(p>>>2)+${i}]`];
    return access === 'load' ? `${vector(data, i)}=${inside}?${word}:0;` : `if(${inside})${word}=${vector(data, i)};`;
  });
  return { body: words.join(''), bytes: BYTES[type] };
}

function partOfWord(access: string, type: string, data: Operand): Moved | undefined {
  const r = vector(data);
  if (access === 'store') {
    const [bytes, statement] = SHORT_STORES[type] ?? [];
    if (bytes === undefined) return undefined;
    return { bytes, body: `if(p+${bytes}<=lim)${statement.replace(/\br\b/, r)};` };
  }
  const [bytes, into, value] = SHORT_LOADS[type] ?? [];
  if (bytes === undefined) return undefined;
  const loaded = `(p+${bytes}<=lim?${value}:0)`;
  const kept = { all: loaded, low: `(${r}&0xffff0000)|${loaded}`, high: `(${r}&0xffff)|(${loaded}<<16)` }[into];
  return { bytes, body: `${r}=${kept};` };
}

/**
 * Scratch: memory of one invocation, for spilt registers and arrays with a dynamic index. Its words are interleaved, so
 * that the lanes' words of one address are neighbours.
 */
export function scratchEffect({ name, text, operands, modifiers }: Decoded): string {
  const [, access, type] = /^scratch_(load|store)_(.+)$/.exec(name) ?? [];
  const bytes = BYTES[type];
  if (bytes === undefined) throw new Error(`the emulator does not know ${text}`);
  const [data, lane, base] = access === 'load' ? operands : [operands[1], operands[0], operands[2]];
  const address = `${read(lane, 'u')}+${scratchBase(base)}+${numberOf(modifiers, 'offset')}`;
  const words = Array.from({ length: bytes / 4 }, (_, i) => {
    const word = `X[w.scratchWord(p+${4 * i})+l]`;
    return access === 'load' ? `${vector(data, i)}=${word};` : `${word}=${vector(data, i)};`;
  });
  const method = access === 'load' ? 'scratchLoad' : 'scratchStore';
  return (
    `const X=w.scratch,A=w.addr;for(let l=0;l<W;l++){A[l]=-1;` +
    `if(E[l]){const p=(${address})>>>0;A[l]=p;${words.join('')}}}w.${method}(${bytes})`
  );
}

/** Mesa 22.3 writes "no base" for RDNA3 in RDNA2's form, which RDNA3's disassembler reads as exec_hi. */
function scratchBase(base: Operand): string {
  const isAbsent = base.kind === 's' && (isNull(base) || base.n === 127);
  return isAbsent ? '0' : read(base, 'u');
}

const LDS =
  /^ds_(read|write|load|store)(2|_2addr)?(st64)?_(?:stride64_)?(b32|b64|b96|b128|u16|i16|b16|u8|b8|u16_d16|u16_d16_hi|b16_d16_hi|i8)$/;

/** Workgroup memory, and the shuffles that go through its crossbar. */
export function ldsEffect(instruction: Decoded): string {
  const { name, text, operands, modifiers } = instruction;
  if (name === 'ds_permute_b32' || name === 'ds_bpermute_b32' || name === 'ds_swizzle_b32') return shuffle(instruction);
  const [, verb, pair, stride, type] = LDS.exec(name) ?? [];
  if (verb === undefined) throw new Error(`the emulator does not know ${text}`);
  const access = verb === 'read' || verb === 'load' ? 'load' : 'store';
  const [address, ...stored] = access === 'load' ? [operands[1]] : operands;
  const registers = access === 'load' ? [operands[0]] : stored;
  const spacing = stride !== undefined || name.includes('stride64') ? 64 : 1;
  const moved =
    pair === undefined
      ? ldsWords(access, type, registers, [numberOf(modifiers, 'offset')])
      : ldsWords(access, type, registers, pairOffsets(type, spacing, modifiers));
  return (
    `const L=w.lds,L16=w.lds16,A=w.addr;for(let l=0;l<W;l++){A[l]=-1;` +
    `if(E[l]){const p=${vector(address)}>>>0;A[l]=p+${moved.first};${moved.body}}}w.accessLds(${moved.bytes})`
  );
}

/** The offsets of a `read2` count in elements. */
function pairOffsets(type: string, spacing: number, modifiers: Modifiers): readonly number[] {
  const element = type === 'b64' ? 8 : 4;
  return ['offset0', 'offset1'].map((name) => numberOf(modifiers, name) * element * spacing);
}

function ldsWords(
  access: 'load' | 'store',
  type: string,
  registers: readonly Operand[],
  offsets: readonly number[],
): Moved & { readonly first: number } {
  const [first] = offsets;
  const bits = /^b(32|64|96|128)$/.exec(type)?.[1];
  if (bits === undefined) return { ...ldsHalf(access, type, registers[0], first), first };
  const perOffset = Number(bits) / 32;
  const words = offsets.flatMap((offset, half) =>
    Array.from({ length: perOffset }, (_, i) => {
      const word = `L[(p+${offset + 4 * i})>>>2]`;
      return access === 'load'
        ? `${vector(registers[0], half * perOffset + i)}=${word};`
        : `${word}=${vector(registers[half], i)};`;
    }),
  );
  return { first, body: words.join(''), bytes: words.length * 4 };
}

function ldsHalf(access: 'load' | 'store', type: string, register: Operand, offset: number): Moved {
  const half = `L16[(p+${offset})>>>1]`;
  const r = vector(register);
  const stored = type === 'b16_d16_hi' ? `${half}=${r}>>>16;` : `${half}=${r};`;
  const loaded: Readonly<Record<string, string>> = {
    u16_d16: `${r}=(${r}&0xffff0000)|${half};`,
    u16_d16_hi: `${r}=(${r}&0xffff)|(${half}<<16);`,
  };
  return { bytes: 2, body: access === 'store' ? stored : (loaded[type] ?? `${r}=${half};`) };
}

function shuffle({ name, operands: [target, first, second], modifiers }: Decoded): string {
  const offset = numberOf(modifiers, 'offset');
  const from = registerOf(name === 'ds_swizzle_b32' ? first : second).n * 64;
  const swizzled =
    offset & 0x8000
      ? `(l&~3)|((${offset}>>>((l&3)*2))&3)`
      : `(l&32)|((((l&31)&${offset & 31})|${(offset >> 5) & 31})^${(offset >> 10) & 31})`;
  const lane = name === 'ds_swizzle_b32' ? swizzled : `(l&32)|(((${vector(first)}+${offset})>>>2)&31)`;
  return `const T=w.tmp;for(let l=0;l<W;l++){const s=${lane};T[l]=E[s]?V[${from}+s]:0}for(let l=0;l<W;l++)if(E[l])${vector(target)}=T[l]`;
}
