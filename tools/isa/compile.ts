/**
 * Compiles WGSL to the instructions of an AMD GPU, without a GPU: Dawn's Tint makes SPIR-V, and Mesa's RADV compiles it for the
 * family that RADV_FORCE_FAMILY names. A Vulkan layer (layer.c) answers what RADV's null device cannot, and records the
 * compiler's output.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVICES, type Family } from './devices';
import type { Stack } from './stack';

export interface Source {
  readonly code: string;
  /** The entry point, if the program has several. */
  readonly entry?: string;
  /** Values of `override`s. */
  readonly constants?: Readonly<Record<string, number>>;
}

export interface CompiledShader {
  readonly isRdna3: boolean;
  readonly waveSize: number;
  readonly workgroupSize: readonly [number, number, number];
  readonly statistics: Statistics;
  readonly assembly: string;
  /** The compiler's intermediate texts. */
  readonly nir: string;
  readonly aco: string;
}

export interface Statistics {
  /** Vector registers that a wave gets. */
  readonly vectorRegisters: number;
  /** The number of waves, of at most 16: the occupancy. */
  readonly wavesPerSimd: number;
  readonly spilledRegisters: number;
  /** Of a wave. */
  readonly scratchBytes: number;
  /** Of a workgroup. */
  readonly ldsBytes: number;
}

/** The worker's input file, and the answer in its output file. */
export interface Request {
  readonly webgpu: string;
  readonly capture: string;
  readonly sources: readonly Source[];
}
export interface Answer {
  readonly driver: string;
  readonly shaders: readonly (Captured | { readonly error: string })[];
}
export interface Captured {
  readonly subgroupSize: number;
  readonly stats: Readonly<Record<string, number>>;
  readonly ir: Readonly<Record<string, string>>;
}

export interface Compilation {
  /** The driver in its own words, with its version. */
  readonly driver: string;
  /** In the order of the sources. */
  readonly shaders: readonly (CompiledShader | { readonly error: string })[];
}

/** Compiles all sources in one child process, because the driver reads its settings only when it starts. */
export function compileAll(stack: Stack, sources: readonly Source[], family: Family): Compilation {
  const folder = mkdtempSync(join(tmpdir(), 'depthwise-isa-'));
  try {
    buildLayer(folder);
    const request = join(folder, 'request.json');
    const answer = join(folder, 'answer.json');
    const capture = join(folder, 'capture.jsonl');
    writeFileSync(request, JSON.stringify({ webgpu: stack.webgpu, capture, sources } satisfies Request));
    const worker = [...process.execArgv, join(import.meta.dirname, 'worker.ts'), request, answer];
    const environment = environmentOf(stack, family, folder, capture);
    const { status, signal, stderr } = spawnSync(process.execPath, worker, { env: environment, encoding: 'utf8' });
    if (!existsSync(answer)) {
      throw new Error(`the compiler's process ended with ${signal ?? status}: ${stderr.trim().slice(-2000)}`);
    }
    const { driver, shaders } = JSON.parse(readFileSync(answer, 'utf8')) as Answer;
    return { driver, shaders: shaders.map((shader) => ('error' in shader ? shader : shaderOf(shader, family))) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildLayer(folder: string): void {
  const library = join(folder, 'libisa_layer.so');
  const args = ['-O1', '-shared', '-fPIC', join(import.meta.dirname, 'layer.c'), '-o', library, '-lpthread'];
  const { status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`gcc does not compile layer.c: ${stderr}`);
  const layer = {
    name: 'VK_LAYER_isa_capture',
    type: 'GLOBAL',
    library_path: './libisa_layer.so',
    api_version: '1.3.239',
    implementation_version: '1',
    description: "records what RADV's compiler says",
  };
  writeFileSync(join(folder, 'VkLayer_isa.json'), JSON.stringify({ file_format_version: '1.1.2', layer }));
}

function environmentOf({ driver }: Stack, family: Family, folder: string, capture: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    XDG_RUNTIME_DIR: folder,
    RADV_FORCE_FAMILY: family,
    // The second name is the newer one.
    VK_ICD_FILENAMES: driver,
    VK_DRIVER_FILES: driver,
    VK_LAYER_PATH: folder,
    VK_INSTANCE_LAYERS: 'VK_LAYER_isa_capture',
    ISA_OUT: capture,
    MESA_SHADER_CACHE_DISABLE: 'true',
  };
}

/** The number of waves that fit in a SIMD of RDNA2 and RDNA3. */
const SLOTS = 16;

function shaderOf({ subgroupSize, stats, ir }: Captured, family: Family): CompiledShader {
  const nir = ir['NIR Shader(s)'] ?? '';
  const [, x, y, z] = /workgroup-size: (\d+), (\d+), (\d+)/.exec(nir) ?? [];
  if (z === undefined) throw new Error('NIR names no workgroup size; the analyser was written for Mesa 22.3');
  return {
    isRdna3: DEVICES[family].isRdna3,
    waveSize: subgroupSize,
    workgroupSize: [Number(x), Number(y), Number(z)],
    statistics: {
      vectorRegisters: stats.VGPRs,
      // RADV counts in waves of 32.
      wavesPerSimd: Math.min(SLOTS, stats['Subgroups per SIMD'] / (subgroupSize / 32)),
      spilledRegisters: stats['Spilled VGPRs'],
      scratchBytes: stats['Scratch size'],
      ldsBytes: stats['LDS size'],
    },
    assembly: ir.Assembly ?? '',
    nir,
    aco: ir['ACO IR'] ?? '',
  };
}
