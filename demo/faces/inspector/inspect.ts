/** What a model of the visitor's own is and takes: loads any format that the library loads, and feeds random numbers. */
import {
  loadModel,
  type AnyModelSource,
  type Gpu,
  type LoadedModel,
  type Model,
  type ModelEnd,
} from '../../../src/index';
import type { LayerTime } from '../engines/engine';

/** How many runs the median is taken over, and how long they may take together. */
const [RUNS, MAX_MS] = [9, 3000];

/** Default sizes where a file leaves them open: those of most images. */
const OPEN_SIZE = 224;

export interface Inspection {
  readonly format: LoadedModel['format'];
  readonly inputs: readonly Fed[];
  readonly outputs: readonly Made[];
  readonly explanation: ReturnType<Model['explain']>;
  readonly layers: readonly LayerTime[];
  readonly dispatches: { readonly traced: number; readonly run: number };
  /** Bytes on the GPU. */
  readonly memory: { readonly weights: number; readonly intermediates: number; readonly perRun: number };
  readonly loadMs: number;
  /** The time to compile and run once. */
  readonly firstMs: number;
  /** The median time of some further runs. */
  readonly runMs: number;
}

/** An input, and the numbers that it was fed. */
export interface Fed {
  readonly name: string;
  readonly dtype: ModelEnd['dtype'];
  /** The shape in the file; undefined if the file gives none. */
  readonly declared?: readonly number[];
  readonly shape: readonly number[];
}

/** An output, and the numbers that came out. */
export interface Made {
  readonly name: string;
  readonly dtype: ModelEnd['dtype'];
  readonly shape: readonly number[];
  readonly least: number;
  readonly most: number;
  readonly mean: number;
}

export interface InspectOptions {
  readonly onStatus: (status: string) => void;
  /** By input, the shape to use instead of the default one for open sizes. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** Loads a model, runs it some times and times each dispatch. Nothing leaves the page, and nothing stays on the GPU. */
export async function inspect(gpu: Gpu, source: AnyModelSource, options: InspectOptions): Promise<Inspection> {
  const { onStatus, shapes = {} } = options;
  onStatus('Reading …');
  let since = performance.now();
  const lap = (): number => {
    const ms = performance.now() - since;
    since = performance.now();
    return ms;
  };
  using model = await loadModel(gpu, source, {
    onProgress: (done, total) => onStatus(`Reading: ${Math.round((100 * done) / (total || 1))} %`),
  });
  const loadMs = lap();
  const inputs = model.inputs.map(({ name, dtype, shape }): Fed => ({ name, dtype, declared: shape, shape: shapes[name] ?? guess(shape) })); // prettier-ignore
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, gpu.tensor(numbersFor(input), input.shape)]));
  try {
    onStatus('Compiling …');
    lap();
    const compiled = await model.compile(Object.fromEntries(inputs.map(({ name, shape }) => [name, shape])));
    const outputs = await outputsOf(model, await model.run(feeds));
    const firstMs = lap();
    onStatus('Timing …');
    await compiled.ready();
    const runMs = await timed(gpu, model, feeds);
    const steps = compiled.explain();
    const times = await model.profile(feeds);
    return {
      format: model.format,
      inputs,
      outputs,
      explanation: model.explain(),
      layers: times.map(({ kernel, label, ms }, i) => ({ kernel, label, ms, bytes: steps[i]?.bytes ?? 0, flops: steps[i]?.flops ?? 0 })), // prettier-ignore
      dispatches: compiled.dispatches,
      memory: compiled.memory(),
      loadMs,
      firstMs,
      runMs,
    };
  } finally {
    for (const tensor of Object.values(feeds)) tensor.dispose();
  }
}

/** A shape for open sizes: a batch of one, and images of a usual size. */
export function guess(shape: readonly number[] | undefined): readonly number[] {
  if (shape === undefined) return [1, OPEN_SIZE, OPEN_SIZE, 3];
  const channelsFirst = shape.length === 4 && shape[1] > 0 && shape[1] <= 4;
  return shape.map((n, axis) => {
    if (n >= 0) return n;
    if (axis === 0) return 1;
    return shape.length === 4 && axis === (channelsFirst ? 1 : 3) ? 3 : OPEN_SIZE;
  });
}

/** The same numbers each time: from 0 to 1, or truth values. Whole numbers are small, since they may be indices. */
function numbersFor({ dtype, shape }: Fed): Float32Array {
  let state = 1;
  return Float32Array.from({ length: shape.reduce((size, n) => size * n, 1) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const random = state / 2 ** 32;
    return dtype === 'float32' ? random : Math.round(random);
  });
}

async function outputsOf(model: Model, results: Awaited<ReturnType<Model['run']>>): Promise<readonly Made[]> {
  const reading = model.outputs.map(async ({ name, dtype }): Promise<Made> => {
    using tensor = results[name];
    const values = await tensor.read<ArrayLike<number>>();
    let [least, most, sum] = [Infinity, -Infinity, 0];
    for (let i = 0; i < values.length; i++) {
      // This comparison makes NaN visible.
      least = values[i] >= least ? least : values[i];
      most = values[i] <= most ? most : values[i];
      sum += values[i];
    }
    return { name, dtype, shape: tensor.shape, least, most, mean: sum / values.length };
  });
  return Promise.all(reading);
}

async function timed(gpu: Gpu, model: Model, feeds: Parameters<Model['run']>[0]): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + MAX_MS;
  while (times.length < RUNS && (times.length === 0 || performance.now() < end)) {
    const since = performance.now();
    const results = await model.run(feeds);
    await gpu.finished();
    times.push(performance.now() - since);
    for (const tensor of Object.values(results)) tensor.dispose();
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
