/** Measures one layer: uploads it, runs it by each of its methods, checks the results, times them in turns. */
import { prepare, type Gpu, type Tensor } from '../src/index';
import { judge } from './check';
import { gpuClock, type GpuClock } from './gpu-clock/clock';
import { kernelsOf } from './kernels-of';
import { workOf, type Layer, type Method } from './layer';
import { libraryCall } from './library-call';
import { expectedOf, problemOf } from './problem';
import type { Expected } from './reference';
import type { Result, Row } from './report';
import { interleaved, timed, type Contender, type Race, type Racer } from './timing';

/** A method's result before it is timed, or why there is none. */
type Attempt =
  | {
      readonly method: Method;
      readonly racer: Racer;
      readonly clock: GpuClock;
      readonly first: Omit<Result, 'ms' | 'spread'>;
      readonly ok: boolean;
    }
  | { readonly method: Method; readonly error: string };

/**
 * The layer's rows, one per method. A call that fails is a row that says so.
 *
 * @param race the number of rounds for each method
 * @param onTurn told which method comes next, so that a call that never ends can be attributed to it
 */
export async function runLayer(
  gpu: Gpu,
  layer: Layer,
  race: Race,
  onTurn: (method: Method) => void = () => {},
): Promise<Row[]> {
  const problem = problemOf(layer);
  const expected = await expectedOf(problem);

  const call = libraryCall(gpu, problem);
  const attempts: Attempt[] = [];
  for (const method of layer.methods) {
    onTurn(method);
    attempts.push(await attempt(gpu, method, () => call.compute(method), expected));
  }
  const ready = attempts.filter((a) => 'racer' in a);
  const racers = ready.map(({ racer }) => racer);
  const timings = (await interleaved(racers, race, (place) => onTurn(ready[place].method))).values();
  for (const { clock } of ready) await clock.release();
  call.dispose();

  return attempts.map((a) => {
    const row = {
      layer: layer.name,
      family: layer.family,
      method: a.method,
      count: layer.count,
      ...workOf(layer),
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
    const first = judge(await output.read(), expected);
    // The first call may have run by a stand-in. The kernel that is named and timed is checked, too.
    await prepare(gpu, compute);
    output.dispose();
    output = compute();
    const { ok, ...verdict } = judge(await output.read(), expected);
    const contender: Contender = { run: () => compute().dispose(), sync };
    const clock = gpuClock(gpu.device, contender);
    const racer: Racer = { time: (calls) => timed(contender, calls), gpuMs: () => clock.ms() };
    return { method, racer, clock, first: { firstMs, ...verdict, ...kernelsOf(output) }, ok: ok && first.ok };
  } catch (error) {
    return { method, error: String(error) };
  } finally {
    output?.dispose();
  }
}
