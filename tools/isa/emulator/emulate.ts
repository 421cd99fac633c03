/**
 * Runs a compiled shader wave by wave on real data: exact counts of what was executed and which lines of memory it touched,
 * and an event-driven estimate of the time.
 *
 * Workgroup i goes to compute unit i % units, and unit u belongs to shader array u % arrays. Only array 0 is run: arrays share
 * nothing but the L2, and this one gets its share of that. Each wave has a clock, and the wave that is furthest behind runs.
 */
import type { CompiledShader } from '../compile';
import type { Device } from '../devices';
import { argumentWriter } from './arguments';
import { computeUnitOf, memoryOf, type ComputeUnit } from './memory';
import { EXEC } from './operands';
import { compile, type Operation } from './program';
import { queueOf } from './queue';
import { waveOf, type Buffer, type Counts, type Wave, type Workgroup } from './wave';

export interface Run {
  readonly program: readonly Operation[];
  readonly counts: Counts;
  readonly buffers: readonly Buffer[];
  /** How many workgroups the dispatch has for each one that was run. */
  readonly scale: number;
  readonly l1Misses: number;
  readonly clocks: number;
}

/** A compute unit with the workgroups that wait for it. */
interface Core {
  readonly unit: ComputeUnit;
  /** The next one is last in the list. */
  readonly workgroups: number[];
  waves: number;
  nextSimd: 0 | 1;
}

/** A wave that executes more than this is taken to be endless. */
const RUNAWAY = 5e6;

/**
 * @param bindings in the order of the descriptors
 * @param whole runs every workgroup instead of one shader array, so that all outputs can be checked
 */
export function emulate(
  shader: CompiledShader,
  bindings: readonly ArrayBufferView[],
  grid: readonly [number, number, number],
  device: Device,
  { whole = false }: { readonly whole?: boolean } = {},
): Run {
  const { waveSize, workgroupSize, isRdna3, statistics } = shader;
  const program = compile(shader.assembly, { waveSize, isRdna3, vectorRegisters: statistics.vectorRegisters });
  const buffers = bindings.map(bufferOf);
  const counts = countsOf(program.length);
  const memory = memoryOf(device, whole ? 1 : 1 / device.shaderArrays);
  const world = { device, waveSize, memory, buffers, counts, scratchBytes: statistics.scratchBytes };
  const writeArguments = argumentWriter(shader);

  const total = grid[0] * grid[1] * grid[2];
  const invocations = workgroupSize[0] * workgroupSize[1] * workgroupSize[2];
  const wavesPerGroup = Math.ceil(invocations / waveSize);
  const wavesPerUnit = Math.max(wavesPerGroup, statistics.wavesPerSimd * 2);
  const ready = queueOf<Wave>((wave) => wave.time);
  const finishedWaves: Wave[] = [];
  const coreOf = new Map<ComputeUnit, Core>();
  let created = 0;
  let workgroupsRun = 0;
  let end = 0;

  const launch = (core: Core, now: number): void => {
    while (core.workgroups.length > 0 && core.waves + wavesPerGroup <= wavesPerUnit) {
      const id = core.workgroups.pop() as number;
      workgroupsRun++;
      core.waves += wavesPerGroup;
      const group = workgroupOf(statistics.ldsBytes);
      const workgroup = [id % grid[0], Math.floor(id / grid[0]) % grid[1], Math.floor(id / grid[0] / grid[1])] as const;
      for (let index = 0; index < wavesPerGroup; index++) {
        const wave = finishedWaves.pop() ?? waveOf(world, created++);
        wave.place = { unit: core.unit, group, simd: core.nextSimd };
        core.nextSimd = core.nextSimd === 0 ? 1 : 0;
        reset(wave, now);
        for (let l = 0; l < waveSize && index * waveSize + l < invocations; l++) {
          setLane(wave, l, index * waveSize + l, shader);
        }
        writeArguments(wave.scalars, { grid, workgroup, waveInfo: (index << 6) | wavesPerGroup });
        wave.sync();
        ready.push(wave);
      }
    }
  };

  const finish = (wave: Wave): void => {
    wait(wave, wave.vectorLoads, 0);
    end = Math.max(end, wave.time);
    const core = coreOf.get(wave.place.unit) as Core;
    core.waves--;
    finishedWaves.push(wave);
    if (++wave.place.group.finished === wavesPerGroup) launch(core, wave.time);
  };

  const arrive = (wave: Wave): void => {
    wave.next++;
    const { waiting } = wave.place.group;
    waiting.push(wave);
    if (waiting.length < wavesPerGroup) return;
    const time = Math.max(...waiting.map((other) => other.time)) + 8;
    for (const other of waiting.splice(0)) {
      other.time = time;
      ready.push(other);
    }
  };

  /** Runs until the wave ends, waits for others, or is no longer the one that is furthest behind. */
  const advance = (wave: Wave): void => {
    for (let steps = 0; steps < RUNAWAY; steps++) {
      const operation = program[wave.next];
      if (operation === undefined) throw new Error('the program has no end');
      counts.executed[wave.next]++;
      if (operation.unit === 'end') return finish(wave);
      if (operation.unit === 'barrier') return arrive(wave);
      execute(wave, operation);
      if (ready.firstTime() < wave.time) return ready.push(wave);
    }
    throw new Error('a wave does not end');
  };

  for (let i = 0; i < device.computeUnits; i++) {
    if (!whole && i % device.shaderArrays !== 0) continue;
    const workgroups: number[] = [];
    for (let id = i; id < total; id += device.computeUnits) workgroups.push(id);
    const core: Core = { unit: computeUnitOf(device), workgroups: workgroups.toReversed(), waves: 0, nextSimd: 0 };
    coreOf.set(core.unit, core);
  }
  for (const core of coreOf.values()) launch(core, 0);
  for (let wave = ready.pop(); wave !== undefined; wave = ready.pop()) advance(wave);

  return {
    program,
    counts,
    buffers,
    scale: total / workgroupsRun,
    l1Misses: memory.misses,
    clocks: Math.max(end, memory.busyUntil),
  };
}

