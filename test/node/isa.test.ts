/**
 * The parts of `npm run isa` that need neither a driver nor a compiler. `npm run isa -- --selftest`, which needs both, checks
 * that the emulator understands the output of a driver's compiler.
 */
import { describe, expect, test } from 'vitest';
import type { CompiledShader } from '../../tools/isa/compile';
import { DEVICES } from '../../tools/isa/devices';
import { totalsOf } from '../../tools/isa/emulator/counts';
import { emulate } from '../../tools/isa/emulator/emulate';
import { computeUnitOf, memoryOf } from '../../tools/isa/emulator/memory';
import { f2h, H2F } from '../../tools/isa/emulator/numbers';
import { jobsOf, layerJobs } from '../../tools/isa/jobs';
import { floorOf, timeOf } from '../../tools/isa/model';
import { distinct, networkRows, networkTable } from '../../tools/isa/network-table';
import { parse } from '../../tools/isa/parse';
import { usedBindings, type Result } from '../../tools/isa/simulate';
import { findStack, MissingStack } from '../../tools/isa/stack';
import { tableText } from '../../tools/isa/table';
import { findings, ranked, type Measures, type Row } from '../../tools/isa/work';

/** `o[i] = fma(a[i], 2.0, 1.0)` as RADV compiles it for gfx1100, and a register that is spilt and reloaded. */
const ASSEMBLY = `BB0:
	s_mov_b32 s0, s3                                            ; be800003
	s_movk_i32 s3, 0x8000                                       ; b0038000
	s_clause 0x1                                                ; bf850001
	s_load_b128 s[4:7], s[2:3], null                            ; f4080101 f8000000
	s_load_b128 s[8:11], s[2:3], 0x10                           ; f4080201 f8000010
	v_bfe_u32 v0, v0, 0, 10                                     ; d6100000 02290100
	v_lshl_add_u32 v0, s0, 6, v0                                ; d6460000 04010c00
	v_lshlrev_b32_e32 v0, 2, v0                                 ; 30000082
	s_waitcnt lgkmcnt(0)                                        ; bf89fc07
	buffer_load_b32 v1, v0, s[4:7], 0 offen                     ; e0500000 80410100
	s_waitcnt vmcnt(0)                                          ; bf8903f7
	s_movk_i32 s0, 0x1000                                       ; b0001000
	scratch_store_b32 off, v1, s0 offset:-4096                  ; dc691000 00002980
	v_mov_b32_e32 v1, 0                                         ; 7e020280
	s_cbranch_scc1 BB1                                          ; bf850001
	scratch_load_b32 v1, off, s0 offset:-4096                   ; dc511000 40000080
	s_waitcnt vmcnt(0)                                          ; bf8903f7
BB1:
	v_fma_f32 v1, v1, 2.0, 1.0                                  ; d6130001 03c9e901
	buffer_store_b32 v1, v0, s[8:11], 0 offen                   ; e0680000 80420100
	s_endpgm                                                    ; bfb00000
`;

const SHADER: CompiledShader = {
  isRdna3: true,
  waveSize: 64,
  workgroupSize: [64, 1, 1],
  statistics: { vectorRegisters: 12, wavesPerSimd: 16, spilledRegisters: 1, scratchBytes: 1024, ldsBytes: 0 },
  assembly: ASSEMBLY,
  nir: 'vec3 32 con ssa_0 = intrinsic load_workgroup_id () ()\nvec1 32 con ssa_1 = ishl ssa_0.x, 6',
  aco: '\t s2: (kill)%19:s[0-1],  s1: %20:s[2],  s1: %21:s[3],  v1: %22:v[0] = p_startpgm',
};

