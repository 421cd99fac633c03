/**
 * A run of a model: its stages one after the other.
 *
 * @module
 */
import { check, describe, show } from '../conv/check';
import type { Form } from '../kernels/dtype';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { viewOf } from '../tensor/view';
import { finish, put, valueOf } from './execute';
import type { Graph } from './graph';
import type { HostDType, HostValue } from './host-value';
import { feedsByNumber, type GivenForms, type Programs, type StageProgram } from './programs';
import { keyOf, type Stage } from './stages';

/** What is known in the middle of a run. */
interface Results {
  /** What is on the GPU, by `keyOf`. */
  readonly tensors: Map<string, Tensor>;
  /** What is on the CPU. */
  readonly arrays: Map<string, readonly HostValue[]>;
}

/** What a run of a stage is made with. */
interface StageRun {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly forms: GivenForms;
  /** Uploaded for this stage alone. */
  readonly own: readonly Tensor[];
}

/** What a stage is run with: its program, and its inputs by number. */
export type Use<T> = (stage: number, made: StageProgram, feeds: Record<string, Tensor>) => Promise<T> | T;

/**
 * Runs all stages.
 *
 * @param fed a tensor for every input, by `keyOf`; they stay the caller's
 * @param use runs a stage's program and gives its results, which are freed afterwards; undefined ends the run
 * @returns what `collect` makes of all results before they are freed
 */
export async function runStages<T>(
  op: string,
  gpu: Gpu,
  graph: Graph,
  programs: readonly Programs[],
  fed: ReadonlyMap<string, Tensor>,
  use: Use<readonly Tensor[] | undefined>,
  collect: (results: Results) => T,
): Promise<T> {
  const results: Results = { tensors: new Map(fed), arrays: new Map(graph.constants) };
  const made: Tensor[] = [];
  try {
    for (const [i, stage] of graph.stages.entries()) {
      const { tensors, forms, own } = stageRun(op, gpu, stage, results);
      made.push(...own);
      const given = await programs[i].with(op, forms, async (program) => {
        for (const [name, arrays] of program.arrays) results.arrays.set(name, arrays);
        return use(i, program, feedsByNumber(tensors));
      });
      if (given === undefined) break;
      made.push(...given);
      for (const [at, reference] of stage.gives.entries()) results.tensors.set(keyOf(reference), given[at]);
      await readBack(graph, stage, results);
      finish(op, stage, results.arrays);
    }
    return collect(results);
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

/** The model's outputs, each a tensor of its own, even if a node is two of them, or an input. */
export function outputsOf(
  op: string,
  gpu: Gpu,
  { outputs }: Graph,
  { tensors, arrays }: Results,
): Record<string, Tensor> {
  const made: [string, Tensor][] = [];
  try {
    for (const { name, reference } of outputs) {
      const tensor = tensors.get(keyOf(reference));
      made.push([
        name,
        tensor === undefined
          ? uploaded(op, gpu, `output ${show(name)}`, valueOf(op, arrays, reference))
          : viewOf(op, tensor, tensor.shape),
      ]);
    }
  } catch (error) {
    for (const [, tensor] of made) tensor.dispose();
    throw error;
  }
  // Own properties whatever the names are: fromEntries defines them.
  return Object.fromEntries(made);
}

/** What a program's run needs, as `use` has it. */
export function runOf({ program }: StageProgram, feeds: Record<string, Tensor>): readonly Tensor[] {
  return program.run(feeds as never);
}

function stageRun(op: string, gpu: Gpu, stage: Stage, { tensors, arrays }: Results): StageRun {
  const own: Tensor[] = [];
  try {
    const takes = stage.takes.map((reference) => {
      const key = keyOf(reference);
      const known = tensors.get(key);
      if (known !== undefined) return [key, known] as const;
      const tensor = uploaded(op, gpu, `the result of node ${show(reference.node)}`, valueOf(op, arrays, reference));
      own.push(tensor);
      return [key, tensor] as const;
    });
    const knows = stage.knows.map((reference) => [keyOf(reference), valueOf(op, arrays, reference)] as const);
    const forms = new Map(takes.map(([key, { shape, dtype }]): [string, Form] => [key, { shape, dtype }]));
    return { tensors: new Map(takes), forms: { takes: forms, knows: new Map(knows) }, own };
  } catch (error) {
    for (const tensor of own) tensor.dispose();
    throw error;
  }
}

/** An array as a tensor; its errors name it. */
function uploaded(op: string, gpu: Gpu, what: string, { values, shape }: HostValue): Tensor {
  try {
    return gpu.tensor(values, shape);
  } catch (cause) {
    throw new Error(`${op}: ${what} ${describe(shape)}: ${(cause as Error).message}`, { cause });
  }
}

/** The results of the GPU that arithmetic waits for, as arrays. */
async function readBack({ dtypes }: Graph, { reads }: Stage, { tensors, arrays }: Results): Promise<void> {
  const read = await Promise.all(
    reads.map(async (reference) => {
      const tensor = tensors.get(keyOf(reference))!;
      const numbers = await tensor.read<ArrayLike<number>>();
      const dtype = dtypes.get(reference.node)?.[reference.output] ?? 'float32';
      return { reference, value: { shape: tensor.shape, dtype, values: numbersOf(dtype, numbers) } };
    }),
  );
  for (const { reference, value } of read) put(arrays, reference, value);
}

function numbersOf(dtype: HostDType, numbers: ArrayLike<number>): HostValue['values'] {
  if (dtype === 'float32') return Float32Array.from(numbers);
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}

/** @throws unless a run is one stretch of calls */
export function checkAtOnce(op: string, { stages, nodes }: Graph): void {
  const late = nodes.filter(({ place }) => place === 'readback');
  const reads = stages.flatMap((stage) => stage.reads).map(({ node }) => show(node));
  check(
    stages.length === 1 && late.length === 0,
    () =>
      `${op}: ${late.length === 1 ? '1 node works' : `${late.length} nodes work`} on the CPU, from ${late[0]?.label} on, which waits for the results of ${[...new Set(reads)].join(', ')}; call run, or choose outputs before it`,
  );
}
