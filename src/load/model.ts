/**
 * A loaded model: its inputs and outputs, its weights on the GPU, and how it is run.
 *
 * @module
 */
import { check, checkOptions } from '../conv/check';
import type { StepTime } from '../gpu/timer';
import type { Program } from '../graph/program';
import type { Gpu } from '../tensor/gpu';
import type { PrepareOptions } from '../tensor/prepare';
import type { Tensor } from '../tensor/tensor';
import { viewOf } from '../tensor/view';
import type { TuneOptions } from '../tune/tune';
import { execute } from './execute';
import { explanationOf, type ModelExplanation } from './explanation';
import { feedsOf, formsOf, type ModelFeeds } from './feeds';
import type { Graph, GraphEnd } from './graph';
import { uploadWeights } from './model-weights';
import { createPrograms, type Programs } from './programs';
import { checkAtOnce, outputsOf, runOf, runStages } from './run';
import { keyOf } from './stages';
import type { ModelTuning } from './tune-model';

/** An input or output of a {@link Model}. */
export interface ModelEnd {
  readonly name: string;
  /** Sizes, -1 for those that the file leaves open; undefined if it does not even say how many there are. */
  readonly shape?: readonly number[];
  /** What the numbers stand for. Tensors hold floating-point numbers, whole ones exactly up to 2^24. */
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** What was compiled; see {@link Model.compile}. */
export type CompiledModel = Pick<Program<never, unknown>, 'dispatches' | 'explain' | 'memory' | 'ready'>;

/**
 * A model on the GPU, whatever file it came from. Its weights are restored automatically when the device is lost.
 *
 * @example
 * ```ts
 * using model = await loadGraphModel(gpu, 'facemesh/model.json');
 * const { output_mesh: mesh } = await model.run({ input_1: pixels });
 * console.log(await mesh.read());
 * ```
 */
export interface Model {
  readonly inputs: readonly ModelEnd[];
  readonly outputs: readonly ModelEnd[];
  /**
   * Computes the outputs. The first run with inputs of these shapes compiles a program for them, as `compile` does, and
   * waits for what its first result needs. Later runs may differ from the first ones in rounding, unless the gpu was opened with
   * `quickStart: false`. Where arithmetic on the CPU needs results of the GPU, a run waits for them.
   *
   * @param feeds by input, tensors, which stay yours, numbers, or an ImageData of the input's size; a model of one input takes
   *   its own alone, too
   * @returns by output, a tensor that is yours to dispose
   * @throws (rejects) if an input is missing, unknown or of another shape, or a node cannot be computed; the message names it
   * @throws (rejects) if a program does not compile
   */
  run(feeds: ModelFeeds): Promise<Record<string, Tensor>>;
  /**
   * Compiles the program for inputs of these shapes, which the first `run` would do; for a model of several stages only the
   * first stage's program, since the inputs of the others depend on results. `ready` of what it gives waits for the programs
   * that replace those of the first runs.
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
   * CPU is left out.
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
  profile(feeds: ModelFeeds): Promise<StepTime[]>;
  /**
   * Tunes the programs that are compiled, one after the other, as `program.tune` does: those of the shapes that `run` or `compile`
   * was given, of every stage. The model is never slower afterwards, and can be run meanwhile.
   *
   * @param options as for `program.tune`; each program has an equal part of `budgetMs`
   * @returns for each program what was tried and kept, why, and the time of a run before and after
   * @throws (rejects) as `program.tune` does, or if no program is compiled yet
   * @example
   * ```ts
   * await model.run(x);
   * await model.tune({ budgetMs: 10_000, signal });
   * ```
   */
  tune(options?: TuneOptions): Promise<ModelTuning>;
  /**
   * Computes the same at once and call by call, for `prepare`, `record` and `profile`.
   *
   * @throws as `run` does, or if arithmetic on the CPU waits for results of the GPU
   * @example
   * ```ts
   * await prepare(gpu, () => model.execute(x)); // compiles all that the model needs
   * ```
   */
  execute(feeds: ModelFeeds): Record<string, Tensor>;
  /** Where each node is computed. */
  explain(): ModelExplanation;
  /** Frees the weights. Outputs stay. */
  dispose(): void;
  /** What a `using` block calls: `dispose`. */
  [Symbol.dispose](): void;
}

/**
 * The model of a graph; uploads the weights that its nodes need.
 *
 * @param halves whether weights that the file has in less than float32 are float16 on the GPU
 * @throws if the device has no memory for the weights; nothing is left on it then
 */
export function modelOf(gpu: Gpu, graph: Graph, halves: boolean): Model {
  const weights = uploadWeights(gpu, graph, halves);
  const programs = graph.stages.map((stage): Programs =>
    createPrograms(gpu, (op, given) => {
      try {
        return execute(op, graph, stage, given, weights.upload);
      } finally {
        weights.dropTransient();
      }
    }),
  );
  let disposed = false;
  const checkAlive = (op: string, when = ''): void =>
    check(!disposed, () => `${op}: the model was disposed${when}; load it again`);

  /** The fed tensors, with references of their own: the caller may dispose theirs while a program is compiled. */
  const held = (op: string, feeds: ModelFeeds): ReadonlyMap<string, Tensor> => {
    checkAlive(op);
    check(
      gpu.context.tape === undefined,
      () => `${op}: called inside prepare, record, profile or compile; call model.execute there`,
    );
    const { tensors, own } = feedsOf(op, gpu, graph, feeds);
    const copies = new Map(Array.from(tensors, ([name, tensor]) => [name, viewOf(op, tensor, tensor.shape)]));
    for (const tensor of own) tensor.dispose();
    return copies;
  };
  const disposeAll = (tensors: ReadonlyMap<string, Tensor>): void => {
    for (const tensor of tensors.values()) tensor.dispose();
  };
  const compiling = ' while it was compiled';

  const run = async (feeds: ModelFeeds): Promise<Record<string, Tensor>> => {
    const op = 'model.run';
    const fed = held(op, feeds);
    try {
      return await runStages(
        op,
        gpu,
        graph,
        programs,
        fed,
        (_, made, inputs) => {
          checkAlive(op, compiling);
          return runOf(made, inputs);
        },
        (results) => outputsOf(op, gpu, graph, results),
      );
    } finally {
      disposeAll(fed);
    }
  };

  const profileOf = async (feeds: ModelFeeds): Promise<StepTime[]> => {
    const op = 'model.profile';
    const fed = held(op, feeds);
    const times: StepTime[] = [];
    try {
      await runStages(
        op,
        gpu,
        graph,
        programs,
        fed,
        async (stage, made, inputs) => {
          checkAlive(op, compiling);
          times.push(...(await made.program.profile(inputs as never)));
          checkAlive(op, compiling);
          // The last stage is not run again, since nothing waits for its results.
          return stage < graph.stages.length - 1 ? runOf(made, inputs) : undefined;
        },
        () => {},
      );
      return times;
    } finally {
      disposeAll(fed);
    }
  };

  const compileFor = async (
    inputs: Readonly<Record<string, readonly number[]>> = {},
    options: PrepareOptions = {},
  ): Promise<CompiledModel> => {
    const op = 'model.compile';
    checkOptions(op, options, ['onProgress', 'signal']);
    checkAlive(op);
    const forms = { takes: formsOf(op, gpu, graph, inputs), knows: new Map() };
    return programs[0].with(op, forms, ({ program }) => program, options);
  };

  const tune = async (options: TuneOptions = {}): Promise<ModelTuning> => {
    const op = 'model.tune';
    checkAlive(op);
    // An app that never tunes a model does not load the tuning code.
    const { tuneModel } = await import('./tune-model');
    return tuneModel(op, programs, options, () => checkAlive(op, ' while it was tuned'));
  };

  const dispose = (): void => {
    disposed = true;
    for (const one of programs) one.dispose();
    weights.dispose();
  };

  return {
    inputs: graph.inputs.map(endOf),
    outputs: graph.outputs.map(endOf),
    run,
    compile: compileFor,
    profile: profileOf,
    tune,
    execute(feeds) {
      const op = 'model.execute';
      checkAlive(op);
      checkAtOnce(op, graph);
      const [stage] = graph.stages;
      const { tensors, own } = feedsOf(op, gpu, graph, feeds);
      try {
        const { given, arrays } = execute(op, graph, stage, { takes: tensors, knows: new Map() }, weights.upload);
        try {
          const made = new Map(stage.gives.map((reference, i) => [keyOf(reference), given[i]]));
          return outputsOf(op, gpu, graph, { tensors: made, arrays: new Map([...graph.constants, ...arrays]) });
        } finally {
          for (const tensor of given) tensor.dispose();
        }
      } finally {
        for (const tensor of own) tensor.dispose();
        weights.dropTransient();
      }
    },
    explain: () => explanationOf(graph),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function endOf({ name, shape, dtype }: GraphEnd): ModelEnd {
  return { name, shape, dtype };
}
