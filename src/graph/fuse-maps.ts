/**
 * Maps become the end of what makes their x: of a convolution, or of another map. A chain of them is one dispatch, and behind
 * a convolution none.
 *
 * A value may also be read twice, by a chain and by the operator at its end, as x * relu6(x + 3) / 6 does: it is kept in a
 * register meanwhile. So is the end of one chain where two meet, as in (x / 6) * relu6(x + 3).
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import type { GpuContext } from '../gpu/context';
import type { Dispatch } from '../gpu/encode';
import { stepOf } from '../kernels/choice';
import { elementwiseStep, type Channels } from '../kernels/elementwise';
import { operandsOf, readsChannel, type Epilogue, type Stage } from '../kernels/epilogue';
import { inHalf, type Halves } from '../kernels/half';
import { choose } from '../tune/choose';
import { valueOf, type Graph } from './graph';
import { mapFrom, mapOf, type ValueMap } from './map';

/** Storage buffers that every device binds. */
const BUFFERS = 8;

/** A dispatch that takes maps at its end. */
interface Host {
  readonly dispatch: Dispatch;
  readonly value: Storage;
  readonly channels: Channels;
  /** Storage buffers of its own. */
  readonly own: number;
  readonly tail: Tail;
}

/** The end of a dispatch. */
interface Tail {
  readonly epilogue: Epilogue;
  readonly operands: Readonly<Record<string, Storage>>;
  /** The halves of the whole dispatch. */
  readonly halves: ReadonlySet<string>;
  /** Where its result goes. */
  readonly output: Storage;
  /** What it replaces. */
  readonly merged: readonly Dispatch[];
}

/** Fuses all maps that can be. */
export function fuseMaps(graph: Graph, context: GpuContext): void {
  // First into what is computed last, which then waits for nothing; then into anything.
  for (const patient of [true, false]) {
    for (const dispatch of graph.dispatches) fuseInto(graph, context, dispatch, patient);
  }
}

function fuseInto(graph: Graph, context: GpuContext, dispatch: Dispatch, patient: boolean): void {
  const host = hostOf(dispatch, graph);
  if (host === undefined) return;
  let { tail } = host;
  for (let next = follow(graph, host, tail, patient); next !== undefined; next = follow(graph, host, tail, patient)) {
    tail = next;
  }
  if (tail !== host.tail) graph.replace([dispatch, ...tail.merged], rebuilt(host, tail, context));
}

function hostOf(dispatch: Dispatch, graph: Graph): Host | undefined {
  if (!graph.dispatches.includes(dispatch)) return undefined;
  const value = valueOf(dispatch.operands.output);
  if (graph.writerOf(value) !== dispatch) return undefined;
  const { meaning, operands, step } = dispatch;
  const base = { dispatch, value };
  if (meaning?.kind === 'convolution') {
    const { problem, epilogue } = meaning.question;
    const { outChannels, outHeight, outWidth, batch, dataFormat } = problem;
    const inner = dataFormat === 'NHWC' ? 1 : outHeight * outWidth;
    const names = operandsOf(epilogue);
    const own = Object.fromEntries(names.map((name) => [name, operands[name]]));
    const bound = step.bindings.filter(({ access }) => access !== 'uniform').length;
    const halves = meaning.halves?.stored ?? new Set();
    return {
      ...base,
      channels: { size: batch * outHeight * outWidth * outChannels, channels: outChannels, inner },
      own: bound - names.length,
      tail: { epilogue, operands: own, halves, output: operands.output, merged: [] },
    };
  }
  const map = mapOf(dispatch);
  if (map === undefined) return undefined;
  const { epilogue, channels, halves } = map;
  return {
    ...base,
    channels,
    own: 2,
    tail: { epilogue, operands: map.operands, halves, output: operands.output, merged: [] },
  };
}

