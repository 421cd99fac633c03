/**
 * Trigonometric and hyperbolic functions as WGSL. Each is a constant of its own, so that an app carries only those it
 * calls. WGSL's own may be off by 2^-11 (sin, cos) or 4096 units in the last place (atan); these are off by a few units on
 * every device.
 *
 * A compiler may reorder additions, and would merge the parts of a quarter turn, which are subtracted one after the other,
 * into one product. Bounds between them, which no number in range reaches, prevent that.
 *
 * @module
 * @see https://www.netlib.org/cephes/ (sinf, asinf, atanf and sinhf, for the polynomials)
 */
import type { ActivationCode } from './activation';
import { codeOf, odd } from './special';

/**
 * The quarter turns in v, and sine and cosine of the rest. The first two parts of a quarter turn have eight bits each, so
 * their products with up to 2^16 turns are exact.
 */
const REST: string = /* @__PURE__ */ [
  'let bits = bitcast<Bits>(v); let turns = round(v * 0.63661977);',
  'let a = clamp(v - turns * 1.5703125, V(-64.0), V(64.0));',
  'let b = clamp(a - turns * 0.00048255920410, V(-2.0), V(2.0));',
  'let r = clamp(b - turns * 0.0000012675908, V(-1.0), V(1.0)); let z = r * r;',
  'let sine = r + r * z * (V(-0.16666655) + z * (V(0.0083321609) - z * 0.00019515296));',
  'let cosine = V(1.0) - 0.5 * z + z * z * (V(0.041666646) + z * (z * 0.000024433157 - V(0.0013887316)));',
].join(' ');

/** The result; but NaN if v is NaN or an infinity: the bits of v with one more bit set. */
const unlessInfinite = (result: string): string =>
  `return select(${result}, bitcast<V>(bits | Bits(0x7fc00000)), (bits & Bits(0x7f800000)) == Bits(0x7f800000));`;

/** Sine, or after one more quarter turn cosine. */
const wave = (more: string): string =>
  `${REST} let quarter = Bits(turns) + Bits(${more}); let size = select(sine, cosine, (quarter & Bits(1)) == Bits(1)); ` +
  unlessInfinite('select(size, -size, (quarter & Bits(2)) == Bits(2))');

export const SIN: ActivationCode = /* @__PURE__ */ codeOf('sin', () => wave('0'), false);
export const COS: ActivationCode = /* @__PURE__ */ codeOf('cos', () => wave('1'), false);
export const TAN: ActivationCode = /* @__PURE__ */ codeOf(
  'tan',
  () => `${REST} ${unlessInfinite('select(sine / cosine, -cosine / sine, (Bits(turns) & Bits(1)) == Bits(1))')}`,
  false,
);

/** The arc of y, which is at most 1/2. Where |v| is above 1/2, it is half the arc of v's distance from 1. */
const ARC: string = /* @__PURE__ */ [
  'let a = abs(v); let far = a > V(0.5); let z = select(a * a, 0.5 * (V(1.0) - a), far); let y = select(a, sqrt(z), far);',
  'let arc = y + y * z * (V(0.16666752) + z * (V(0.074953003) + z * (V(0.045470026) + z * (V(0.024181311) + z * 0.042163199))));',
].join(' ');

export const ASIN: ActivationCode = /* @__PURE__ */ codeOf(
  'asin',
  () => `${ARC} ${odd('select(arc, V(1.5707964) - 2.0 * arc, far)')}`,
);

export const ACOS: ActivationCode = /* @__PURE__ */ codeOf(
  'acos',
  () =>
    `${ARC} let below = v < V(0.0); let beyond = select(2.0 * arc, V(3.1415927) - 2.0 * arc, below); ` +
    'return select(V(1.5707964) - select(arc, -arc, below), beyond, far);',
);

/** The angle of a slope `a` that is not below 0. */
export const ANGLE: string = /* @__PURE__ */ [
  'let steep = a > V(2.4142137); let middle = a > V(0.41421357);',
  'let t = select(select(a, (a - V(1.0)) / (a + V(1.0)), middle), V(-1.0) / a, steep); let z = t * t;',
  'let start = select(select(V(0.0), V(0.78539819), middle), V(1.5707964), steep);',
  'let angle = start + (t + t * z * (V(-0.33332949) + z * (V(0.19977711) + z * (z * 0.080537445 - V(0.13877686)))));',
].join(' ');

export const ATAN: ActivationCode = /* @__PURE__ */ codeOf('atan', () => `let a = abs(v); ${ANGLE} ${odd('angle')}`);

/**
 * Near 0 the two exponentials would cancel. They are those of half of v, because that of the whole overflows before sinh does.
 */
export const SINH: ActivationCode = /* @__PURE__ */ codeOf(
  'sinh',
  () =>
    'let a = abs(v); let z = a * a; let e = exp(0.5 * a); ' +
    'let near = a + a * z * (V(0.16666716) + z * (V(0.0083302838) + z * 0.00020372191)); ' +
    odd('select((0.5 * e) * e - (0.5 / e) / e, near, a < V(1.0))'),
);

export const COSH: ActivationCode = /* @__PURE__ */ codeOf(
  'cosh',
  () => 'let e = exp(0.5 * abs(v)); return (0.5 * e) * e + (0.5 / e) / e;',
);
