/**
 * Moves maps to the end of the call that makes their x: a convolution, or another map. A chain of maps then takes one dispatch,
 * and a chain behind a convolution takes none of its own.
 *
 * A value may also be read twice, by a chain and by the operator at its end, as in x * relu6(x + 3) / 6: a register keeps it
 * meanwhile. Where two chains meet, as in (x / 6) * relu6(x + 3), a register keeps the end of the first.
 *
 * @module
 */
import type { Call, Ending, Operand } from '../gpu/call';
import type { Graph } from './graph';
import { appended, marked, met, tailOf, valueOf, type Tail } from './tail';

/** How a tail takes one more map. */
type Append = (tail: Tail, reader: Call) => Tail | undefined;

/** Fuses every map that fits into the call before it. */
export function fuseMaps(graph: Graph): void {
  // First fuse into the call that is computed last: it never has to wait for its operands. Then fuse into any call.
  for (const isPatient of [true, false]) {
    for (const call of graph.calls) {
      const start = graph.calls.includes(call) ? tailOf(call, graph) : undefined;
      const tail = start && grown(start, graph, appender(call, graph, isPatient));
      if (tail !== undefined && tail !== start) graph.replace(tail.merged, tail.call);
    }
  }
}

function grown(start: Tail, graph: Graph, append: Append): Tail {
  let tail = start;
  for (let next = followed(tail, graph, append); next !== undefined; next = followed(tail, graph, append)) tail = next;
  return tail;
}

/** Appends a map. A patient call refuses a map that reads what is computed only after the call. */
function appender(host: Call, graph: Graph, isPatient: boolean): Append {
  const at = graph.calls.indexOf(host);
  const isLate = ({ value }: Operand): boolean =>
    graph.writersOf(value).some((writer) => graph.calls.indexOf(writer) > at);
  return (tail, reader) => {
    const next = appended(tail, reader, graph);
    const isHasty = isPatient && next !== undefined && added(tail, next).some((end) => end.operands.some(isLate));
    return isHasty ? undefined : next;
  };
}

/** The tail with what reads it. */
function followed(tail: Tail, graph: Graph, append: Append): Tail | undefined {
  const value = valueOf(tail);
  const readers = graph.readersOf(value);
  if (graph.outputs.has(value)) return undefined;
  // A single reader may read the value twice, as x * x does.
  if (readers.length === 1) return append(tail, readers[0]) ?? met(marked(tail, 'keep'), readers[0], value, graph);
  if (readers.length !== 2) return undefined;
  const turned = readers.toReversed();
  return (
    gated(tail, readers, graph, append) ??
    gated(tail, turned, graph, append) ??
    crossed(tail, readers, graph, append) ??
    crossed(tail, turned, graph, append)
  );
}

/** The tail if the first reader begins a chain whose end meets the value itself in the second reader. */
function gated(before: Tail, [first, last]: readonly Call[], graph: Graph, append: Append): Tail | undefined {
  const chain = chained(marked(before, 'keep'), first, (reader) => reader === last, graph, append);
  return chain && met(chain, last, valueOf(before), graph);
}

/** The tail if each reader begins a chain and the two chains meet; the end of the first is kept until then. */
function crossed(before: Tail, [first, second]: readonly Call[], graph: Graph, append: Append): Tail | undefined {
  let tail: Tail | undefined = marked(before, 'keep');
  for (let reader: Call | undefined = first; reader !== undefined;) {
    tail = linked(tail, reader, append);
    if (tail === undefined) return undefined;
    const kept = valueOf(tail);
    const meeting = (reader = graph.onlyReaderOf(kept));
    const turned = { ...tail, call: { ...marked(tail, 'swap').call, output: before.call.output } };
    const other = meeting && chained(turned, second, (next) => next === meeting, graph, append);
    // If the second chain does not meet the first one here, it may do so further on.
    const both = other && met(other, meeting, kept, graph);
    if (both !== undefined) return both;
  }
  return undefined;
}

/** The tail with a chain of maps, from the first up to the reader that ends it. */
function chained(
  start: Tail,
  first: Call,
  isEnd: (reader: Call) => boolean,
  graph: Graph,
  append: Append,
): Tail | undefined {
  let tail: Tail | undefined = start;
  for (let reader: Call | undefined = first; reader !== undefined && tail !== undefined;) {
    if (isEnd(reader)) return tail;
    tail = linked(tail, reader, append);
    reader = tail && graph.onlyReaderOf(valueOf(tail));
  }
  return undefined;
}

/** Appends one map of a chain, unless it would keep a second value: only one is kept at a time. */
function linked(tail: Tail, reader: Call, append: Append): Tail | undefined {
  const next = append(tail, reader);
  return next && added(tail, next).some(({ stage }) => stage.kind === 'keep') ? undefined : next;
}

function added(before: Tail, after: Tail): readonly Ending[] {
  return after.call.endings.slice(before.call.endings.length);
}
