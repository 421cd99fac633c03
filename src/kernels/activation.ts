/**
 * Activations as WGSL, in forms that cannot overflow: exp is only ever taken of a number that is not positive, so no
 * input, however large, gives NaN (WGSL's own tanh does on some drivers, and tanh of inputs above about 20 is 1 anyway).
 * NaN itself gives NaN: by arithmetic, or because the epilogue keeps it where the body would lose it.
 *
 * Every body works on `V`, which is f32 or a vec4 of it.
 *
 * @module
 */
import { check, show } from '../conv/check';
import { floatLiteral } from './specialize';

/** An activation without attributes, or with the defaults of those it has. */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'sigmoid'
  | 'tanh'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'silu'
  | 'gelu'
  | 'softplus'
  | 'softsign'
  | 'mish'
  | 'clip';

/** An activation by name, or with its attributes. */
export type Activation =
  | ActivationName
  | { readonly name: ActivationName }
  /** x for x > 0, else alpha * x; alpha defaults to 0.2, as tf.nn.leaky_relu. */
  | { readonly name: 'leakyRelu'; readonly alpha?: number }
  /** x for x > 0, else alpha * (exp(x) - 1); alpha defaults to 1. */
  | { readonly name: 'elu'; readonly alpha?: number }
  /** clamp(alpha * x + beta, 0, 1); alpha defaults to 0.2, beta to 0.5, as WebNN and TensorFlow.js. */
  | { readonly name: 'hardSigmoid'; readonly alpha?: number; readonly beta?: number }
  /** `approximate` takes the tanh form, as tf.nn.gelu(approximate=True); the default is the exact one with erf. */
  | { readonly name: 'gelu'; readonly approximate?: boolean }
  /** Clamps to [min, max]; either may be left out. */
  | { readonly name: 'clip'; readonly min?: number; readonly max?: number };

/** An activation ready to be written into a shader. */
export interface ActivationCode {
  readonly name: string;
  /** Body of `fn activation(v: V) -> V`. */
  readonly body: string;
  /** Whether it may turn NaN into a number, so that the caller must keep NaN. */
  readonly losesNan?: boolean;
}

type Attributes = Readonly<Record<string, unknown>>;

/** The bits of -Infinity as an integer: the largest integer among those of negative numbers. */
const NEGATIVE_INFINITY = 0xff80_0000 | 0;

/** NaN times anything is NaN, so choosing the slope by the sign loses no NaN; and v times 0 makes no NaN either. */
const sloped = (slope: string): string => `return v * select(V(1), ${slope}, bitcast<Bits>(v) < Bits(0));`;

const EXP_TAIL = 'let t = exp(-abs(v));';

const BODIES: Readonly<Record<ActivationName | 'prelu', (attributes: Attributes, what: string) => string>> = {
  linear: () => 'return v;',
  // As integers, the bits of negative numbers run up to those of -Infinity; the bits above them are NaN. This takes a
  // comparison and a choice instead of one `max`: 2 % of a layer's modelled time at most (RDNA2 and RDNA3, November 2026).
  relu: () => `return select(v, V(0), bitcast<Bits>(v) <= Bits(${NEGATIVE_INFINITY}));`,
  relu6: () => 'return clamp(v, V(0), V(6));',
  leakyRelu: (a, what) => sloped(`V(${number(a, what, 'alpha', 0.2)})`),
  prelu: () => sloped('alpha'),
  elu: (a, what) => `return max(v, V(0)) + ${number(a, what, 'alpha', 1)} * (exp(min(v, V(0))) - V(1));`,
  sigmoid: () => `${EXP_TAIL} return select(t, V(1), v >= V(0)) / (V(1) + t);`,
  // The quotient loses digits near 0, where the series has the error of its first missing term, 17/315 v^7.
  tanh: () =>
    'let t = exp(-2.0 * abs(v)); let s = v * v; ' +
    'let near = v * (V(1) - s * (V(0.33333334) - s * V(0.13333334))); ' +
    'return select(sign(v) * (V(1) - t) / (V(1) + t), near, abs(v) < V(0.1));',
  hardSigmoid: (a, what) =>
    `return clamp(${number(a, what, 'alpha', 0.2)} * v + V(${number(a, what, 'beta', 0.5)}), V(0), V(1));`,
  hardSwish: () => 'return v * (clamp(v + V(3), V(0), V(6)) / 6.0);',
  silu: () => `${EXP_TAIL} return v * select(t, V(1), v >= V(0)) / (V(1) + t);`,
  gelu,
  softplus: () => 'return max(v, V(0)) + log(V(1) + exp(-abs(v)));',
  // Far out it is 1 or -1 long before the bound, and the quotient of two infinities would be NaN.
  softsign: () => 'let s = clamp(v, V(-1e15), V(1e15)); return s / (V(1) + abs(s));',
  // tanh(softplus(v)) with t = exp(-|v|), multiplied out so that nothing grows.
  mish: () =>
    `${EXP_TAIL} let s = t * t; ` +
    'return v * select((s + 2.0 * t) / (s + 2.0 * t + V(2)), (V(1) + 2.0 * t) / (V(1) + 2.0 * t + 2.0 * s), v >= V(0));',
  clip,
};

