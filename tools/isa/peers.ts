/**
 * Recorded kernels of other libraries. A file `<case>.<framework>.json` holds the case, and for each dispatch its program,
 * grid and bindings; a binding has its data where it was a uniform.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '../../demo/layer';
import { usedBindings, type Dispatch } from './simulate';

/** Height, width and channels of the input, outputs, size of the filter, stride, dilation, groups. */
interface Case {
  readonly name: string;
  readonly kind: 'dw' | 'pw' | 'grp';
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly m?: number;
  readonly k: number;
  readonly s: number;
  readonly d: number;
  readonly g?: number;
}

interface Recording {
  readonly case: Case;
  readonly framework: string;
  readonly dispatches: readonly {
    readonly code: string;
    readonly entry?: string;
    readonly constants?: Readonly<Record<string, number>>;
    readonly dispatch: readonly number[];
    readonly bindings: readonly {
      readonly binding: number;
      readonly size: number;
      readonly data?: readonly number[];
    }[];
  }[];
}

export interface Peer {
  readonly layer: Layer;
  readonly framework: string;
  readonly dispatches: readonly Dispatch[];
}

/** @throws if the folder holds no recording that matches */
export function readPeers(folder: string, filter: string): Peer[] {
  const pattern = new RegExp(filter, 'i');
  const files = readdirSync(folder).filter((file) => /^[^.]+\.\w+\.json$/.test(file) && pattern.test(file));
  if (files.length === 0)
    throw new Error(`${folder} holds no recording <case>.<framework>.json that matches /${filter}/`);
  return files.toSorted().map((file) => {
    const recording = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording;
    const { framework, dispatches } = recording;
    return { layer: layerOf(recording.case), framework, dispatches: dispatches.map(dispatchOf) };
  });
}

function layerOf({ name, kind, h, w, c, m = c, k, s, d, g = 1 }: Case): Layer {
  const shared = {
    name,
    family: 'peers',
    input: [1, h, w, c],
    strides: s,
    dilations: d,
    count: 1,
    quick: false,
  } as const;
  const methods = ['default'] as const;
  switch (kind) {
    case 'dw':
      return { ...shared, methods, op: 'depthwiseConv2d', filter: [k, k, c, 1], groups: 1 };
    case 'pw':
      return { ...shared, methods, op: 'pointwiseConv2d', filter: [1, 1, c, m], groups: 1 };
    case 'grp':
      return { ...shared, methods, op: 'groupedConv2d', filter: [k, k, c / g, m], groups: g };
  }
}

function dispatchOf({ code, entry, constants, dispatch, bindings }: Recording['dispatches'][number]): Dispatch {
  const storage = usedBindings(code).filter(({ isUniform }) => !isUniform);
  const sizeOf = (binding: number): number => bindings.find((bound) => bound.binding === binding)?.size ?? 0;
  const [x, y = 1, z = 1] = dispatch;
  return {
    code,
    entry,
    constants,
    grid: [x, y, z],
    bindings: new Map(
      bindings.map(({ binding, size, data }) => [
        binding,
        data === undefined ? waveform(size / 4) : Uint8Array.from(data),
      ]),
    ),
    minimumBytes: storage.reduce((sum, { binding }) => sum + sizeOf(binding), 0),
  };
}

/** Any numbers will do, because only the work of a kernel matters here, not its result. */
function waveform(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898));
}
