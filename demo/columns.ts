/** The table's columns. The page draws them, and the command line prints what the page drew. */
import type { Bound } from './peaks/peaks';
import type { Row } from './report';
import type { Ends } from './timing';

export interface Column {
  readonly title: string;
  /** What the title means, for a tooltip. */
  readonly help: string;
  readonly numeric: boolean;
  readonly text: (row: Row) => string;
}

export const columns: readonly Column[] = [
  words('layer', 'x4 at its end: the network has four of these', ({ layer, count }) =>
    count > 1 ? `${layer} x${count}` : layer,
  ),
  words('method', 'how groupedConv2d was told to compute', ({ method }) => (method === 'default' ? '' : method)),
  number('MMAC', 'millions of multiply-adds', (row) => (row.multiplyAdds / 1e6).toFixed(1)),
  number(
    'ms',
    'median time per call, of rounds that alternate between the methods',
    ({ result }) => result && figures(result.ms),
  ),
  number('±%', 'median absolute deviation of the rounds', ({ result }) => result && (result.spread * 100).toFixed(0)),
  number('last / first', 'the last third of the rounds over the first: above 1 the device got slower', ({ result }) =>
    figures(lastOverFirst(result?.ends)),
  ),
  number('GFLOP/s', 'two operations per multiply-add', (row) => figures(gigaflops(row))),
  number('GB/s', 'input, weights and bias read once, output written once', (row) => figures(gigabytes(row))),
  number(
    'GPU ms',
    "by the GPU's own timestamps, the call's dispatches alone, some milliseconds of them in a row",
    ({ result }) => result?.gpuMs && figures(result.gpuMs),
  ),
  number('of peak', 'the least that this device could take, as a share of what it takes: see the peaks', (row) =>
    share(ofPeak(row.bound, row.result)),
  ),
  number('first ms', 'first call: compiling (unless a layer before had the same program) and running', ({ result }) =>
    result?.firstMs.toFixed(0),
  ),
  number('max error', 'largest difference from float64 loops', ({ result }) => result?.maxError.toExponential(1)),
  number('of bound', 'largest error as a share of terms * eps * sum|terms|; above 1 is wrong', ({ result }) =>
    result?.ofBound.toFixed(3),
  ),
  words('check', 'every output of the layer against float64 loops', verdict),
  words('kernel', 'what ran', ({ result, error }) => result?.kernel ?? error),
  words('tile', 'its knobs', ({ result }) => result?.tile),
  words('why', 'the reason for this kernel', ({ result }) => result?.why),
];

export function gigaflops({ multiplyAdds, result }: Row): number | undefined {
  return result && (2 * multiplyAdds) / (result.ms * 1e6);
}

function gigabytes({ bytes, result }: Row): number | undefined {
  return result && bytes / (result.ms * 1e6);
}

/** How near the time is to the least that the device allows, by the GPU's own clock where there is one. */
export function ofPeak(
  bound: Bound | undefined,
  took: { readonly ms: number; readonly gpuMs?: number } | undefined,
): number | undefined {
  return bound && took && bound.ms / (took.gpuMs ?? took.ms);
}

/** How the time has changed during a race. */
export function lastOverFirst(ends: Ends | undefined): number | undefined {
  return ends && ends.last / ends.first;
}

/** `34 %` */
export function share(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${(value * 100).toFixed(0)} %`;
}

/** Three significant figures, and no exponent. */
export function figures(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  const decimals = 2 - Math.floor(Math.log10(Math.abs(value) || 1));
  return value.toFixed(Math.min(Math.max(decimals, 0), 6));
}

function verdict({ ok, result }: Row): string {
  if (result === undefined) return 'FAILED';
  return `${ok ? 'ok' : 'WRONG'}, all ${result.checked}`;
}

function words(title: string, help: string, text: (row: Row) => string | undefined): Column {
  return { title, help, numeric: false, text: (row) => text(row) ?? '' };
}

function number(title: string, help: string, text: (row: Row) => string | number | undefined): Column {
  return { title, help, numeric: true, text: (row) => String(text(row) ?? '–') };
}