test('a disassembly is parsed into instructions, their units and the labels', () => {
  const { instructions, labels } = parse(ASSEMBLY);
  expect(instructions).toHaveLength(20);
  expect([...labels]).toEqual([
    ['BB0', 0],
    ['BB1', 17],
  ]);
  expect(instructions.map(({ unit }) => unit).join(' ')).toBe(
    'salu salu none smem smem valu valu valu wait load wait salu scratch-store valu branch scratch-load wait valu store end',
  );
  expect(instructions[9]).toMatchObject({ mnemonic: 'buffer_load_b32', operands: 'v1, v0, s[4:7], 0 offen' });
});

test.for([
  ['v_fmac_f32_e32', { multiplyAdds: 1, rate: 1, dual: true }],
  ['v_pk_fma_f16', { multiplyAdds: 2, rate: 1, dual: false }],
  ['v_mul_lo_u32', { multiplyAdds: 0, rate: 4, dual: false }],
  ['v_cndmask_b32_e64', { multiplyAdds: 0, rate: 1, dual: true }],
] as const)('the cost of %s is that of the hardware', ([mnemonic, cost]) => {
  expect(parse(`BB0:\n\t${mnemonic} v1, v2, v3`).instructions).toMatchObject([cost]);
});

describe('the emulator', () => {
  const a = Float32Array.from({ length: 200 }, (_, i) => i);
  const run = emulate(SHADER, [a, new Uint8Array(800)], [4, 1, 1], DEVICES.gfx1100, { whole: true });

  test('runs a program that spills, and bounds its stores', () => {
    const output = new Float32Array(run.buffers[1].u8.buffer, 0, 200);
    expect(Array.from(output)).toEqual(Array.from(a, (x) => 2 * x + 1));
  });

  test('counts what four waves execute, load and store', () => {
    expect(totalsOf(run)).toMatchObject({ valu: 20, multiplyAdds: 4, scalar: 20, loadBytes: 800, scratchLines: 16 });
  });

  test('says which instruction it does not know', () => {
    const shader = { ...SHADER, assembly: 'BB0:\n\tv_frobnicate_b32 v1, v2\n\ts_endpgm' };
    expect(() => emulate(shader, [], [1, 1, 1], DEVICES.gfx1100)).toThrow('does not know v_frobnicate_b32 v1, v2');
  });
});

test('a load that all lanes share is one line, and takes as long as lanes have registers to fill', () => {
  const device = DEVICES.navi21;
  const readyAfter = (lines: readonly number[], bytes: number): number => {
    const memory = memoryOf(device, 1);
    const unit = computeUnitOf(device);
    for (const line of lines) memory.load(unit, new Set([line]), 4, 0);
    unit.memoryFree = 0;
    return memory.load(unit, new Set(lines), bytes, 0).ready;
  };
  expect(readyAfter([0], 64 * 4)).toBe(device.latency.l0 + 2);
  expect(readyAfter([0], 64 * 16)).toBe(device.latency.l0 + 8);
  expect(readyAfter([0, 1, 2, 3, 4, 5, 6, 7], 64 * 16)).toBe(device.latency.l0 + 8);
  expect(readyAfter([0, 1, 2, 3, 4, 5, 6, 7], 64 * 4)).toBe(device.latency.l0 + 8);
});

test('every float16 survives the way to a number and back', () => {
  const finite = Array.from({ length: 0x7c00 }, (_, half) => half);
  expect(finite.filter((half) => f2h(H2F[half]) !== half)).toEqual([]);
  expect([65_519, 65_520, 2 ** -25, -1].map(f2h)).toEqual([0x7bff, 0x7c00, 0, 0xbc00]);
});

