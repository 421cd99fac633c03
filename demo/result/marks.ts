/** What the charts draw: one mark for each task and method, or each task and library. */
import type { Bound, Work } from '../peaks/peaks';
import type { Outcome } from '../peers/results';
import { CONTENDERS, type ContenderName } from '../peers/strategy';
import type { Report } from '../report';
import type { Ends } from '../timing';
import { intervalOf } from './interval';

export interface Mark {
  /** The layer, the network or the model. */
  readonly task: string;
  readonly family: string;
  /** The method, or the library; '' where a layer has one method only. */
  readonly by: string;
  readonly isOurs: boolean;
  readonly ms: number;
  readonly spread: number;
  /** The ends of the interval of the time, in milliseconds. */
  readonly low: number;
  readonly high: number;
  readonly gpuMs?: number;
  readonly ends?: Ends;
  readonly firstMs: number;
  /** Only for a layer, because the bytes that a network moves between its layers are not known. */
  readonly work?: Work;
  readonly bound?: Bound;
  readonly kernel?: string;
  readonly tile?: string;
  readonly why?: string;
}

/** The mark of a layer, whose work is known. */
export type LayerMark = Mark & { readonly work: Work };

export function layerMarks({ rows, peers }: Report): readonly LayerMark[] {
  const own = rows.flatMap(({ layer, family, method, result, multiplyAdds, bytes, bound, ok }): LayerMark[] => {
    if (result === undefined || !ok) return [];
    const by = method === 'default' ? '' : method;
    return [{ ...result, ...interval(result), task: layer, family, by, isOurs: true, work: { multiplyAdds, bytes }, bound }]; // prettier-ignore
  });
  const compared = (peers?.layers ?? []).flatMap(({ layer, family, multiplyAdds, bytes, bound, outcomes }) =>
    outcomeMarks(layer, family, outcomes).map((mark) => ({ ...mark, work: { multiplyAdds, bytes }, bound })),
  );
  return [...own, ...compared];
}

/** Networks and models. */
export function wholeMarks({ networks, models }: Report): readonly Mark[] {
  return [
    ...networks.flatMap(({ network, outcomes }) => outcomeMarks(network, 'network', outcomes)),
    ...models.flatMap(({ model, outcomes }) => outcomeMarks(model, 'model', outcomes)),
  ];
}

/** One for each library that has a figure, ours first. */
function outcomeMarks(task: string, family: string, outcomes: readonly Outcome[]): readonly Mark[] {
  const marks = outcomes.flatMap((outcome) => {
    if (!('ms' in outcome)) return [];
    const { name, kernels, how, ...times } = outcome;
    const words = { kernel: kernels?.kernel, tile: kernels?.tile, why: kernels?.why ?? how };
    const mark = { ...times, ...interval(outcome), ...words, task, family, by: LABELS[name], isOurs: name === 'ours' };
    return [{ mark, place: ORDER.indexOf(name) }];
  });
  return marks.toSorted((a, b) => a.place - b.place).map(({ mark }) => mark);
}

const ORDER: readonly ContenderName[] = ['ours', 'eager', ...CONTENDERS.slice(1)];

const LABELS: Readonly<Record<ContenderName, string>> = {
  ours: 'depthwise',
  eager: 'depthwise, call by call',
  tfjs: 'TensorFlow.js',
  ort: 'ONNX Runtime',
  'ort-nhwc': 'ONNX Runtime, NHWC',
  'jax-js': 'jax-js',
  litert: 'LiteRT.js',
};

function interval(time: { readonly ms: number; readonly spread: number }): Pick<Mark, 'low' | 'high'> {
  const [low, high] = intervalOf(time);
  return { low, high };
}

/** Operations for each byte that must be moved. */
export function intensityOf({ work: { multiplyAdds, bytes } }: LayerMark): number {
  return (2 * multiplyAdds) / bytes;
}

/** 1e9 operations a second, by the GPU's own clock where there is one. */
export function gigaflopsOf({ work: { multiplyAdds }, ms, gpuMs }: LayerMark): number {
  return (2 * multiplyAdds) / ((gpuMs ?? ms) * 1e6);
}
