/** The models as a table of texts, a row for each. */
import { figures } from '../columns';
import { ratioText } from './ratio-text';
import { fastestPeer, measured, type ComparedModel, type Measured } from './results';
import type { TextTable } from './tables';

/** One cell for both libraries, ours first. */
const PAIRS: readonly (readonly [head: string, text: (of: Measured) => string | undefined])[] = [
  ['ms', ({ ms }) => figures(ms)],
  ['±%', ({ spread }) => (spread * 100).toFixed(0)],
  ['first ms', ({ firstMs }) => firstMs.toFixed(0)],
  ['dispatches', ({ dispatches }) => `${dispatches}`],
  ['submits', ({ submits }) => `${submits}`],
  ['peak MB', ({ peakBytes }) => (peakBytes / 1e6).toFixed(1)],
];

export function modelTable(models: readonly ComparedModel[]): TextTable {
  return {
    title:
      'Models from files, ours / the fastest other: a run with its outputs read; first ms: from the files in memory to the first outputs; ~ is a tie',
    judged: ['other / ours'],
    head: ['model', 'nodes', 'traced', 'other', ...PAIRS.map(([head]) => head), 'other / ours', 'first', 'off'],
    rows: models.map(rowOf),
  };
}

/** Remarks that do not fit in the cells. */
export function modelNotes(models: readonly ComparedModel[]): readonly string[] {
  return models.flatMap(({ model, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if ('error' in outcome) return [`${outcome.name} FAILED on ${model}: ${outcome.error}`];
      return 'unsupported' in outcome ? [`${outcome.name} cannot do ${model}: ${outcome.unsupported}`] : [];
    }),
  );
}

function rowOf(compared: ComparedModel): readonly string[] {
  const [ours, other] = [measured(compared, 'ours'), fastestPeer(compared)];
  const cell = (of: Measured | undefined, isOurs: boolean, text: (of: Measured) => string | undefined): string =>
    of === undefined ? failureOf(compared, isOurs) : (text(of) ?? '–');
  return [
    compared.model,
    `${ours?.program?.nodes ?? '–'}`,
    `${ours?.program?.traced ?? '–'}`,
    other?.name ?? '–',
    ...PAIRS.map(([, text]) => `${cell(ours, true, text)} / ${cell(other, false, text)}`),
    ratioText(compared, other),
    ours && other ? (other.firstMs / ours.firstMs).toFixed(2) : '–',
    ours?.maxError.toExponential(0) ?? '–',
  ];
}

function failureOf({ outcomes }: ComparedModel, isOurs: boolean): string {
  const failed = outcomes.find((outcome) => (outcome.name === 'ours') === isOurs && 'error' in outcome);
  if (failed === undefined || !('error' in failed)) return '–';
  return failed.error.includes('WRONG') ? 'WRONG' : 'FAILED';
}