describe('the model', () => {
  const { navi21 } = DEVICES;

  test('has as its floor the slower of all bytes and all multiply-adds', () => {
    // The device has 512 GB/s and 60 units of 64 lanes at 2.1 GHz.
    expect(floorOf(navi21, { minimumBytes: 512_000, multiplyAdds: 0 })).toBeCloseTo(1);
    expect(floorOf(navi21, { minimumBytes: 512_000, multiplyAdds: 2 * 60 * 64 * 2100 })).toBeCloseTo(2);
  });

  test('names the resource that limits a kernel', () => {
    const none = { valu: 0, valuClocks: 0, multiplyAdds: 0, scalar: 0, loadBytes: 0, loadLines: 0 };
    const idle = { ...none, l0MissLines: 0, l1MissLines: 0, storeLines: 0, ldsClocks: 0, scratchLines: 0 };
    expect(timeOf(navi21, idle, 2100, 2 * 512_000)).toMatchObject({ warm: 1, cold: 2, coldLimit: 'dram' });
    expect(timeOf(navi21, { ...idle, valuClocks: 2100 * 120 }, 2100, 0)).toMatchObject({ cold: 1, coldLimit: 'valu' });
    // Few lines, but many lanes that share them.
    expect(timeOf(navi21, { ...idle, loadLines: 60, loadBytes: 60 * 128 * 2100 }, 2100, 0).coldLimit).toBe('l0');
    expect(timeOf(navi21, idle, 2100, 0)).toMatchObject({ warmLimit: 'latency', coldLimit: 'latency' });
  });
});

test('the bindings that a program uses are found, in the order of the descriptors', () => {
  const wgsl = `@group(0) @binding(2) var<storage, read_write> o: array<f32>; // unused
    @group(0) @binding(1) var<storage, read> unused: array<f32>;
    @group(0) @binding(0) var<uniform> p: P;
    fn main() { o[0] = f32(p.n); }`;
  expect(usedBindings(wgsl).map(({ name, isUniform }) => [name, isUniform])).toEqual([
    ['p', true],
    ['o', false],
  ]);
});

describe('rows', () => {
  const measures = (warm: number, cold: number): Measures => ({
    vectorRegisters: 64,
    wavesPerSimd: 8,
    scratchBytes: warm > 3 ? 1024 : 0,
    fmaShare: 0.5,
    wordsPerOutput: 5.06,
    warm,
    cold,
    warmLimit: 'l2',
    coldLimit: 'dram',
    floor: 2,
    ratio: cold / 2,
  });
  const row = (layer: string, tile: string, isDefault: boolean, rest: Partial<Row>): Row => ({
    family: 'a family',
    layer,
    kernel: 'depthwise/tile',
    tile,
    isDefault,
    ...rest,
  });
  const rows = [
    row('near', '4x2', true, { measures: measures(1, 2) }),
    row('far', '4x1', true, { measures: measures(4, 4) }),
    row('far', '2x2', false, { measures: measures(3, 3) }),
    row('far', '1x1', false, { error: 'the reason' }),
  ];

  test('are a table with a heading, the default tile marked', () => {
    expect(tableText(ranked(rows))).toMatchInlineSnapshot(`
      "┌───────┬────────────────┬───────┬───────────┬───────┬───────┬───────────┬─────────┬───────┬─────────┬───────┬──────────┬────────────┐
      │ layer │ kernel         │ tile  │      VGPR │ waves │ FMA % │ words/out │ warm us │ limit │ cold us │ limit │ floor us │ cold/floor │
      ├───────┴────────────────┴───────┴───────────┴───────┴───────┴───────────┴─────────┴───────┴─────────┴───────┴──────────┴────────────┤
      │ a family                                                                                                                           │
      │ near  │ depthwise/tile │ 4x2 * │        64 │     8 │    50 │       5.1 │    1.00 │    l2 │    2.00 │  dram │     2.00 │       1.00 │
      │ far   │ depthwise/tile │ 2x2   │        64 │     8 │    50 │       5.1 │    3.00 │    l2 │    3.00 │  dram │     2.00 │       1.50 │
      │ far   │ depthwise/tile │ 4x1 * │ 64 spills │     8 │    50 │       5.1 │    4.00 │    l2 │    4.00 │  dram │     2.00 │       2.00 │
      │ far   │ depthwise/tile │ 1x1   │                                                                                        the reason │
      └───────┴────────────────┴───────┴───────────────────────────────────────────────────────────────────────────────────────────────────┘"
    `);
  });

  test('say which layers are far from the floor, and which tiles are better than the default', () => {
    expect(findings(rows)).toEqual([
      'above 1.15 x floor: far (2.00)',
      'far: 2x2 takes 25 % less time cold than the default',
      'far: 2x2 takes 25 % less time warm than the default',
    ]);
  });
});

