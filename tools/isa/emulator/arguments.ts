/**
 * Where RADV puts a compute shader's arguments: the pointer to the descriptors, the grid size, the workgroup's place in the grid,
 * and the number of waves in a workgroup. ACO's intermediate text names the registers, and NIR tells which arguments are used.
 */
import type { CompiledShader } from '../compile';

type Vector = readonly [number, number, number];

export interface Arguments {
  readonly grid: Vector;
  readonly workgroup: Vector;
  readonly waveInfo: number;
}

/** A function that writes the arguments to a wave's scalar registers. */
export function argumentWriter({ aco, nir, isRdna3 }: CompiledShader): (scalars: Uint32Array, args: Arguments) => void {
  const definitions = /^\s*(.*) = p_startpgm/m.exec(aco)?.[1];
  if (definitions === undefined) throw new Error('ACO names no p_startpgm; the emulator was written for Mesa 22.3');
  const registers = [...definitions.matchAll(/s\d+: (?:\([a-z]+\))*%\d+:s\[(\d+)/g)].map((match) => Number(match[1]));
  // The first is the offset of the rings; before RDNA3 the last is the offset of the scratch memory.
  const [descriptors, ...rest] = registers.slice(1, isRdna3 ? undefined : -1);
  const usesGrid = componentsUsed(nir, 'load_num_workgroups').length > 0;
  const ids = componentsUsed(nir, 'load_workgroup_id');
  const spare = rest.length - (usesGrid ? 3 : 0) - ids.length;
  if (descriptors === undefined || spare < 0 || spare > 1) {
    throw new Error(`unexpected arguments ${definitions}; the emulator was written for Mesa 22.3`);
  }
  return (scalars, { grid, workgroup, waveInfo }) => {
    scalars[descriptors] = 0x10000;
    const values = [...(usesGrid ? grid : []), ...ids.map((axis) => workgroup[axis]), waveInfo];
    for (const [i, register] of rest.entries()) scalars[register] = values[i];
  };
}

/** The axes of a vector that a shader uses. */
function componentsUsed(nir: string, intrinsic: string): number[] {
  const name = new RegExp(`(ssa_\\d+) = intrinsic ${intrinsic}\\b`).exec(nir)?.[1];
  if (name === undefined) return [];
  const used = new Set<string>();
  for (const match of nir.matchAll(new RegExp(`\\b${name}\\b(?! = intrinsic)(?:\\.([xyzw]+))?`, 'g'))) {
    for (const axis of match[1] ?? 'xyz') used.add(axis);
  }
  return ['x', 'y', 'z'].flatMap((axis, i) => (used.has(axis) ? [i] : []));
}
