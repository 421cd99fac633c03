/**
 * Checks the emulator: small programs that use what kernels use, compiled by the real driver for both families and compared
 * with the same in JavaScript.
 */
import { compileAll } from './compile';
import { DEVICES, FAMILIES } from './devices';
import { emulate } from './emulator/emulate';
import { f2h, H2F } from './emulator/numbers';
import { usedBindings } from './simulate';
import type { Stack } from './stack';

const COUNT = 256;
const fr = Math.fround;
const A = Float32Array.from({ length: COUNT * 4 }, (_, i) => Math.sin(i * 1.7));
const B = Float32Array.from({ length: COUNT * 4 }, (_, i) => Math.cos(i * 0.9));
const halfA = Uint16Array.from(A, f2h);
const halfB = Uint16Array.from(B, f2h);
const a16 = Float32Array.from(halfA, (h) => H2F[h]);
const b16 = Float32Array.from(halfB, (h) => H2F[h]);
/** A float16 sum, rounded. */
const round16 = (x: number): number => H2F[f2h(x)];

interface Case {
  readonly name: string;
  readonly before?: string;
  /** Element type of the inputs, and of the output where it differs. */
  readonly type: string;
  readonly output?: string;
  readonly workgroup?: string;
  readonly body: string;
  readonly expected: (i: number) => number;
  /** Outputs to compare. */
  readonly count: number;
  readonly grid?: readonly [number, number, number];
}

const ENABLE_F16 = 'enable f16;';
const ENABLE_SUBGROUPS = 'enable subgroups;';
const P = { n: 7, m: 5, k: -3 };

/** Sum of f(0) ... f(count - 1). */
function sum(count: number, f: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += f(k);
  return total;
}

