/**
 * Functions of one number as WGSL, in the form of activations, so they can be stages of an epilogue.
 *
 * Every body works on `V`, which is f32 or a vec4 of it. Where the result is not a number, quotients and square roots
 * follow IEEE 754 on every device that was tried; logarithms do not (SwiftShader's log of 0 is -88).
 *
 * @module
 */
import type { ActivationCode } from './activation';

/** The functions, by their public names. */
export type UnaryName =
  | 'abs'
  | 'ceil'
  | 'exp'
  | 'floor'
  | 'log'
  | 'negate'
  | 'reciprocal'
  | 'round'
  | 'rsqrt'
  | 'sign'
  | 'sqrt'
  | 'square';

const BODIES: Readonly<Record<UnaryName, string>> = {
  abs: 'return abs(v);',
  ceil: 'return ceil(v);',
  exp: 'return exp(v);',
  floor: 'return floor(v);',
  log: 'let edge = select(V(-1.0) / abs(v), sqrt(v), v < V(0.0)); return select(log(v), edge, v <= V(0.0));',
  negate: 'return -v;',
  reciprocal: 'return V(1.0) / v;',
  round: 'return round(v);',
  rsqrt: 'return inverseSqrt(v);',
  sign: 'return sign(v);',
  sqrt: 'return sqrt(v);',
  square: 'return v * v;',
};

/** Those that give a number for NaN, everywhere (sign) or on some devices. */
const LOSE_NAN: ReadonlySet<UnaryName> = /* @__PURE__ */ new Set(['exp', 'log', 'sign'] as const);

/** The code of a function, for a stage `{ kind: 'activation', code }`. */
export function unaryCode(name: UnaryName): ActivationCode {
  return { name, body: BODIES[name], losesNan: LOSE_NAN.has(name) };
}
