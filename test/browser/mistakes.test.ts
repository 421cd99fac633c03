/**
 * Puts every kind of wrong value into every place of every public function, fields of options included. A value that the
 * types do not allow must give an Error that begins with the function's name and names the place. A value that they allow
 * must at least not give an error of the JavaScript engine.
 */
import { expect, test } from 'vitest';
import * as library from '../../src/index';
import type { Gpu, Tensor } from '../../src/index';
import { disposeAll } from '../../src/tensor/tensor';
import { victimsOf, type Victim } from '../fuzz/public-places';
import { wrongValues, type Make, type Place } from '../fuzz/wrong-values';
import { useGpu, withGpu } from '../support/gpu';

const gpu = useGpu();

/** A place and its path: the name of the argument, followed by the names of fields. */
type At = readonly [path: readonly string[], place: Place];

/** Exports that are not functions to call. There are none at present. */
const NO_VICTIMS: readonly string[] = [];

test('there are places for every public function', async () => {
  await withProgram(async (program) => {
    const victims = Object.keys(victimsOf(gpu(), program)).filter((name) => !name.includes('.'));
    expect([...victims, ...NO_VICTIMS].toSorted()).toEqual(Object.keys(library).toSorted());
  });
});

test('no place takes what it should not, and no call leaves anything behind', { timeout: 300_000 }, async () => {
  const failures: string[] = [];
  await withGpu({}, async (other) => {
    await withProgram(async (program) => {
      const made: Tensor[] = [];
      const make: Make = (...shape) => {
        made.push(gpu().tensor(new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(1), shape));
        return made.at(-1)!;
      };
      const disposed = make(4);
      disposed.dispose();
      const values = wrongValues({
        "another gpu's tensor": other.tensor([1, 1, 1, 1], [4]),
        'a disposed tensor': disposed,
        'a tensor': make(4),
      });
      for (const [name, victim] of Object.entries(victimsOf(gpu(), program))) {
        for (const at of placesOf(victim.places)) {
          for (const [what, value] of values) {
            const failure = await failureOf(name, victim, at, value, make);
            if (failure !== undefined) failures.push(`${name}, ${at[0].join('.')} = ${what}: ${failure}`);
          }
        }
        for (const tensor of made.splice(2)) tensor.dispose();
        await gpu().finished();
      }
      for (const tensor of made) tensor.dispose();
    });
  });
  using x = gpu().tensor([3], [1, 1, 1, 1]);
  using y = library.depthwiseConv2d(x, x);
  expect([...(await y.read())], 'the next valid call').toEqual([9]);
  expect(failures.slice(0, 200), `${failures.length} failures`).toEqual([]);
});

async function withProgram(act: (program: library.Program<never, Tensor>) => Promise<void>): Promise<void> {
  using program = await library.compile(gpu(), { x: [2] }, ({ x }) => library.square(x));
  await act(program);
}

function placesOf(places: Victim['places'], above: readonly string[] = []): readonly At[] {
  return Object.entries(places).flatMap(([name, place]): readonly At[] => {
    const path = [...above, name];
    return [[path, place], ...placesOf(place.fields ?? {}, path)];
  });
}

/** What the library does wrong with a value; undefined if it does everything right. */
async function failureOf(
  name: string,
  { places, call, isAsync }: Victim,
  [path, place]: At,
  value: unknown,
  make: Make,
): Promise<string | undefined> {
  const isAllowed = place.allows(value);
  // Other tests run asynchronous functions with valid values, which takes long.
  if (isAllowed && isAsync) return undefined;
  const args = Object.entries(places).map(([argument, { sound }]) => {
    const right = sound(make);
    return argument === path[0] ? replaced(right, path.slice(1), value) : right;
  });
  gpu().trim();
  const before = stateOf(gpu());
  let error: unknown;
  try {
    const result = call(...(args as never[]));
    if (isAsync !== (result instanceof Promise ? true : undefined)) return 'it is synchronous, or should be';
    // A synchronous result is not awaited: in another turn, calls that were queued before would change the figures.
    const settled: unknown = isAsync === true ? await result : result;
    if (typeof settled === 'function') settled();
    else if (name === 'program.encode') {
      const recording = settled as library.Recording<Tensor>;
      recording.dispose();
      disposeAll(recording.result);
    }
    disposeAll(settled);
    if (isAllowed) return undefined;
    return 'nothing was thrown';
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof Error) || error.constructor !== Error) return `no Error of the library's: ${String(error)}`;
  const { message } = error;
  if (!message.startsWith(name)) return `the message does not begin with the function: ${message}`;
  const said = place.said ?? path.at(-1)!;
  if (!isAllowed && !message.includes(said)) return `the message does not name ${said}: ${message}`;
  const after = stateOf(gpu());
  return before === after ? undefined : `it left something behind: ${differenceOf(before, after)} (${message})`;
}

function replaced(right: unknown, [field, ...path]: readonly string[], value: unknown): unknown {
  if (field === undefined) return value;
  const fields = right as Readonly<Record<string, unknown>>;
  return { ...fields, [field]: replaced(fields[field], path, value) };
}

/** The figures that changed. */
function differenceOf(before: string, after: string): string {
  const [old, now] = [before.split(','), after.split(',')];
  return old.flatMap((figure, i) => (figure === now[i] ? [] : [`${figure} became ${now[i]}`])).join(', ');
}

/**
 * The state that a refused call must not change. Idle buffers do not count, because a block may have made intermediate
 * tensors before it looks at its last filter.
 */
function stateOf(own: Gpu): string {
  const idle = { bytesIdle: 0, buffersIdle: 0, bytesPeak: 0 };
  return JSON.stringify({ ...own.memory(), ...idle, recorded: own.context.queue.recorded });
}
