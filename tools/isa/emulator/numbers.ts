/** Arithmetic of the machine that JavaScript has no operator for. The generated instructions call it `H`. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of a float32. */
export function f2u(x: number): number {
  float[0] = x;
  return bits[0];
}

/** The float32 with these bits. */
export function u2f(x: number): number {
  bits[0] = x;
  return float[0];
}

/** Every float16 by its bits. */
export const H2F: Float32Array = Float32Array.from({ length: 65536 }, (_, half) => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
});

/** The bits of the float16 nearest to a number, ties to even. */
export function f2h(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const x = Math.abs(value);
  if (x >= 65520) return sign | 0x7c00;
  if (x < 2 ** -24 * 0.5) return sign;
  let exponent = Math.max(-14, Math.floor(Math.log2(x)));
  if (x >= 2 ** (exponent + 1)) exponent++;
  if (exponent > -14 && x < 2 ** exponent) exponent--;
  let mantissa = rte(x / 2 ** (exponent - 10));
  if (exponent === -14 && mantissa < 1024) return sign | mantissa;
  if (mantissa === 2048) {
    mantissa = 1024;
    exponent++;
  }
  return exponent > 15 ? sign | 0x7c00 : sign | ((exponent + 15) << 10) | (mantissa - 1024);
}

/** Rounds to the nearest integer, ties to even. */
export function rte(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 ? 2 * Math.round(x / 2) : rounded;
}

/** Bits in reverse order. */
export function brev(x: number): number {
  let reversed = 0;
  for (let i = 0; i < 32; i++) reversed = (reversed << 1) | ((x >>> i) & 1);
  return reversed >>> 0;
}

/** Bits that are set. */
export function bcnt(x: number): number {
  let count = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Index of the lowest bit that is set, or -1. */
export function ffs(x: number): number {
  return x === 0 ? -1 : 31 - Math.clz32(x & -x);
}

/** Zeros above the highest bit that is set, or -1. */
export function flz(x: number): number {
  return x === 0 ? -1 : Math.clz32(x);
}

export function mulhu(a: number, b: number): number {
  return Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n) >>> 0;
}

export function mulhi(a: number, b: number): number {
  return Number(BigInt.asUintN(32, (BigInt(a | 0) * BigInt(b | 0)) >> 32n)) >>> 0;
}

export function med3(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

export function f2uSat(x: number): number {
  if (!(x > 0)) return 0;
  return x >= 4294967295 ? 0xffffffff : Math.trunc(x);
}

export function f2iSat(x: number): number {
  return Number.isNaN(x) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x)));
}

/** A field of `width` bits at `shift`. */
export function bfeu(x: number, shift: number, width: number): number {
  if (width === 0) return 0;
  return width >= 32 ? x >>> shift : (x >>> shift) & ((1 << width) - 1);
}

/** The same, as a signed field. */
export function bfei(x: number, shift: number, width: number): number {
  return width === 0 ? 0 : ((x >>> shift) << (32 - width)) >> (32 - width);
}

/** v_perm_b32: each byte of `selector` names a byte of the pair b, a. */
export function perm(a: number, b: number, selector: number): number {
  let result = 0;
  for (let i = 0; i < 4; i++) {
    const s = (selector >>> (8 * i)) & 255;
    const constant = s >= 13 ? 255 : 0;
    const byte = s < 4 ? (b >>> (8 * s)) & 255 : s < 8 ? (a >>> (8 * (s - 4))) & 255 : constant;
    result |= byte << (8 * i);
  }
  return result;
}

/** A 64-bit shift of hi:lo. */
export function shift64(kind: 'left' | 'right' | 'arithmetic', lo: number, hi: number, by: number): [number, number] {
  const joined = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  const x = kind === 'arithmetic' ? BigInt.asIntN(64, joined) : joined;
  const shifted = BigInt.asUintN(64, kind === 'left' ? x << BigInt(by & 63) : x >> BigInt(by & 63));
  return [Number(shifted & 0xffffffffn), Number(shifted >> 32n)];
}