const CASES: readonly Case[] = [
  {
    name: 'multiply-add',
    type: 'f32',
    body: 'o[g.x] = fma(a[g.x], b[g.x], a[g.x + 1u]);',
    expected: (i) => A[i] * B[i] + A[i + 1],
    count: 256,
  },
  {
    name: 'integer division',
    type: 'f32',
    body: 'o[g.x] = f32(g.x / p.n) * 1000.0 + f32(g.x % p.n) + f32((i32(g.x) - 100) / p.k) * 0.5 + f32((i32(g.x) - 100) % p.k) * 0.25;',
    expected: (i) =>
      Math.floor(i / P.n) * 1000 + (i % P.n) + Math.trunc((i - 100) / P.k) * 0.5 + ((i - 100) % P.k) * 0.25,
    count: 256,
  },
  {
    name: 'divergent loop',
    type: 'f32',
    body: 'var s = 0.0; for (var i = 0u; i < p.n; i++) { if ((g.x + i) % 3u == 0u) { continue; } if (a[g.x + i] > 0.95) { break; } s += a[g.x + i] * b[i]; } o[g.x] = s;',
    expected: (i) => {
      let s = 0;
      for (let k = 0; k < P.n; k++) {
        if ((i + k) % 3 === 0) continue;
        if (A[i + k] > fr(0.95)) break;
        s += A[i + k] * B[k];
      }
      return s;
    },
    count: 256,
  },
  {
    name: 'workgroup memory',
    before: 'var<workgroup> t: array<f32, 64>;',
    type: 'f32',
    body: 't[li] = a[g.x]; workgroupBarrier(); var s = 0.0; for (var i = 0u; i < p.n; i++) { s += t[(li * 5u + i) % 64u]; } o[g.x] = s;',
    expected: (i) => sum(P.n, (k) => A[(i & ~63) + (((i & 63) * 5 + k) % 64)]),
    count: 256,
  },
  {
    name: 'workgroup memory of two waves',
    before: 'var<workgroup> t: array<vec4f, 128>;',
    type: 'vec4f',
    workgroup: '16, 8',
    body: 'let i = w.x * 128u + li; t[li] = a[i]; workgroupBarrier(); o[i] = t[127u - li].wzyx;',
    expected: (i) => {
      const v = i >> 2;
      return A[((v & ~127) + 127 - (v & 127)) * 4 + 3 - (i & 3)];
    },
    count: 1000,
    grid: [2, 1, 1],
  },
  {
    name: 'workgroup of two dimensions',
    type: 'f32',
    workgroup: '16, 8',
    body: 'let i = (w.y * nw.x + w.x) * 128u + li; o[i] = f32(l.x) + f32(l.y) * 100.0 + f32(w.x) * 1e4 + f32(g.y) * 0.25;',
    expected: (i) => {
      const [li, wi] = [i % 128, Math.floor(i / 128)];
      const row = Math.floor(li / 16);
      return (li % 16) + row * 100 + (wi % 2) * 1e4 + (Math.floor(wi / 2) * 8 + row) * 0.25;
    },
    count: 256,
    grid: [2, 1, 1],
  },
  {
    name: 'private array, small',
    type: 'f32',
    body: 'var s: array<f32, 8>; for (var i = 0u; i < 8u; i++) { s[i] = a[g.x + i]; } o[g.x] = s[(g.x * 3u + p.n) & 7u] + s[p.m];',
    expected: (i) => A[i + ((i * 3 + P.n) & 7)] + A[i + P.m],
    count: 256,
  },
  {
    name: 'private array, in registers',
    type: 'f32',
    body: 'var s: array<f32, 64>; for (var i = 0u; i < 64u; i++) { s[i] = a[g.x + i] * 2.0; } o[g.x] = s[(g.x * 3u + p.n) & 63u];',
    expected: (i) => A[i + ((i * 3 + P.n) & 63)] * 2,
    count: 256,
  },
  {
    name: 'private array, in scratch memory',
    type: 'vec4f',
    body: 'var s: array<vec4f, 32>; for (var i = 0u; i < 32u; i++) { s[i] = a[(g.x + i) & 255u] * 2.0; } o[g.x] = s[(g.x * 3u + p.n) & 31u] + s[p.m];',
    expected: (i) => {
      const [v, c] = [i >> 2, i & 3];
      const at = (k: number): number => A[((v + k) & 255) * 4 + c] * 2;
      return at((v * 3 + P.n) & 31) + at(P.m);
    },
    count: 1000,
  },
  {
    name: 'spilt registers',
    type: 'vec4f',
    body: `${Array.from({ length: 72 }, (_, k) => `let v${k} = a[(g.x + ${k * 5}u) & 255u];`).join(' ')}
      var t = vec4f(0.0); for (var r = 0u; r < p.n; r++) { ${Array.from({ length: 72 }, (_, k) => `t = t * 0.5 + v${k};`).join(' ')} t = t.yzwx; } o[g.x] = t;`,
    expected: (i) => {
      let t = [0, 0, 0, 0];
      for (let r = 0; r < P.n; r++) {
        for (let k = 0; k < 72; k++) t = t.map((x, c) => x * 0.5 + A[(((i >> 2) + k * 5) & 255) * 4 + c]);
        t = [t[1], t[2], t[3], t[0]];
      }
      return t[i & 3];
    },
    count: 1000,
  },
  {
    name: 'clamping and conversion',
    type: 'f32',
    body: 'o[g.x] = clamp(a[g.x] * 3.0, -1.0, 1.0) + max(b[g.x], 0.0) + floor(a[g.x] * 5.0) + f32(u32(abs(b[g.x]) * 10.0)) + select(0.0, 4.0, a[g.x] > b[g.x]);',
    expected: (i) =>
      Math.min(1, Math.max(-1, fr(A[i] * 3))) +
      Math.max(B[i], 0) +
      Math.floor(fr(A[i] * 5)) +
      Math.trunc(fr(Math.abs(B[i]) * 10)) +
      (A[i] > B[i] ? 4 : 0),
    count: 256,
  },
  {
    name: 'transcendental functions',
    type: 'f32',
    body: 'o[g.x] = exp(a[g.x]) + 1.0 / (1.0 + exp(-b[g.x])) + tanh(a[g.x]) + sqrt(abs(b[g.x]));',
    expected: (i) => Math.exp(A[i]) + 1 / (1 + Math.exp(-B[i])) + Math.tanh(A[i]) + Math.sqrt(Math.abs(B[i])),
    count: 256,
  },
  {
    name: 'reading out of bounds',
    type: 'f32',
    body: 'o[g.x] = a[g.x * 8u] + 1.0;',
    expected: (i) => (i * 8 < A.length ? A[i * 8] : 0) + 1,
    count: 256,
  },
  {
    name: 'float16 multiply-add',
    before: ENABLE_F16,
    type: 'vec4<f16>',
    body: 'o[g.x] = fma(a[g.x], b[g.x], a[g.x + 1u]);',
    expected: (i) => round16(a16[i] * b16[i] + a16[i + 4]),
    count: 1000,
  },
  {
    name: 'float16 scalar',
    before: ENABLE_F16,
    type: 'f16',
    body: 'o[g.x] = a[g.x] * b[g.x + 1u] - a[g.x + 3u];',
    expected: (i) => round16(a16[i] * b16[i + 1] - a16[i + 3]),
    count: 256,
  },
  {
    name: 'float16 summed as float32',
    before: ENABLE_F16,
    type: 'vec4<f16>',
    output: 'vec4f',
    body: 'var s = vec4f(0); for (var i = 0u; i < 3u; i++) { s = fma(vec4f(a[g.x + i]), vec4f(b[i]), s); } o[g.x] = s;',
    expected: (i) => sum(3, (k) => a16[i + 4 * k] * b16[(i & 3) + 4 * k]),
    count: 500,
  },
  {
    name: 'float16 relu6',
    before: ENABLE_F16,
    type: 'vec4<f16>',
    body: 'o[g.x] = clamp(a[g.x] * 8.0h + b[0], vec4<f16>(0), vec4<f16>(6)).wzyx;',
    expected: (i) => {
      const j = (i & ~3) + 3 - (i & 3);
      return Math.min(6, Math.max(0, round16(a16[j] * 8 + b16[j & 3])));
    },
    count: 1000,
  },
  {
    name: 'float16 in a loop',
    before: ENABLE_F16,
    type: 'vec4<f16>',
    body: 'var s = vec4<f16>(0); for (var i = 0u; i < p.n; i++) { s += a[g.x + i] * b[i]; } s.x = s.y + s.z; o[g.x] = s;',
    expected: (i) => {
      const component = (c: number): number => {
        let s = 0;
        for (let k = 0; k < P.n; k++) s = round16(a16[(i & ~3) + c + 4 * k] * b16[c + 4 * k] + s);
        return s;
      };
      return i & 3 ? component(i & 3) : round16(component(1) + component(2));
    },
    count: 900,
  },
  {
    name: 'unpack2x16float',
    type: 'u32',
    output: 'f32',
    body: 'let v = unpack2x16float(a[g.x]); o[g.x] = v.x * 2.0 + v.y;',
    expected: (i) => a16[2 * i] * 2 + a16[2 * i + 1],
    count: 256,
  },
  {
    name: 'subgroup sum',
    before: ENABLE_SUBGROUPS,
    type: 'f32',
    body: 'o[g.x] = subgroupAdd(a[g.x]);',
    expected: (i) => sum(64, (k) => A[(i & ~63) + k]),
    count: 256,
  },
  {
    name: 'subgroup shuffles',
    before: ENABLE_SUBGROUPS,
    type: 'f32',
    body: 'o[g.x] = subgroupShuffleXor(a[g.x], 5u) + subgroupShuffle(b[g.x], p.n) + subgroupBroadcast(a[g.x], 9u) + quadSwapX(b[g.x]);',
    expected: (i) => A[i ^ 5] + B[(i & ~63) + P.n] + A[(i & ~63) + 9] + B[i ^ 1],
    count: 256,
  },
  {
    name: 'subgroup shuffles up and down',
    before: ENABLE_SUBGROUPS,
    type: 'vec4f',
    body: 'let x = a[g.x]; let u = subgroupShuffleUp(x, 1u); let d = subgroupShuffleDown(x, 2u); o[g.x] = select(u, vec4f(0), (g.x & 63u) == 0u) + select(d, vec4f(0), (g.x & 63u) > 61u);',
    expected: (i) => {
      const lane = (i >> 2) & 63;
      return (lane > 0 ? A[i - 4] : 0) + (lane < 62 ? A[i + 8] : 0);
    },
    count: 1000,
  },
  {
    name: 'subgroup maximum and scan',
    before: ENABLE_SUBGROUPS,
    type: 'f32',
    body: 'o[g.x] = subgroupAdd(f32(g.x & 1u) * a[g.x]) + subgroupMax(b[g.x]) + f32(subgroupExclusiveAdd(g.x & 1u));',
    expected: (i) => {
      const first = i & ~63;
      const odd = sum(64, (k) => (k & 1) * A[first + k]);
      return odd + Math.max(...B.subarray(first, first + 64)) + Math.floor((i & 63) / 2);
    },
    count: 256,
  },
];

