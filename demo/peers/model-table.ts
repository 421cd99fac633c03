/** The models as a table of texts, a row for each. */
import { figures } from '../columns';
import { measured, ratio, type ComparedModel, type Measured } from './results';
import type { ContenderName } from './strategy';
import type { TextTable } from './tables';

/** What is said of both, ours first, in one cell. */
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
      'Models from files, ours / TensorFlow.js: a run with its outputs read; first ms: from the files in memory to the first outputs',
    head: ['model', 'nodes', 'traced', ...PAIRS.map(([head]) => head), 'tfjs / ours', 'first tfjs / ours', 'off tfjs'],
    rows: models.map(rowOf),
  };
}

/** What the cells have no room for. */
export function modelNotes(models: readonly ComparedModel[]): readonly string[] {
  return models.flatMap(({ model, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if ('error' in outcome) return [`${outcome.name} FAILED on ${model}: ${outcome.error}`];
      return 'unsupported' in outcome ? [`${outcome.name} cannot do ${model}: ${outcome.unsupported}`] : [];
    }),
  );
}

function rowOf(compared: ComparedModel): readonly string[] {
  const [ours, tfjs] = [measured(compared, 'ours'), measured(compared, 'tfjs')];
  const cell = (of: Measured | undefined, name: ContenderName, text: (of: Measured) => string | undefined): string =>
    of === undefined ? failureOf(compared, name) : (text(of) ?? '–');
  return [
    compared.model,
    `${ours?.program?.nodes ?? '–'}`,
    `${ours?.program?.traced ?? '–'}`,
    ...PAIRS.map(([, text]) => `${cell(ours, 'ours', text)} / ${cell(tfjs, 'tfjs', text)}`),
    ratio(compared, tfjs)?.toFixed(2) ?? '–',
    ours && tfjs ? (tfjs.firstMs / ours.firstMs).toFixed(2) : '–',
    ours?.maxError.toExponential(0) ?? '–',
  ];
}

function failureOf({ outcomes }: ComparedModel, name: ContenderName): string {
  const failed = outcomes.find((outcome) => outcome.name === name);
  if (failed === undefined || !('error' in failed)) return '–';
  return failed.error.includes('WRONG') ? 'WRONG' : 'FAILED';
}
