/** What the charts draw: one mark for each layer and method, or each layer and library. */
import type { Bound } from '../peaks/peaks';
import type { ContenderName } from '../peers/strategy';
import type { Report } from '../report';
import { intervalOf } from './interval';

export interface Mark {
  readonly layer: string;
  readonly family: string;
  /** The method, or the library. */
  readonly by: string;
  readonly isOurs: boolean;
  readonly ms: number;
  readonly spread: number;
  /** From where to where the time is certain, in milliseconds. */
  readonly low: number;
  readonly high: number;
  readonly gpuMs?: number;
  readonly firstMs: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
  readonly bound?: Bound;
  readonly kernel?: string;
  readonly tile?: string;
  readonly why?: string;
}

export function marksOf({ rows, peers }: Report): readonly Mark[] {
  const own = rows.flatMap(({ layer, family, method, result, multiplyAdds, bytes, bound, ok }) => {
    if (result === undefined || !ok) return [];
    const { ms, spread, gpuMs, firstMs, kernel, tile, why } = result;
    const by = method === 'default' ? '' : method;
    return [markOf({ layer, family, by, isOurs: true, ms, spread, gpuMs, firstMs, multiplyAdds, bytes, bound, kernel, tile, why })]; // prettier-ignore
  });
  const compared = (peers?.layers ?? []).flatMap(({ layer, family, multiplyAdds, bytes, bound, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if (!('ms' in outcome)) return [];
      const { name, ms, spread, gpuMs, firstMs, kernels, how } = outcome;
      const words = kernels ?? { kernel: undefined, tile: undefined, why: how };
      return [markOf({ layer, family, by: LABELS[name] ?? name, isOurs: name === 'ours', ms, spread, gpuMs, firstMs, multiplyAdds, bytes, bound, ...words })]; // prettier-ignore
    }),
  );
  return [...own, ...compared];
}

function markOf(mark: Omit<Mark, 'low' | 'high'>): Mark {
  const [low, high] = intervalOf(mark);
  return { ...mark, low, high };
}

const LABELS: Readonly<Partial<Record<ContenderName, string>>> = {
  ours: 'depthwise',
  tfjs: 'TensorFlow.js',
  ort: 'ONNX Runtime',
  'ort-nhwc': 'ONNX Runtime, NHWC',
  litert: 'LiteRT.js',
};

/** Operations for each byte that must be moved. */
export function intensityOf({ multiplyAdds, bytes }: Mark): number {
  return (2 * multiplyAdds) / bytes;
}

/** 1e9 operations a second, by the GPU's own clock where there is one. */
export function gigaflopsOf({ multiplyAdds, ms, gpuMs }: Mark): number {
  return (2 * multiplyAdds) / ((gpuMs ?? ms) * 1e6);
}
