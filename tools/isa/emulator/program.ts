/** A parsed program with every instruction compiled to a function over a wave. */
import { parse, type Instruction } from '../parse';
import { bufferEffect, ldsEffect, scalarLoadEffect, scratchEffect } from './memory-instructions';
import * as numbers from './numbers';
import { decode } from './operands';
import { CONDITIONS, scalarEffect } from './scalar';
import { vectorEffect } from './vector';
import type { Wave } from './wave';

/** Changes the wave. If a branch is taken, returns the index of the next instruction. */
export type Effect = (wave: Wave) => number | undefined;

export interface Operation extends Instruction {
  readonly effect?: Effect;
  /** Clocks of the vector ALU. */
  readonly clocks: number;
  /** How many vector loads, or scalar and workgroup-memory ones, a wait leaves in flight. */
  readonly waits: { readonly vector?: number; readonly scalar?: number };
}

export interface Machine {
  readonly waveSize: number;
  readonly isRdna3: boolean;
  /** Vector registers that a wave has. */
  readonly vectorRegisters: number;
}

export function compile(assembly: string, machine: Machine): Operation[] {
  const { instructions, labels } = parse(assembly);
  const target = (label: string): number => {
    const index = labels.get(label);
    if (index === undefined) throw new Error(`the program has no label ${label}`);
    return index;
  };
  return instructions.map((instruction) => {
    const text = effectText(instruction, target);
    return {
      ...instruction,
      effect: text === '' ? undefined : effectOf(text, machine),
      clocks: clocksOf(instruction, machine),
      waits: { vector: countIn(instruction, 'vmcnt'), scalar: countIn(instruction, 'lgkmcnt') },
    };
  });
}

/** A vector instruction passes twice through a SIMD of 32 lanes, except where RDNA3 has two of them. */
function clocksOf({ unit, rate, dual }: Instruction, { waveSize, isRdna3 }: Machine): number {
  if (unit !== 'valu') return 0;
  return rate * (waveSize === 64 && !(isRdna3 && dual) ? 2 : 1);
}

function countIn({ mnemonic, operands }: Instruction, counter: string): number | undefined {
  if (mnemonic !== 's_waitcnt') return undefined;
  const count = new RegExp(`${counter}\\((\\d+)\\)`).exec(operands)?.[1];
  return count === undefined ? undefined : Number(count);
}

/** The instruction as JavaScript; empty where it changes nothing. */
function effectText(instruction: Instruction, target: (label: string) => number): string {
  const { mnemonic, operands, unit } = instruction;
  switch (unit) {
    case 'none':
    case 'wait':
    case 'end':
    case 'barrier':
      if (!mnemonic.startsWith('s_')) break;
      return '';
    case 'branch': {
      if (mnemonic === 's_branch') return `return ${target(operands)}`;
      const condition = CONDITIONS[mnemonic.replace('s_cbranch_', '')];
      if (condition === undefined) break;
      return `if(${condition})return ${target(operands)}`;
    }
    case 'salu':
      // Writes to hardware registers only set the place of the wave's scratch memory.
      return mnemonic === 's_setreg_b32' ? '' : scalarEffect(decode(instruction));
    case 'smem':
      return scalarLoadEffect(decode(instruction));
    case 'load':
    case 'store':
      if (!mnemonic.startsWith('buffer_')) break;
      return bufferEffect(decode(instruction));
    case 'scratch-load':
    case 'scratch-store':
      return scratchEffect(decode(instruction));
    case 'lds':
      return ldsEffect(decode(instruction));
    case 'valu':
      return vectorEffect(decode(instruction));
  }
  throw new Error(`the emulator does not know ${mnemonic} ${operands}`);
}

function effectOf(text: string, { waveSize, isRdna3, vectorRegisters }: Machine): Effect {
  // In wave64, RDNA2 numbers shared registers after a wave's own: 32 lanes that both halves of the wave see.
  const isShared = (index: string): boolean => waveSize === 64 && !isRdna3 && Number(index) / 64 >= vectorRegisters;
  const body = text.replace(/\b([VF])\[(\d+)\+([ls])\]/g, (access, file: string, index: string, lane: string) =>
    isShared(index) ? `${file}[${index}+(${lane}&31)]` : access,
  );
  const state = 'const S=w.scalars,SF=w.scalarFloats,V=w.vectors,F=w.vectorFloats,E=w.active;';
  // oxlint-disable-next-line eslint/no-new-func, typescript/no-implied-eval -- an instruction is executed millions of times, and this is what it does
  return new Function('H', 'W', `return function(w){${state}${body}}`)(numbers, waveSize) as Effect;
}