/** The tail with what reads it, if that is a map, and all else that it reads is there in time. */
function follow(graph: Graph, host: Host, tail: Tail, patient: boolean): Tail | undefined {
  const value = valueOf(tail.output);
  const only = graph.onlyReaderOf(value);
  if (only !== undefined) return appended(graph, host, tail, only, patient);
  const readers = graph.readersOf(value);
  if (readers.length !== 2 || graph.outputs.has(value)) return undefined;
  const turned = readers.toReversed();
  return (
    gated(graph, host, tail, readers, patient) ??
    gated(graph, host, tail, turned, patient) ??
    crossed(graph, host, tail, readers, patient) ??
    crossed(graph, host, tail, turned, patient)
  );
}

/** The value goes through a chain that the first reader begins, and meets itself in the second. */
function gated(
  graph: Graph,
  host: Host,
  before: Tail,
  [first, last]: readonly Dispatch[],
  patient: boolean,
): Tail | undefined {
  const value = valueOf(before.output);
  let tail: Tail = { ...before, epilogue: [...before.epilogue, { kind: 'keep' }] };
  for (let reader: Dispatch | undefined = first; reader !== undefined && reader !== last;) {
    const next = appended(graph, host, tail, reader, patient, true);
    if (next === undefined) return undefined;
    tail = next;
    reader = graph.onlyReaderOf(valueOf(tail.output));
    if (reader === last) return met(host, tail, last, value);
  }
  return undefined;
}

/** The value goes through a chain that the first reader begins; that is kept, and meets the second reader's chain. */
function crossed(
  graph: Graph,
  host: Host,
  before: Tail,
  [first, second]: readonly Dispatch[],
  patient: boolean,
): Tail | undefined {
  let tail: Tail | undefined = { ...before, epilogue: [...before.epilogue, { kind: 'keep' }] };
  for (let reader: Dispatch | undefined = first; reader !== undefined;) {
    tail = appended(graph, host, tail, reader, patient, true);
    if (tail === undefined) return undefined;
    const kept = valueOf(tail.output);
    reader = graph.onlyReaderOf(kept);
    // Where the second chain does not end there, it may further on.
    const both = reader && withChain(graph, host, { tail, before, second, last: reader }, patient);
    if (both !== undefined) return met(host, both, reader!, kept);
  }
  return undefined;
}

/** The tail with the second chain from `before`, up to what is last; that is left out. */
function withChain(
  graph: Graph,
  host: Host,
  {
    tail,
    before,
    second,
    last,
  }: Readonly<Record<'tail' | 'before', Tail>> & Readonly<Record<'second' | 'last', Dispatch>>,
  patient: boolean,
): Tail | undefined {
  let chain: Tail | undefined = { ...tail, epilogue: [...tail.epilogue, { kind: 'swap' }], output: before.output };
  for (let reader: Dispatch | undefined = second; reader !== last;) {
    chain = reader && appended(graph, host, chain, reader, patient, true);
    if (chain === undefined) return undefined;
    reader = graph.onlyReaderOf(valueOf(chain.output));
  }
  return chain;
}

/** The tail through an operator whose other value is the one that was kept. */
function met(host: Host, tail: Tail, last: Dispatch, value: Storage): Tail | undefined {
  const whole = mapOf(last);
  const map = whole && mapFrom(whole, valueOf(tail.output));
  const [stage, ...rest] = map?.epilogue ?? [];
  if (map === undefined || stage?.kind !== 'operator' || typeof stage.other !== 'object') return undefined;
  if (!('name' in stage.other) || stage.other.perChannel) return undefined;
  const { name } = stage.other;
  if (valueOf(map.operands[name]) !== value) return undefined;
  const { [name]: _, ...operands } = map.operands;
  return joined(host, tail, { ...map, epilogue: [{ ...stage, other: 'kept' }, ...rest], operands }, last);
}

