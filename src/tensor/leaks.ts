/**
 * Finds tensors that are garbage-collected without being disposed: for development.
 *
 * @module
 */
import { check, checkKind, checkOptions, describe } from '../conv/check';
import type { Storage } from '../gpu/buffers';
import type { GpuContext, Kept, Watch, Watched } from '../gpu/context';
import { stepsBehind } from '../gpu/provenance';
import { openContext, type Gpu } from './gpu';

/** Options of {@link warnOfLeaks}. */
export interface LeakOptions {
  /** Is told of each place that leaked, instead of the console. */
  readonly tell?: (leak: Leak) => void;
}

/** Tensors that were made in one place and collected together without being disposed. */
export interface Leak {
  /** The whole message, as the console shows it. */
  readonly message: string;
  /** How many tensors. */
  readonly count: number;
  /** Bytes that nobody else held. If tensors share a buffer (`reshape`), the last of them counts all of it. */
  readonly bytes: number;
  /** The different shapes of the tensors: `['[1, 112, 112, 32]']`. */
  readonly shapes: readonly string[];
  /** What wrote the elements: the kernel, such as `depthwise/tile`, or `gpu.tensor`. */
  readonly by: readonly string[];
  /** The stack of the call that made them, as the browser writes it: innermost first, beginning in the library. */
  readonly stack: string;
}

/** A place that makes tensors, and the tensors collected since its last report. */
interface Place {
  readonly stack: string;
  count: number;
  bytes: number;
  readonly shapes: Set<string>;
  readonly by: Set<string>;
}

/** All that must be known of a tensor after it is collected. Nothing here may refer to the tensor, or it never is collected. */
interface Trace {
  readonly place: Place;
  readonly shape: string;
  readonly by: string;
  readonly kept?: Kept;
  /** These two change after a loss if the tensor is kept. */
  context: GpuContext;
  storage: Storage;
}

/**
 * Reports from now on which tensors are garbage-collected without `dispose()`: how many, their shapes and bytes, what wrote
 * them, and the call that made them; one warning per place, with all that was collected together. It is for development: each
 * new tensor costs a stack trace, about 10 us. Call it right after `openGpu`; an app that does not import it does not bundle it.
 *
 * A leaked tensor costs memory only until it is collected: its buffer then goes back to the pool, unless the app was given the
 * buffer (`tensor.gpuBuffer()`). The browser decides when to collect, and does not see the memory on the GPU. There are no
 * reports of tensors over the app's buffers (`gpu.wrap`), of tensors made inside `prepare`, and of tensors of a device that is
 * lost or destroyed. After a loss it goes on with the new device.
 *
 * @param options `tell`, a function that is told instead of the console
 * @returns a function that stops it
 * @throws if there is no such option, if the gpu is watched already, or its device is lost
 * @example
 * ```ts
 * const gpu = await openGpu();
 * if (import.meta.env.DEV) warnOfLeaks(gpu);
 * // depthwise: 60 tensors [1, 112, 112, 32] by depthwise/tile, 96337920 bytes, were garbage-collected without dispose() ...
 * ```
 * @see https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/FinalizationRegistry
 */
export function warnOfLeaks(gpu: Gpu, options: LeakOptions = {}): () => void {
  const op = 'warnOfLeaks';
  let context = openContext(op, gpu);
  checkOptions(op, options, ['tell']);
  const { tell = ({ message }: Leak): void => console.warn(message) } = options;
  checkKind(op, 'tell', tell, 'function');
  check(context.watch === undefined, () => `${op}: this gpu is watched already; stop that first, or leave this out`);

  const watch = watchFor(tell);
  const heir = (next: GpuContext): void => {
    context = next;
    next.watch = watch;
    next.heirs.add(heir);
  };
  heir(context);
  return () => {
    if (context.watch !== watch) return;
    context.watch = undefined;
    context.heirs.delete(heir);
  };
}

/** Remembers where tensors are made, and reports those that are collected undisposed. */
function watchFor(tell: (leak: Leak) => void): Watch {
  const places = new Map<string, Place>();
  const traces = new WeakMap<Watched, Trace>();

  const report = (place: Place): void => {
    const { stack, count, bytes, shapes, by } = place;
    const leak = { stack, count, bytes, shapes: [...shapes], by: [...by] };
    place.count = place.bytes = 0;
    shapes.clear();
    by.clear();
    tell({ ...leak, message: messageOf(leak) });
  };

  const collected = ({ place, shape, by, kept, context, storage }: Trace): void => {
    if (kept !== undefined) context.kept.delete(kept);
    // The storage is gone with its device, or with the failed call that had made it.
    if (context.life.loss !== undefined || context.watch !== watch || storage.references === 0) return;
    // Report later: the collector calls for every tensor in one task, and this runs after the last of them.
    if (place.count++ === 0) queueMicrotask(() => report(place));
    if (storage.references === 1) place.bytes += storage.byteLength;
    place.shapes.add(shape);
    place.by.add(by);
    // Release the tensor's reference, since nobody can dispose it any more. Keep a lent buffer: the app may still use it.
    if (storage.lent !== true) context.pool.release(storage);
  };
  const registry = new FinalizationRegistry(collected);

  const watch: Watch = {
    held(tensor, storage, kept) {
      // Skip the app's own buffers, and the storages of a dry run, which have none.
      if (storage.external) return;
      const { context, shape, provenance } = tensor;
      const known = traces.get(tensor);
      if (known !== undefined) {
        Object.assign(known, { context, storage });
        return;
      }
      const stack = stackOfCall();
      const place = places.get(stack) ?? { stack, count: 0, bytes: 0, shapes: new Set(), by: new Set() };
      places.set(stack, place);
      const by = (provenance && stepsBehind(provenance).at(-1)?.kernel) ?? 'gpu.tensor';
      const trace: Trace = { place, shape: describe(shape), by, kept, context, storage };
      traces.set(tensor, trace);
      registry.register(tensor, trace, tensor);
    },
    released: (tensor) => void registry.unregister(tensor),
  };
  return watch;
}

/** Frames above the call: `stackOfCall`, `held`, `moveTo` and the tensor's constructor. */
const OWN_FRAMES = 4;

/** Frames to record: more than V8's ten, since a block calls ops that call ops. */
const FRAMES = 50;

/** Makes a text of the stack at once: an Error holds the `this` of its frames, and one of them is the tensor. */
function stackOfCall(): string {
  const v8 = Error as ErrorConstructor & { stackTraceLimit?: number };
  const { stackTraceLimit } = v8;
  if (stackTraceLimit !== undefined) v8.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error();
  if (stackTraceLimit !== undefined) v8.stackTraceLimit = stackTraceLimit;
  const lines = stack.split('\n');
  // Drop the first line in V8: it is the error's name.
  return lines.slice(OWN_FRAMES + (lines[0] === 'Error' ? 1 : 0)).join('\n');
}

function messageOf({ count, bytes, shapes, by, stack }: Omit<Leak, 'message'>): string {
  const what = `${count} tensor${count === 1 ? '' : 's'} ${some(shapes)} by ${some(by)}, ${bytes} bytes,`;
  const was = count === 1 ? 'was' : 'were';
  return `depthwise: ${what} ${was} garbage-collected without dispose(); dispose what is done with, or declare it with \`using\`. Made by\n${stack}`;
}

/** The first few of a list. */
function some(words: readonly string[]): string {
  const shown = words.slice(0, 3).join(', ');
  return words.length > 3 ? `${shown} and ${words.length - 3} more` : shown;
}
