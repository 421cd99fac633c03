/**
 * The growing end of a call: the call as it would be with the maps after it as stages of its epilogue.
 *
 * @module
 */
import type { Storage } from '../gpu/buffers';
import { readBy, type Call, type Ending } from '../gpu/call';
import { elementwise, type Channels } from '../kernels/elementwise';
import { readsChannel } from '../kernels/epilogue';
import type { Graph } from './graph';
import { isElement, mapFrom, mapOf, type ValueMap } from './map';

/** Storage buffers that every device binds. */
const BUFFERS = 8;

/** A call that has taken maps at its end. */
export interface Tail {
  /** The call with its maps; its output is that of the last map. */
  readonly call: Call;
  /** The channels of its output. */
  readonly channels: Channels;
  /** The calls that it replaces: the call as it was, and then the maps. */
  readonly merged: readonly Call[];
}

/** The tail of a call that takes stages and writes all of its value. */
export function tailOf(call: Call, graph: Graph): Tail | undefined {
  if (graph.writerOf(call.output.value) !== call) return undefined;
  const map = mapOf(call);
  if (map !== undefined) {
    const { x, channels, endings } = map;
    const why = 'several element-wise ops in one dispatch';
    return {
      call: { ...call, operation: elementwise, problem: channels, inputs: { x }, endings, why },
      channels,
      merged: [call],
    };
  }
  const channels = call.operation.channels?.(call.problem);
  return channels && { call, channels, merged: [call] };
}

/** The tail with one more stage, which does not change its output. */
export function marked({ call, ...tail }: Tail, kind: 'keep' | 'swap'): Tail {
  return { ...tail, call: { ...call, endings: [...call.endings, { stage: { kind }, operands: [] }] } };
}

/** The value that a tail's maps would write. */
export function valueOf({ call }: Tail): Storage {
  return call.output.value;
}

/** The tail with the map that a reader of its value computes; undefined if that is no map, or does not fit. */
export function appended(tail: Tail, reader: Call, graph: Graph): Tail | undefined {
  const map = mapOf(reader);
  const from = map && mapFrom(map, valueOf(tail));
  if (from === undefined || graph.writerOf(reader.output.value) !== reader) return undefined;
  return joined(tail, from, reader);
}

/** The tail through an operator whose other value is the one that was kept. */
export function met(tail: Tail, reader: Call, kept: Storage, graph: Graph): Tail | undefined {
  const map = mapOf(reader);
  const from = map && mapFrom(map, valueOf(tail));
  const [first, ...rest] = from?.endings ?? [];
  if (from === undefined || graph.writerOf(reader.output.value) !== reader) return undefined;
  if (first?.stage.kind !== 'operator' || !isElement(first) || first.operands[0].value !== kept) return undefined;
  const closing: Ending = { stage: { ...first.stage, other: 'kept' }, operands: [] };
  return joined(tail, { ...from, endings: [closing, ...rest] }, reader);
}

function joined({ call, channels, merged }: Tail, map: ValueMap, reader: Call): Tail | undefined {
  if (map.channels.size !== channels.size) return undefined;
  const sameChannels = map.channels.channels === channels.channels && map.channels.inner === channels.inner;
  if (!sameChannels && map.endings.some(({ stage }) => readsChannel(stage))) return undefined;
  // A value inside one dispatch is never stored, so nobody else may read it.
  const gone = new Set(merged.map(({ output }) => output.value));
  if (map.endings.some(({ operands }) => operands.some(({ value }) => gone.has(value)))) return undefined;
  const whole = { ...call, endings: [...call.endings, ...map.endings], output: reader.output };
  if (readBy(whole).length + 1 > BUFFERS) return undefined;
  return { call: whole, channels, merged: [...merged, reader] };
}
