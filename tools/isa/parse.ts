/**
 * The disassembly that RADV prints (LLVM's AMDGPU syntax, labels `BB0:`) as instructions, each with the unit of the machine
 * that executes it.
 */

/** The unit that executes an instruction; 'none' costs only its issue. */
export type Unit =
  | 'valu'
  | 'salu'
  | 'smem'
  | 'load'
  | 'store'
  | 'scratch-load'
  | 'scratch-store'
  | 'lds'
  | 'branch'
  | 'barrier'
  | 'wait'
  | 'end'
  | 'none';

export interface Instruction {
  readonly mnemonic: string;
  readonly operands: string;
  readonly unit: Unit;
  /** Multiply-adds per lane. */
  readonly multiplyAdds: number;
  /** Issue cost of the vector ALU, in full-rate instructions. */
  readonly rate: number;
  /** Whether RDNA3 executes both halves of a wave64 at once. */
  readonly dual: boolean;
}

export interface Assembly {
  readonly instructions: readonly Instruction[];
  /** Index of the first instruction after each label. */
  readonly labels: ReadonlyMap<string, number>;
}

export function parse(text: string): Assembly {
  const instructions: Instruction[] = [];
  const labels = new Map<string, number>();
  for (const line of text.split('\n')) {
    const label = /^(BB\d+):/.exec(line);
    if (label !== null) {
      labels.set(label[1], instructions.length);
      continue;
    }
    const [, mnemonic, operands] = /^\s*([a-z][a-z0-9_]+)(?:\s+([^;]*))?(?:;.*)?$/.exec(line) ?? [];
    if (mnemonic !== undefined) instructions.push(instructionOf(mnemonic, operands?.trim() ?? ''));
  }
  return { instructions, labels };
}

/** `v_add_f32` of `v_add_f32_e32`: the suffix says how it is encoded. */
export function baseName(mnemonic: string): string {
  return mnemonic.replace(/_(e32|e64|dpp8?|sdwa|e64_dpp)$/, '');
}

const MEMORY = /^(buffer|tbuffer|global|flat|scratch)_(load|store)/;

/** The first matching pattern gives the unit. */
const UNITS: readonly (readonly [RegExp, Unit])[] = [
  [/^v_/, 'valu'],
  [/^ds_/, 'lds'],
  [/^s_(buffer_)?load/, 'smem'],
  [/^s_barrier$/, 'barrier'],
  [/^s_(cbranch|branch|setpc|swappc)/, 'branch'],
  [/^s_waitcnt/, 'wait'],
  [/^s_endpgm$/, 'end'],
  [
    /^s_(nop|clause|inst_prefetch|code_end|delay_alu|sleep|ttrace|round_mode|denorm_mode|sendmsg|setprio|set_inst_prefetch)/,
    'none',
  ],
  [/^s_/, 'salu'],
];

function instructionOf(mnemonic: string, operands: string): Instruction {
  const name = baseName(mnemonic);
  const unit = unitOf(name);
  const cost = unit === 'valu' ? vectorCost(name) : { multiplyAdds: 0, rate: 1, dual: false };
  return { mnemonic, operands, unit, ...cost };
}

function unitOf(name: string): Unit {
  const [, space, access] = MEMORY.exec(name) ?? [];
  if (access === 'load') return space === 'scratch' ? 'scratch-load' : 'load';
  if (access === 'store') return space === 'scratch' ? 'scratch-store' : 'store';
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? 'none';
}

const FMA = /^v_(pk_)?(fma|fmac|fmaak|fmamk|mac|madak|madmk|mad)_(f32|f16|legacy_f32|mix_f32|mixlo_f16|mixhi_f16)$/;

/** Slower than full rate: transcendental functions, 32-bit integer products, doubles, 64-bit shifts. */
const RATES: readonly (readonly [RegExp, number])[] = [
  [/^v_nop/, 0],
  [/^v_(exp|log|rcp|rsq|sqrt|sin|cos)_(iflag_)?f(32|16)$/, 4],
  [/^v_(mul_lo_u32|mul_hi_u32|mul_hi_i32|mul_lo_i32|mad_u64_u32|mad_i64_i32|mad_co_u64_u32)$/, 4],
  [/_f64/, 16],
  [/^v_(lshrrev|lshlrev|ashrrev)_b64/, 2],
];

const DUAL = [
  /^v_(pk_)?(mul|add|sub|subrev)_(f32|f16|legacy_f32)$/,
  /^v_(pk_)?(max|min|med3|max3|min3|minmax|maxmin)_(f32|f16|num_f32)$/,
  /^v_cndmask/,
  /^v_(mov|swap|accvgpr|movrel)/,
];

function vectorCost(name: string): Pick<Instruction, 'multiplyAdds' | 'rate' | 'dual'> {
  const packed = name.startsWith('v_pk_');
  if (FMA.test(name) || name.startsWith('v_fma_mix')) return { multiplyAdds: packed ? 2 : 1, rate: 1, dual: !packed };
  const rate = RATES.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
  return { multiplyAdds: 0, rate, dual: DUAL.some((pattern) => pattern.test(name)) };
}