/** Executes one instruction and moves the wave's clock. */
function execute(wave: Wave, { unit, waits, clocks, effect }: Operation): void {
  const { simd, unit: computeUnit } = wave.place;
  switch (unit) {
    case 'wait':
      if (waits.vector !== undefined) wait(wave, wave.vectorLoads, waits.vector);
      if (waits.scalar !== undefined) wait(wave, wave.scalarLoads, waits.scalar);
      wave.time += 1;
      break;
    case 'valu':
      wave.time = Math.max(computeUnit.vectorFree[simd], wave.time) + clocks;
      computeUnit.vectorFree[simd] = wave.time;
      break;
    case 'salu':
    case 'smem':
      wave.time = Math.max(computeUnit.scalarFree[simd], wave.time) + 2;
      computeUnit.scalarFree[simd] = wave.time - 1;
      break;
    case 'branch':
      wave.time += 4;
      break;
    default:
      wave.time += 1;
  }
  wave.next = effect?.(wave) ?? wave.next + 1;
}

/** Waits until at most `count` of the loads are in flight. */
function wait(wave: Wave, loads: number[], count: number): void {
  while (loads.length > count) wave.time = Math.max(wave.time, loads.shift() as number);
}

function reset(wave: Wave, now: number): void {
  wave.scalars.fill(0);
  wave.vectors.fill(0);
  wave.vectorLoads.length = 0;
  wave.scalarLoads.length = 0;
  wave.scc = 0;
  wave.next = 0;
  wave.time = now;
}

/** Activates a lane and gives it its place in the workgroup: in three registers, or packed into one. */
function setLane(wave: Wave, lane: number, invocation: number, { workgroupSize, isRdna3 }: CompiledShader): void {
  const { scalars, vectors } = wave;
  const x = invocation % workgroupSize[0];
  const y = Math.floor(invocation / workgroupSize[0]) % workgroupSize[1];
  const z = Math.floor(invocation / workgroupSize[0] / workgroupSize[1]);
  scalars[EXEC + (lane >> 5)] |= 1 << (lane & 31);
  vectors[lane] = isRdna3 ? x | (y << 10) | (z << 20) : x;
  if (isRdna3) return;
  vectors[64 + lane] = y;
  vectors[128 + lane] = z;
}

function bufferOf(data: ArrayBufferView, index: number): Buffer {
  const size = data.byteLength;
  const bytes = new ArrayBuffer(Math.ceil((size + 64) / 4) * 4);
  new Uint8Array(bytes).set(new Uint8Array(data.buffer, data.byteOffset, size));
  return {
    size,
    u8: new Uint8Array(bytes),
    u16: new Uint16Array(bytes),
    u32: new Uint32Array(bytes),
    address: index * 2 ** 30,
  };
}

function workgroupOf(ldsBytes: number): Workgroup {
  const bytes = new ArrayBuffer(Math.max(ldsBytes, 64) + 4096);
  return { lds: new Uint32Array(bytes), lds16: new Uint16Array(bytes), waiting: [], finished: 0 };
}

function countsOf(size: number): Counts {
  const zeros = (): Float64Array => new Float64Array(size);
  return { executed: zeros(), lines: zeros(), l0Misses: zeros(), bytes: zeros(), ldsClocks: zeros() };
}
