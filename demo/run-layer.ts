/** Measures one layer: uploads it, runs it by each of its methods, checks the results, times them in turns. */
import { profile, type Gpu, type Tensor } from '../src/index';
import { judge } from './check';
import { minimumBytes, multiplyAdds } from './convolution';
import { kernelsOf } from './kernels-of';
import type { Layer, Method } from './layer';
import { libraryCall } from './library-call';
import { expectedOf, problemOf } from './problem';
import type { Expected } from './reference';
import type { Result, Row } from './report';
import { interleaved, timed, type Contender } from './timing';

/** A method's result before it is timed, or why there is none. */
type Attempt =
  | {
      readonly method: Method;
      readonly contender: Contender;
      readonly first: Omit<Result, 'ms' | 'spread'>;
      readonly ok: boolean;
    }
  | { readonly method: Method; readonly error: string };

/**
 * The layer's rows, one per method. A call that fails is a row that says so.
 *
 * @param rounds how often each method is timed
 */
export async function runLayer(gpu: Gpu, layer: Layer, rounds: number): Promise<Row[]> {
  const problem = problemOf(layer);
  const convolutions = problem.stages.map(({ conv }) => conv);
  const expected = await expectedOf(problem);

  const call = libraryCall(gpu, problem);
  const attempts: Attempt[] = [];
  for (const method of layer.methods) {
    attempts.push(await attempt(gpu, method, () => call.compute(method), expected));
  }
  const contenders = attempts.flatMap((a) => ('contender' in a ? [a.contender] : []));
  const timings = (await interleaved(contenders, { rounds, slowRounds: 3 })).values();
  call.dispose();

  return attempts.map((a) => {
    const row = {
      layer: layer.name,
      family: layer.family,
      method: a.method,
      count: layer.count,
      multiplyAdds: convolutions.reduce((sum, conv) => sum + multiplyAdds(conv), 0),
      bytes: minimumBytes(convolutions),
    };
    if ('error' in a) return { ...row, ok: false, error: a.error };
    const timing = timings.next().value;
    return timing === undefined ? { ...row, ok: false } : { ...row, ok: a.ok, result: { ...a.first, ...timing } };
  });
}

async function attempt(gpu: Gpu, method: Method, compute: () => Tensor, expected: Expected): Promise<Attempt> {
  let output: Tensor | undefined;
  try {
    const sync = (): Promise<void> => gpu.finished();
    const firstMs = await timed({ run: () => void (output = compute()), sync });
    if (output === undefined) throw new Error(`${method} gave no output`);
    const { ok, ...verdict } = judge(await output.read(), expected);
    const contender = { run: () => compute().dispose(), sync, gpuMs: () => gpuTime(gpu, compute) };
    return { method, contender, first: { firstMs, ...verdict, ...kernelsOf(output) }, ok };
  } catch (error) {
    return { method, error: String(error) };
  } finally {
    output?.dispose();
  }
}

/** One call's time by the GPU's timestamps, all its dispatches together; undefined where it has none. */
async function gpuTime(gpu: Gpu, compute: () => Tensor): Promise<number | undefined> {
  if (!gpu.device.features.has('timestamp-query')) return undefined;
  const steps = await profile(gpu, () => compute().dispose());
  return steps.reduce((sum, { ms }) => sum + ms, 0);
}
