/**
 * Caches compute pipelines by WGSL text: the text holds everything that the pipeline depends on, so there is no other key to
 * keep in step. Compilation is asynchronous and parallel; the synchronous way is for callers that cannot wait.
 *
 * The least recently used pipeline is dropped first, and compiled again when it is needed; whoever holds a pipeline keeps it.
 * Nothing is dropped while anything compiles: the queue waits until all programs of its commands are there, however many.
 *
 * @module
 */
import { createCache } from '../kernels/cache';
import type { Binding } from '../step';
import { worded } from './worded';

/** A compiled program. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindings: readonly Binding[];
}

/** A program, what it binds, and the name that errors and labels give it. */
export interface Program {
  readonly wgsl: string;
  readonly bindings: readonly Binding[];
  readonly program: string;
}

export interface Pipelines {
  /** The pipeline if it is compiled; an Error if it does not compile; undefined if that is not known yet. */
  ready(wgsl: string): Pipeline | Error | undefined;
  /** Compiles, or joins a compilation under way. Rejects with the compiler's message; at once if the message is known. */
  compile(program: Program): Promise<Pipeline>;
  /** Compiles synchronously: the next submit then takes the driver's own compile time, and errors are known later. */
  compileNow(program: Program): Pipeline;
  /** How many programs are kept, with those that do not compile. */
  readonly size: number;
}

/** Enough for several networks; a program whose text changes with every frame of an app must not fill the memory. */
const KEPT = 512;

/** @param bound how many programs are kept */
export function createPipelines(device: GPUDevice, bound: number = KEPT): Pipelines {
  const done = createCache<string, Pipeline | Error>();
  const underWay = new Map<string, Promise<Pipeline>>();

  /** Ends a compilation. Whoever waits for it goes on before the next task, and finds the program in the cache. */
  const end = ({ wgsl }: Program): void => {
    underWay.delete(wgsl);
    if (underWay.size > 0 || done.size <= bound) return;
    setTimeout(() => {
      if (underWay.size === 0) done.trim(bound);
    });
  };

  const parts = ({
    wgsl,
    bindings,
    program: label,
  }: Program): Omit<Pipeline, 'pipeline'> & { descriptor: GPUComputePipelineDescriptor } => {
    const layout = device.createBindGroupLayout({ label, entries: bindings.map(layoutEntry) });
    const module = device.createShaderModule({ label, code: wgsl });
    const pipelineLayout = device.createPipelineLayout({ label, bindGroupLayouts: [layout] });
    return { bindings, layout, descriptor: { label, layout: pipelineLayout, compute: { module, entryPoint: 'main' } } };
  };

  /** Puts an error in the program's place in the cache, so that nobody waits for the program or tries it again. */
  const failed = async (
    program: Program,
    module: GPUShaderModule,
    refusal: GPUError | null,
    cause: unknown,
  ): Promise<Error> => {
    const error = await worded(cause, ({ compileError }) => compileError(program, module, refusal, cause));
    done.set(program.wgsl, error);
    return error;
  };

  /** Ends a compilation with what `made` gives. */
  const settled = async (
    program: Program,
    module: GPUShaderModule,
    outcome: Promise<GPUError | null>,
    made: (refusal: Promise<GPUError | null>) => Promise<Pipeline>,
  ): Promise<Pipeline> => {
    const refusal = outcome.catch(() => null);
    try {
      return await made(refusal);
    } catch (cause) {
      throw await failed(program, module, await refusal, cause);
    } finally {
      end(program);
    }
  };

  const compile = async (program: Program): Promise<Pipeline> => {
    // The async call reports a failure by rejecting; without a scope the module's error would also reach the console.
    device.pushErrorScope('validation');
    const { bindings, layout, descriptor } = parts(program);
    return settled(program, descriptor.compute.module, device.popErrorScope(), async () => {
      const pipeline = { pipeline: await device.createComputePipelineAsync(descriptor), layout, bindings };
      done.set(program.wgsl, pipeline);
      return pipeline;
    });
  };

  return {
    ready: (wgsl) => done.peek(wgsl),
    compile(program) {
      const joined = underWay.get(program.wgsl);
      if (joined !== undefined) return joined;
      const known = done.get(program.wgsl);
      if (known instanceof Error) return Promise.reject(known);
      if (known !== undefined) return Promise.resolve(known);
      const compiling = compile(program);
      underWay.set(program.wgsl, compiling);
      return compiling;
    },
    compileNow(program) {
      const known = done.get(program.wgsl);
      if (known instanceof Error) throw known;
      if (known !== undefined) return known;
      device.pushErrorScope('validation');
      const { bindings, layout, descriptor } = parts(program);
      const pipeline = { pipeline: device.createComputePipeline(descriptor), layout, bindings };
      done.set(program.wgsl, pipeline);
      // Whether it is valid is known later; an error then replaces the pipeline in the cache. A compilation under way finds out
      // anyway, and whoever needs to know calls `compile`.
      const refusal = device.popErrorScope();
      if (!underWay.has(program.wgsl)) {
        const judged = settled(program, descriptor.compute.module, refusal, async (outcome) => {
          const error = await outcome;
          if (error !== null) throw error;
          return pipeline;
        });
        judged.catch(() => {});
        underWay.set(program.wgsl, judged);
      }
      return pipeline;
    },
    get size() {
      return done.size;
    },
  };
}

function layoutEntry({ binding, access, kind }: Binding): GPUBindGroupLayoutEntry {
  const type = access === 'uniform' ? 'uniform' : access === 'read' ? 'read-only-storage' : 'storage';
  const visibility = 0x4; // GPUShaderStage.COMPUTE
  return { binding, visibility, ...(kind === undefined ? { buffer: { type } } : { [kind]: {} }) };
}