function codeOf({ before = '', type, output = type, workgroup = '64', body }: Case): string {
  return `${before}
struct P { n: u32, m: u32, k: i32, z: i32 }
@group(0) @binding(0) var<storage, read> a: array<${type}>;
@group(0) @binding(1) var<storage, read> b: array<${type}>;
@group(0) @binding(2) var<storage, read_write> o: array<${output}>;
@group(0) @binding(3) var<uniform> p: P;
@compute @workgroup_size(${workgroup})
fn main(@builtin(global_invocation_id) g: vec3u, @builtin(local_invocation_id) l: vec3u, @builtin(workgroup_id) w: vec3u,
  @builtin(local_invocation_index) li: u32, @builtin(num_workgroups) nw: vec3u) { ${body} }`;
}

/** Prints a line per check. @returns how many failed */
export function selftest(stack: Stack): number {
  const failures = FAMILIES.flatMap((family) => {
    const { driver, shaders } = compileAll(
      stack,
      CASES.map((one) => ({ code: codeOf(one) })),
      family,
    );
    console.log(`${family}, compiled by ${driver}`);
    return CASES.map((one, i) => {
      const shader = shaders[i];
      const failure = 'error' in shader ? shader.error : failureOf(one, shader, family);
      const scratch = 'error' in shader ? 0 : shader.statistics.scratchBytes;
      console.log(`  ${one.name}: ${failure ?? (scratch > 0 ? `ok, ${scratch} bytes of scratch` : 'ok')}`);
      return failure;
    });
  }).filter((failure) => failure !== undefined).length;
  console.log(failures === 0 ? 'all ok' : `${failures} failed`);
  return failures;
}