describe('networks', () => {
  const dispatchOf = (label: string, code: string, minimumBytes: number) => ({
    label,
    kernel: label,
    dispatch: { code, grid: [1, 1, 1], bindings: new Map(), minimumBytes } as const,
  });
  const jobs = [
    { name: 'net', dispatches: [dispatchOf('a', 'x', 1e6), dispatchOf('b', 'y', 5e5), dispatchOf('a', 'x', 1e6)] },
  ];

  test('add up what their dispatches take, each that is repeated simulated once', () => {
    const keys = [...distinct(jobs).keys()];
    expect(keys).toEqual(['a x', 'b y']);
    const time = { warm: 2, cold: 3, warmLimit: 'l2', coldLimit: 'dram' };
    const results = new Map<string, Result>([
      ['a x', { time } as Result],
      ['b y', { error: 'unknown instruction' }],
    ]);
    const rows = networkRows(jobs, results);
    expect(rows[0].steps.map(({ bytes, cold, error }) => [bytes, cold, error])).toEqual([
      [1e6, 3, undefined],
      [5e5, undefined, 'unknown instruction'],
      [1e6, 3, undefined],
    ]);
    expect(networkTable(rows).replaceAll(/ +/g, ' ')).toContain('net │ 3 │ 2.5 │ 4.0 │ 6.0 │ 1 ');
  });
});

describe('the layers', () => {
  test('are jobs with the default tile, or with all tiles', () => {
    const [job, ...others] = layerJobs('^MobileNetV1 depthwise 3x3 dw1 ', false);
    expect(others).toEqual([]);
    expect(job).toMatchObject({ layer: 'dw1 112x112x32', kernel: 'depthwise/tile', isDefault: true, outputs: 401_408 });
    const all = layerJobs('^MobileNetV1 depthwise 3x3 dw1 ', true);
    expect(all.length).toBeGreaterThan(2);
    expect(all.filter(({ isDefault }) => isDefault).map(({ tile }) => tile)).toEqual([job.tile]);
  });

  test('count the multiply-adds of the taps that fall on the input', () => {
    const layer = {
      name: 'x',
      family: 'x',
      op: 'depthwiseConv2d',
      strides: 1,
      dilations: 1,
      groups: 1,
      count: 1,
    } as const;
    const [job] = jobsOf(
      { ...layer, input: [1, 3, 3, 4], filter: [3, 3, 4, 1], methods: ['default'], quick: true },
      false,
    );
    expect(job.multiplyAdds).toBe(7 * 7 * 4);
  });

  test('compare the outputs that were written', () => {
    const [job] = layerJobs('^Separable 3x3 sep 14x14', false);
    const written = (value: number): ArrayBuffer => new Float32Array(job.outputs).fill(value).buffer;
    expect(job.check(() => written(NaN))).toBe('no output was written');
    expect(job.check(() => written(1e6))).toMatch(/^output 0 is 1000000 instead of /);
  });
});

test('without the driver, one message says what is missing and how to get it', () => {
  const before = process.env.ISA_RADV_ICD;
  process.env.ISA_RADV_ICD = '/nowhere.json';
  try {
    expect(findStack).toThrow(MissingStack);
    expect(findStack).toThrow(/apt-get install mesa-vulkan-drivers libvulkan-dev gcc/);
  } finally {
    if (before === undefined) delete process.env.ISA_RADV_ICD;
    else process.env.ISA_RADV_ICD = before;
  }
});
