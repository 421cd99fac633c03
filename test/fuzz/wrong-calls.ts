/**
 * The property that a wrong call throws at once, names the called function, queues nothing, allocates nothing, and leaves the
 * next call correct.
 */
import fc from 'fast-check';
import type { Gpu, Tensor } from '../../src/index';
import { checkCase } from './against-reference';
import { families } from './arbitrary';
import type { ConvCase } from './case';
import { casesOf } from './cases-of';
import type { Family } from './family';
import { mistakes, type Mistake } from './mistakes';
import { printCall } from './print';
import type { Property } from './property';
import { callOp, withTensors } from './run';
import { countKind, type Seen } from './seen';

/** One call per family, because wrong calls compile nothing. */
const SIZES = 1;

interface Spoilt {
  readonly family: Family;
  /** The mistakes, each in a call of its own. */
  readonly wrong: readonly Mistake[];
}

export function wrongCalls(seen: Seen): Property<Spoilt> {
  return {
    name: 'wrong calls',
    arbitrary: fc.record({
      family: families(SIZES),
      wrong: fc.array(fc.constantFrom(...mistakes), { minLength: 1, maxLength: 60, size: 'max' }),
    }),
    count: ({ wrong }) => wrong.length,
    attempt: async (gpu, { family, wrong }) => {
      const [c] = casesOf(family, gpu.context.target.features);
      const failures = wrong.map((mistake) => {
        countKind(seen, mistake.name);
        const failure = failureOf(gpu, c, mistake);
        return failure && `${mistake.name}\n  instead of what is right in ${printCall(c)}\n  ${failure}`;
      });
      return [...failures, await checkCase(gpu, c, seen)].filter((failure) => failure !== undefined);
    },
  };
}

/** The library's faulty reaction to a mistake, if any. */
function failureOf(gpu: Gpu, c: ConvCase, mistake: Mistake): string | undefined {
  const made: Tensor[] = [];
  const make = (shape: readonly number[]): Tensor => {
    const tensor = gpu.tensor(new Float32Array(shape.reduce((size, n) => size * n, 1)), shape);
    made.push(tensor);
    return tensor;
  };
  try {
    return withTensors(gpu, c, (call) => {
      const { args, options } = mistake.spoil(call, c, make);
      // An idle buffer of a fitting size would hide an allocation.
      gpu.trim();
      const before = stateOf(gpu);
      const message = messageOf(() => callOp(c.op, args, options));
      if (message === undefined) return 'nothing was thrown';
      if (!message.startsWith(c.op)) return `the message does not begin with ${c.op}: ${message}`;
      const after = stateOf(gpu);
      return before === after ? undefined : `it left something behind: ${before} became ${after}`;
    });
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

/** What a refused call must not change. */
function stateOf(gpu: Gpu): string {
  return JSON.stringify({ ...gpu.memory(), recorded: gpu.context.queue.recorded });
}

/** The message of the error, or undefined if there is none. */
function messageOf(call: () => Tensor): string | undefined {
  try {
    call().dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `no Error: ${String(error)}`;
  }
}