function failureOf(
  one: Case,
  shader: Parameters<typeof emulate>[0],
  family: (typeof FAMILIES)[number],
): string | undefined {
  const isHalf = one.type.includes('f16') || one.type === 'u32';
  const data: Readonly<Record<string, ArrayBufferView>> = {
    a: isHalf ? halfA : A,
    b: isHalf ? halfB : B,
    o: new Uint8Array(COUNT * 16),
    p: Int32Array.of(P.n, P.m, P.k, 0),
  };
  const names = usedBindings(codeOf(one)).map(({ name }) => name);
  try {
    const bindings = names.map((name) => data[name]);
    const run = emulate(shader, bindings, one.grid ?? [4, 1, 1], DEVICES[family], { whole: true });
    const { u8 } = run.buffers[names.indexOf('o')];
    const halfOutput = (one.output ?? one.type).includes('f16');
    const actual = halfOutput ? Array.from(new Uint16Array(u8.buffer), (h) => H2F[h]) : new Float32Array(u8.buffer);
    const tolerance = halfOutput ? 2e-3 : 2e-5;
    for (let i = 0; i < one.count; i++) {
      const expected = one.expected(i);
      if (!(Math.abs(expected - actual[i]) <= tolerance * (1 + Math.abs(expected)))) {
        return `FAILED: [${i}] is ${actual[i]} instead of ${expected}`;
      }
    }
    return undefined;
  } catch (error) {
    return `FAILED: ${error instanceof Error ? error.message : String(error)}`;
  }
}