// erf by Abramowitz and Stegun 7.1.26: five terms, absolute error below 1.5e-7, which is float32's own.
const GELU_ERF =
  'let z = abs(v) * 0.70710678; let t = V(1) / (V(1) + 0.3275911 * z); ' +
  'let p = t * (V(0.254829592) + t * (V(-0.284496736) + t * (V(1.421413741) + t * (V(-1.453152027) + t * 1.061405429)))); ' +
  'let tail = 0.5 * p * exp(-z * z); return v * select(tail, V(1) - tail, v >= V(0));';

const GELU_TANH =
  'let u = 1.5957691 * (v + 0.044715 * v * v * v); let t = exp(-abs(u)); ' +
  'return v * select(t, V(1), u >= V(0)) / (V(1) + t);';

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  leakyRelu: ['alpha'],
  elu: ['alpha'],
  hardSigmoid: ['alpha', 'beta'],
  gelu: ['approximate'],
  clip: ['min', 'max'],
  prelu: ['alpha'],
};

/** The names that `activation` options take, for messages and tables. */
export const activationNames: readonly string[] = Object.keys(BODIES);

/**
 * The code of an activation; prelu's `alpha` is the caller's to declare.
 *
 * @throws if the name is unknown or an attribute is not a finite number
 */
export function activationCode(op: string, activation: Activation | { readonly name: 'prelu' }): ActivationCode {
  const isObject = typeof activation === 'object' && activation !== null;
  const { name, ...attributes } = isObject ? activation : { name: activation };
  check(
    typeof name === 'string' && Object.hasOwn(BODIES, name),
    () => `${op}: activation is ${show(name ?? activation)}; it is one of ${activationNames.join(', ')}`,
  );
  for (const key of Object.keys(attributes)) {
    const known = ATTRIBUTES[name] ?? [];
    check(
      known.includes(key),
      () => `${op}: activation ${name} has no attribute ${key}; it has ${known.join(', ') || 'none'}`,
    );
  }
  const body = BODIES[name](attributes, `${op}: activation ${name}`);
  // A function that gives v or a multiple of it gives NaN for NaN. All others bound v or take it to an exponent.
  return { name, body, losesNan: !/return (select\()?v\b/.test(body) };
}

function number(attributes: Attributes, what: string, key: string, fallback: number): string {
  const { [key]: value = fallback } = attributes;
  check(
    typeof value === 'number' && Number.isFinite(Math.fround(value)),
    () => `${what} has ${key} ${show(value)}; it must be a finite number, by default ${fallback}`,
  );
  return floatLiteral(value);
}

function gelu({ approximate = false }: Attributes, what: string): string {
  check(
    typeof approximate === 'boolean',
    () => `${what} has approximate ${show(approximate)}; it is true (tanh) or false (erf)`,
  );
  return approximate ? GELU_TANH : GELU_ERF;
}

function clip({ min = -Infinity, max = Infinity }: Attributes, what: string): string {
  check(
    typeof min === 'number' && typeof max === 'number' && min <= max,
    () => `${what} has min ${show(min)} and max ${show(max)}; give two numbers with min <= max`,
  );
  const bounded = (bound: number): boolean => Number.isFinite(Math.fround(bound));
  const low = bounded(min) ? `max(v, V(${floatLiteral(min)}))` : 'v';
  return `return ${bounded(max) ? `min(${low}, V(${floatLiteral(max)}))` : low};`;
}
