/**
 * Maps become the end of what makes their x: of a convolution, or of another map. A chain of them is one dispatch, and behind
 * a convolution none.
 *
 * A value may also be read twice, by a chain and by the operator at its end, as x * relu6(x + 3) / 6 does: it is kept in a
 * register meanwhile. So is the end of one chain where two meet, as in (x / 6) * relu6(x + 3).
 *
 * @module
 */
import type { Call, Ending, Operand } from '../gpu/call';
import type { Graph } from './graph';
import { appended, marked, met, tailOf, valueOf, type Tail } from './tail';

/** How a tail takes one more map. */
type Append = (tail: Tail, reader: Call) => Tail | undefined;

/** Fuses all maps that can be. */
export function fuseMaps(graph: Graph): void {
  // First into what is computed last, which then waits for nothing; then into anything.
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

/** Takes a map, but a patient call none that reads what is known only after it. */
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
  // x * x reads one value twice.
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

/** The value goes through a chain that the first reader begins, and meets itself in the second. */
function gated(before: Tail, [first, last]: readonly Call[], graph: Graph, append: Append): Tail | undefined {
  const chain = chained(marked(before, 'keep'), first, (reader) => reader === last, graph, append);
  return chain && met(chain, last, valueOf(before), graph);
}

/** The value goes through a chain that the first reader begins; that is kept, and meets the second reader's chain. */
function crossed(before: Tail, [first, second]: readonly Call[], graph: Graph, append: Append): Tail | undefined {
  let tail: Tail | undefined = marked(before, 'keep');
  for (let reader: Call | undefined = first; reader !== undefined;) {
    tail = linked(tail, reader, append);
    if (tail === undefined) return undefined;
    const kept = valueOf(tail);
    const meeting = (reader = graph.onlyReaderOf(kept));
    const turned = { ...tail, call: { ...marked(tail, 'swap').call, output: before.call.output } };
    const other = meeting && chained(turned, second, (next) => next === meeting, graph, append);
    // Where the second chain does not end there, it may further on.
    const both = other && met(other, meeting, kept, graph);
    if (both !== undefined) return both;
  }
  return undefined;
}

/** The tail with a chain of maps, from the first up to what ends it. */
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

/** One map of a chain; one value is kept at a time. */
function linked(tail: Tail, reader: Call, append: Append): Tail | undefined {
  const next = append(tail, reader);
  return next && added(tail, next).some(({ stage }) => stage.kind === 'keep') ? undefined : next;
}

function added(before: Tail, after: Tail): readonly Ending[] {
  return after.call.endings.slice(before.call.endings.length);
}