/** The tail with a map after it. */
function appended(
  graph: Graph,
  host: Host,
  tail: Tail,
  reader: Dispatch,
  patient: boolean,
  keeps = false,
): Tail | undefined {
  const map = mapOf(reader);
  const value = valueOf(tail.output);
  const from = map && mapFrom(map, value);
  if (from === undefined || graph.writerOf(valueOf(reader.operands.output)) !== reader) return undefined;
  // One value is kept at a time.
  if (keeps && from.epilogue.some(({ kind }) => kind === 'keep')) return undefined;
  const others = Object.values(from.operands).map(valueOf);
  if (others.includes(value)) {
    return keeps ? undefined : met(host, { ...tail, epilogue: [...tail.epilogue, { kind: 'keep' }] }, reader, value);
  }
  if (patient && others.some((other) => isLater(graph, other, host.dispatch))) return undefined;
  return joined(host, tail, from, reader);
}

/** Whether the value is known only after the dispatch. */
function isLater(graph: Graph, value: Storage, dispatch: Dispatch): boolean {
  const at = graph.dispatches.indexOf(dispatch);
  return graph.writersOf(value).some((writer) => graph.dispatches.indexOf(writer) > at);
}

/** The tail and then the map, under names that do not meet; undefined if it does not fit. */
function joined(host: Host, tail: Tail, map: ValueMap, dispatch: Dispatch): Tail | undefined {
  const { channels } = host;
  if (map.channels.size !== channels.size) return undefined;
  const sameChannels = map.channels.channels === channels.channels && map.channels.inner === channels.inner;
  if (!sameChannels && map.epilogue.some(readsChannel)) return undefined;
  const names = new Map<string, string>();
  const stages = map.epilogue.map((stage): Stage => {
    if (stage.kind !== 'operator' || typeof stage.other !== 'object' || !('name' in stage.other)) return stage;
    const name = `other${Object.keys(tail.operands).length + names.size}`;
    names.set(stage.other.name, name);
    return { ...stage, other: { ...stage.other, name } };
  });
  // What becomes part of one dispatch is nowhere to be read: an operator may take it where it is kept, and nothing else.
  const gone = new Set([host.value, ...tail.merged.map(({ operands }) => valueOf(operands.output))]);
  if (Object.values(map.operands).some((operand) => gone.has(valueOf(operand)))) return undefined;
  const moved = Object.entries(map.operands).map(([name, storage]) => [names.get(name) ?? name, storage] as const);
  if (moved.some(([name]) => Object.hasOwn(tail.operands, name))) return undefined;
  const operands = { ...tail.operands, ...Object.fromEntries(moved) };
  if (host.own + Object.keys(operands).length > BUFFERS) return undefined;
  const halves = new Set(tail.halves);
  halves.delete('output');
  for (const half of map.halves) if (half !== 'x') halves.add(names.get(half) ?? half);
  return {
    epilogue: [...tail.epilogue, ...stages],
    operands,
    halves,
    output: dispatch.operands.output,
    merged: [...tail.merged, dispatch],
  };
}

/** The host with another tail. */
function rebuilt({ dispatch, channels }: Host, tail: Tail, context: GpuContext): Dispatch {
  const { meaning } = dispatch;
  const { epilogue, operands: own, output } = tail;
  const { target } = context;
  if (meaning?.kind === 'convolution') {
    const sums = meaning.halves?.sums ?? false;
    const halves: Halves | undefined = tail.halves.size > 0 || sums ? { stored: tail.halves, sums } : undefined;
    const question = { ...meaning.question, epilogue, halves };
    const choice = choose(question, context);
    const { x, weights } = dispatch.operands;
    return {
      step: stepOf(question, choice, target),
      operands: { x, weights, ...own, output },
      meaning: { kind: 'convolution', question, halves },
      why: choice.why,
    };
  }
  const halves: Halves | undefined = tail.halves.size > 0 ? { stored: tail.halves, sums: false } : undefined;
  const step = elementwiseStep(channels, epilogue, target);
  return {
    step: halves === undefined ? step : inHalf(step, halves, target.features),
    operands: { x: mapOf(dispatch)!.x, ...own, output },
    meaning: { kind: 'map', channels, epilogue, halves },
    why: 'several element-wise ops in one dispatch',
  };
}
