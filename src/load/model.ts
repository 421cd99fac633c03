/**
 * A loaded model: its inputs and outputs, its weights on the GPU, and how it is run.
 *
 * @module
 */
import { check, checkOptions, describe, show, sizeOf } from '../conv/check';
import type { StepTime } from '../gpu/timer';
import type { Program } from '../graph/program';
import type { DType } from '../kernels/dtype';
import { reshape } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import type { PrepareOptions } from '../tensor/prepare';
import { Tensor } from '../tensor/tensor';
import { resultDType } from './arity';
import { disposeTensors, execute, finish, valueOf, type Value, type Values } from './execute';
import { feedsOf, formsOf, type GraphModelFeeds } from './feeds';
import type { GraphOps } from './gpu-call';
import { GPU_OPS } from './gpu-ops';
import type { Graph, GraphEnd } from './graph';
import type { HostValue } from './host-value';
import { createPrograms, feedsByNumber, type Programs } from './programs';
import { publicOps } from './public-ops';

/** An input or output of a {@link GraphModel}. */
export interface GraphModelEnd {
  readonly name: string;
  /** Sizes, -1 for those that the file leaves open; undefined if it does not even say how many there are. */
  readonly shape?: readonly number[];
  /** What the numbers stand for. Tensors hold floating-point numbers, whole ones exactly up to 2^24. */
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** What `model.explain` says. */
export interface GraphModelExplanation {
  /**
   * Every node that is computed, in order. `'gpu'`: a call of one of this library's functions. `'host'`: on the CPU, from
   * shapes. `'tail'`: on the CPU, from results that were read back. `'constant'`: computed once, when the model was loaded.
   */
  readonly nodes: readonly {
    readonly name: string;
    readonly op: string;
    readonly place: 'constant' | 'host' | 'gpu' | 'tail';
  }[];
  /** The nodes whose results are read back for the tail. */
  readonly reads: readonly string[];
}

/** What was compiled; see {@link GraphModel.compile}. */
export type CompiledModel = Pick<Program<never, unknown>, 'dispatches' | 'explain' | 'memory'>;

/**
 * A model on the GPU. Made by `loadGraphModel`; its weights come back by themselves when the device is lost.
 *
 * @example
 * ```ts
 * using model = await loadGraphModel(gpu, 'facemesh/model.json');
 * const { output_mesh: mesh } = await model.run({ input_1: pixels });
 * console.log(await mesh.read());
 * ```
 */
export interface GraphModel {
  readonly inputs: readonly GraphModelEnd[];
  readonly outputs: readonly GraphModelEnd[];
  /**
   * Computes the outputs. The first run with inputs of these shapes compiles a program for them, as `compile` does, and waits
   * for that; where the model ends in arithmetic on the CPU a run waits for the results that this needs.
   *
   * @param feeds by input, tensors, which stay yours, or numbers; a model of one input takes its tensor alone, too
   * @returns by output, a tensor that is yours to dispose
   * @throws (rejects) if an input is missing, unknown or of another shape, or a node cannot be computed; the message names it
   */
  run(feeds: GraphModelFeeds): Promise<Record<string, Tensor>>;
  /**
   * Compiles the program for inputs of these shapes, which the first `run` would do.
   *
   * @param inputs shapes by input; needed only where the model leaves a size open
   * @returns what a run of it is: its dispatches, and its memory
   * @param options onProgress and signal; what is compiled already needs neither
   * @throws (rejects) if a shape does not fit, or with the signal's reason when it is aborted
   * @example
   * ```ts
   * await model.compile({}, { onProgress: (done, total) => bar.set(done / total) });
   * ```
   */
  compile(inputs?: Readonly<Record<string, readonly number[]>>, options?: PrepareOptions): Promise<CompiledModel>;
  /**
   * Runs the program for inputs of these shapes once and times each dispatch; compiles it if no run did. Arithmetic on the
   * CPU that the model ends in is left out.
   *
   * @param feeds as for `run`
   * @returns one entry per dispatch, in the order of `explain` of what `compile` gives; milliseconds
   * @throws (rejects) as `run` does
   * @example
   * ```ts
   * for (const { kernel, ms } of await model.profile(x)) console.log(kernel, ms);
   * ```
   * @see https://www.w3.org/TR/webgpu/#timestamp
   */
  profile(feeds: GraphModelFeeds): Promise<StepTime[]>;
  /**
   * The same at once and call by call, for `prepare`, `record` and `profile`.
   *
   * @throws as `run` does, or if the model ends in arithmetic on the CPU
   * @example
   * ```ts
   * await prepare(gpu, () => model.execute(x)); // compiles all that the model needs
   * ```
   */
  execute(feeds: GraphModelFeeds): Record<string, Tensor>;
  /** Where each node is computed. */
  explain(): GraphModelExplanation;
  /** Frees the weights. Outputs stay. */
  dispose(): void;
  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void;
}

/**
 * The model of a graph; uploads the weights that its nodes need.
 *
 * @param halves whether weights that the file has as float16 stay that on the GPU
 * @throws if the device has no memory for the weights; nothing is left on it then
 */
export function modelOf(gpu: Gpu, graph: Graph, halves: boolean): GraphModel {
  const weights = new Map<string, Tensor>();
  let transient: Tensor[] = [];
  let programs: Programs | undefined;
  let disposed = false;

  const upload = (value: HostValue): Tensor => {
    const { constant: name, shape, half = false } = value;
    if (name === undefined) return gpu.tensor(value.values, shape);
    const known = weights.get(name);
    if (known !== undefined) return known;
    const dtype: DType = halves && half ? 'f16' : 'f32';
    const capturing = gpu.context.tape !== undefined;
    const tensor = gpu.tensor(value.values, shape, { dtype, keep: capturing ? false : () => value.values });
    // What is made inside prepare or record goes with it.
    if (capturing) transient.push(tensor);
    else weights.set(name, tensor);
    return tensor;
  };
  const ops: GraphOps = { ...publicOps, upload };
  const dropTransient = (): void => {
    for (const tensor of transient) tensor.dispose();
    transient = [];
  };
  const dispose = (): void => {
    disposed = true;
    programs?.dispose();
    for (const tensor of weights.values()) tensor.dispose();
    weights.clear();
  };
  try {
    for (const value of weightsOf(graph)) upload(value);
  } catch (error) {
    dispose();
    throw error;
  }

  /** Runs the part that waits for nothing, and hands its results to `use`; whatever that does not take is freed. */
  const start = <T>(op: string, feeds: GraphModelFeeds, use: (values: Values) => T): T => {
    check(!disposed, () => `${op}: the model was disposed; load it again`);
    const fed = feedsOf(op, gpu, graph, feeds);
    try {
      const values = execute(op, graph, fed.tensors, ops);
      try {
        return use(values);
      } finally {
        for (const [name, results] of values) if (!fed.tensors.has(name)) disposeTensors(results);
      }
    } finally {
      for (const tensor of fed.own) tensor.dispose();
      dropTransient();
    }
  };
  /** An output that is an array; its errors name it. */
  const uploaded = (op: string, name: string, { values, shape }: HostValue): Tensor => {
    try {
      return gpu.tensor(values, shape);
    } catch (cause) {
      throw new Error(`${op}: output ${show(name)} ${describe(shape)}: ${(cause as Error).message}`, { cause });
    }
  };
  const outputsOf = (op: string, ends: readonly GraphEnd[], values: Values): [string, Tensor][] => {
    const made: [string, Tensor][] = [];
    try {
      for (const { name, reference } of ends) {
        const value = valueOf(op, values, reference);
        // Each output is a tensor of its own, even of nodes that are two of them, or an input.
        made.push([name, value instanceof Tensor ? reshape(value, value.shape) : uploaded(op, name, value)]);
      }
      return made;
    } catch (error) {
      for (const [, tensor] of made) tensor.dispose();
      throw error;
    }
  };
  const tail = graph.nodes.filter(({ place }) => place === 'tail');
  const late = new Set(tail.map(({ name }) => name));
  const early = graph.outputs.filter(({ reference }) => !late.has(reference.node));
  const wanted = [...early.map(({ reference }) => reference), ...graph.reads];
  const compiled = createPrograms(gpu, wanted, (op, tensors) => {
    try {
      return execute(op, graph, tensors, ops);
    } finally {
      dropTransient();
    }
  });
  programs = compiled;

  /** What is fed, by references of its own: the caller may dispose his tensors while a program is compiled. */
  const held = (op: string, feeds: GraphModelFeeds): ReadonlyMap<string, Tensor> => {
    check(!disposed, () => `${op}: the model was disposed; load it again`);
    check(
      gpu.context.tape === undefined,
      () => `${op}: called inside prepare, record, profile or compile; call model.execute there`,
    );
    const { tensors, own } = feedsOf(op, gpu, graph, feeds);
    const copies = new Map(Array.from(tensors, ([name, tensor]) => [name, tensor.seenAs(op, tensor.shape)]));
    for (const tensor of own) tensor.dispose();
    return copies;
  };

  const run = async (feeds: GraphModelFeeds): Promise<Record<string, Tensor>> => {
    const op = 'model.run';
    const fed = held(op, feeds);
    let results: readonly Tensor[] = [];
    let outputs: [string, Tensor][] = [];
    try {
      const { given, arrays } = await compiled.with(op, fed, (made) => {
        check(!disposed, () => `${op}: the model was disposed while it was compiled; load it again`);
        results = made.program.run(feedsByNumber(fed) as never);
        return made;
      });
      const values: Values = new Map<string, readonly Value[]>(arrays);
      for (const [i, { node, output }] of given.entries())
        values.set(node, withResult(values.get(node), output, results[i]));
      outputs = outputsOf(op, early, values);
      const reading = graph.reads.map(
        async (reference) => [reference, await read(valueOf(op, values, reference), graph, reference)] as const,
      );
      const all: Values = new Map<string, readonly Value[]>(arrays);
      for (const [{ node, output }, value] of await Promise.all(reading)) {
        all.set(node, withResult(all.get(node), output, value));
      }
      const rest = graph.outputs.filter(({ reference }) => late.has(reference.node));
      outputs.push(...outputsOf(op, rest, finish(op, graph, all)));
    } catch (error) {
      for (const [, tensor] of outputs) tensor.dispose();
      throw error;
    } finally {
      for (const tensor of [...fed.values(), ...results]) tensor.dispose();
    }
    return inOrder(graph, outputs);
  };

  const profileOf = async (feeds: GraphModelFeeds): Promise<StepTime[]> => {
    const op = 'model.profile';
    const fed = held(op, feeds);
    try {
      return await compiled.with(op, fed, ({ program }) => {
        check(!disposed, () => `${op}: the model was disposed while it was compiled; load it again`);
        return program.profile(feedsByNumber(fed) as never);
      });
    } finally {
      for (const tensor of fed.values()) tensor.dispose();
    }
  };

  const compileFor = async (
    inputs: Readonly<Record<string, readonly number[]>> = {},
    options: PrepareOptions = {},
  ): Promise<CompiledModel> => {
    const op = 'model.compile';
    checkOptions(op, options, ['onProgress', 'signal']);
    check(!disposed, () => `${op}: the model was disposed; load it again`);
    return compiled.with(op, formsOf(op, gpu, graph, inputs), ({ program }) => program, options);
  };

  return {
    inputs: graph.inputs.map(endOf),
    outputs: graph.outputs.map(endOf),
    run,
    compile: compileFor,
    profile: profileOf,
    execute(feeds) {
      const op = 'model.execute';
      check(
        tail.length === 0,
        () =>
          `${op}: the model ends in arithmetic on the CPU, ${tail.length} nodes from ${tail[0].label} on, which waits for the GPU; call run, or choose outputs before it`,
      );
      return start(op, feeds, (values) => inOrder(graph, outputsOf(op, graph.outputs, values)));
    },
    explain: () => explanationOf(graph),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** The results of a node with one more of them. */
function withResult(results: readonly Value[] = [], output: number, value: Value): readonly Value[] {
  const all = [...results];
  all[output] = value;
  return all;
}

function endOf({ name, shape, dtype }: GraphEnd): GraphModelEnd {
  return { name, shape, dtype };
}

/** Own properties whatever the names are: fromEntries defines them. */
function inOrder({ outputs }: Graph, made: readonly (readonly [string, Tensor])[]): Record<string, Tensor> {
  const tensors = new Map(made);
  return Object.fromEntries(outputs.map(({ name }) => [name, tensors.get(name)!]));
}

function explanationOf({ nodes, constants, reads }: Graph): GraphModelExplanation {
  const folded = [...constants].flatMap(([name, [{ constant }]]) =>
    constant === name ? [] : [{ name, op: 'Const', place: 'constant' as const }],
  );
  return {
    nodes: [...folded, ...nodes.map(({ name, op, place }) => ({ name, op, place }))],
    reads: [...new Set(reads.map(({ node }) => node))],
  };
}

/** The constants that nodes take as tensors. Single numbers are written into the calls instead, where they are finite. */
function weightsOf({ nodes, constants }: Graph): readonly HostValue[] {
  return nodes.flatMap(({ place, op, inputs }) => {
    if (place !== 'gpu') return [];
    const host = new Set(GPU_OPS.get(op)?.host?.map((i) => (i < 0 ? i + inputs.length : i)));
    return inputs.flatMap(({ node, output }, i) => {
      const value = host.has(i) ? undefined : constants.get(node)?.[output];
      return value === undefined || sizeOf(value.shape) <= 1 ? [] : [value];
    });
  });
}

/** A result of the GPU, or what was fed, as an array. */
async function read(
  value: Tensor | HostValue,
  { nodes }: Graph,
  { node, output }: { node: string; output: number },
): Promise<HostValue> {
  if (!(value instanceof Tensor)) return value;
  const { shape } = value;
  const numbers = await value.read<ArrayLike<number>>();
  const from = nodes.find(({ name }) => name === node);
  const dtype = from === undefined ? 'float32' : resultDType(from, output);
  const values =
    dtype === 'float32'
      ? Float32Array.from(numbers)
      : dtype === 'int32'
        ? Int32Array.from(numbers)
        : Uint8Array.from(numbers);
  return { shape, dtype, values };
}
