/** A comparison as tables of texts: the page draws them, and the command line prints what the page drew. */
import { figures, ofPeak, share } from '../columns';
import { ratioText } from './ratio-text';
import {
  fastestPeer,
  firstCallRatio,
  measured,
  quickestPeer,
  ratio,
  type Clock,
  type ComparedLayer,
  type Load,
  type Outcome,
  type PeersReport,
} from './results';
import { CONTENDERS } from './strategy';
import { PEERS, summaries, type Summary } from './summary';

export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  /** Columns of ratios in which a value below 1 is a loss, unless a `~` marks a tie. */
  readonly judged?: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const JUDGED: readonly string[] = [...PEERS, 'fastest / ours'];

export function tables({ loads, layers }: PeersReport): readonly TextTable[] {
  return [
    { title: 'Libraries', head: ['library', 'version', 'ready after ms', 'ships kB'], rows: loads.map(loadRow) },
    {
      title: 'Time per call, as a multiple of ours: above 1 we are faster, ~ is a tie',
      head: ['layer', 'ours ms', '±%', ...PEERS, 'fastest peer', 'its ms', 'fastest / ours'],
      judged: JUDGED,
      rows: layers.map((layer) => ratioRow(layer, 'ms')),
    },
    {
      title:
        "Time on the GPU's own clock, its dispatches alone, as a multiple of ours; of peak: see what the device gives",
      head: [
        'layer',
        'ours ms',
        '±%',
        ...PEERS,
        'fastest peer',
        'its ms',
        'fastest / ours',
        'ours of peak',
        'its of peak',
      ],
      judged: JUDGED,
      rows: layers.filter((layer) => measured(layer, 'ours')?.gpuMs !== undefined).map(gpuRow),
    },
    {
      title: 'First call in ms: preparing, compiling and the first run',
      head: ['layer', ...CONTENDERS, 'quickest peer', 'quickest / ours'],
      rows: layers.map((layer) => [
        layer.layer,
        ...CONTENDERS.map((name) => (measured(layer, name)?.firstMs ?? Number.NaN).toFixed(0).replace('NaN', '–')),
        quickestPeer(layer)?.name ?? '–',
        times(firstCallRatio(layer)),
      ]),
    },
    {
      title: 'Where a peer is faster, or its first call quicker',
      head: ['layer', 'fastest / ours', 'by', 'first call / ours', 'by', 'our kernel', 'tile'],
      rows: layers.filter(isBehind).map(behindRow),
    },
    ...(layers.some(({ network }) => network !== undefined)
      ? [
          meansTable(
            'Geometric means by network',
            summaries(layers, ({ network }) => network ?? 'none'),
          ),
        ]
      : []),
    meansTable('Geometric means of the same ratios', summaries(layers)),
  ];
}

function meansTable(title: string, all: readonly Summary[]): TextTable {
  return {
    title,
    head: ['family', 'layers', 'wins', 'ties', 'losses', 'fastest / ours', ...PEERS, 'first call / ours', 'as quick'],
    rows: all.map(({ family, layers: count, wins, ties, losses, fastest, firstCall, quick, peers }) => [
      family,
      `${count}`,
      `${wins}`,
      `${ties}`,
      `${losses}`,
      times(fastest),
      ...PEERS.map((name) => times(peers[name])),
      times(firstCall),
      `${quick}`,
    ]),
  };
}

function isBehind(layer: ComparedLayer): boolean {
  return (ratio(layer, fastestPeer(layer)) ?? 1) < 1 || (firstCallRatio(layer) ?? 1) < 1;
}

function behindRow(layer: ComparedLayer): readonly string[] {
  const { kernel = '–', tile = '–' } = measured(layer, 'ours')?.kernels ?? {};
  return [
    layer.layer,
    ratioText(layer, fastestPeer(layer)),
    fastestPeer(layer)?.name ?? '–',
    times(firstCallRatio(layer)),
    quickestPeer(layer)?.name ?? '–',
    kernel,
    tile,
  ];
}

/** Remarks that do not fit in the tables' cells, once each. */
export function notes({ loads, layers }: PeersReport): readonly string[] {
  const missing = loads.flatMap(({ title, absent }) => (absent === undefined ? [] : [`${title} is ${absent}`]));
  const told = layers.flatMap(({ layer, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if ('error' in outcome) return [`${outcome.name} FAILED on ${layer}: ${outcome.error}`];
      if ('unsupported' in outcome) return [`${outcome.name} cannot do ${layer}: ${outcome.unsupported}`];
      return outcome.how === undefined ? [] : [`* ${outcome.name}: ${outcome.how}`];
    }),
  );
  return [...new Set([...missing, ...told, ...shippedNote(loads)])];
}

function loadRow({ name, title, ms, shipped, error, absent }: Load): readonly string[] {
  const ready = absent ?? (error === undefined ? ms.toFixed(0) : `NOT MEASURED: ${error}`);
  return [name, title, ready, shipped === undefined ? '–' : (shipped / 1000).toFixed(0)];
}

/** What a library ships, in words. */
export function shippedText({ shipped, bytes, error, absent }: Load): string {
  if (shipped !== undefined) return `ships ${megabytes(shipped)}, compressed`;
  if (bytes !== undefined) return `fetched ${megabytes(bytes)}, as the host sent it`;
  return error === undefined && absent === undefined ? 'what it ships is not known here' : '';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** Of a comparison that has opened libraries. */
function shippedNote(loads: readonly Load[]): readonly string[] {
  const opened = loads.filter(({ error, absent }) => error === undefined && absent === undefined);
  if (opened.length === 0) return [];
  return opened.some(({ shipped }) => shipped !== undefined)
    ? [
        'ships kB: scripts and WebAssembly as a page fetches them, bundled, minified and compressed by gzip, with the bench’s own 7 kB',
      ]
    : ['ships kB: not known in this run'];
}

function gpuRow(layer: ComparedLayer): readonly string[] {
  const [ours, fastest] = [measured(layer, 'ours'), fastestPeer(layer, 'gpuMs')];
  const shares = [ours, fastest].map((it) => share(ofPeak(layer.bound, it)) ?? '–');
  return [...ratioRow(layer, 'gpuMs'), ...shares];
}

function ratioRow(layer: ComparedLayer, clock: Clock): readonly string[] {
  const ours = measured(layer, 'ours');
  const fastest = fastestPeer(layer, clock);
  const spread = clock === 'ms' ? ours?.spread : ours?.gpuSpread;
  return [
    layer.layer,
    ours === undefined ? 'FAILED' : (figures(ours[clock]) ?? ''),
    spread === undefined ? '–' : (spread * 100).toFixed(0),
    ...PEERS.map((name) =>
      ratioCell(
        layer,
        layer.outcomes.find((outcome) => outcome.name === name),
        clock,
      ),
    ),
    fastest?.name ?? '–',
    figures(fastest?.[clock]) ?? '–',
    ratioText(layer, fastest, clock),
  ];
}

function ratioCell(layer: ComparedLayer, outcome: Outcome | undefined, clock: Clock): string {
  if (outcome === undefined || 'unsupported' in outcome) return '–';
  if ('error' in outcome) return outcome.error.includes('WRONG') ? 'WRONG' : 'FAILED';
  return `${ratioText(layer, outcome, clock)}${outcome.how === undefined ? '' : ' *'}`;
}

function times(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}
