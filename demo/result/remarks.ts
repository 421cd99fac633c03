/** What a reader of a result should know beside its figures, as sentences. */
import { figures } from '../columns';
import type { Drift, Report, RoundsDrift } from '../report';
import { driftVerdict } from './drift';
import { verdictOf } from './interval';

export function remarksOf({ roundsDrift, drift, pauses = 0, note, rows }: Report): readonly string[] {
  return [
    note ?? '',
    roundsDrift === undefined ? '' : roundsText(roundsDrift),
    drift === undefined ? '' : driftText(drift),
    pauses === 0 ? '' : `The run waited ${pauses === 1 ? 'once' : `${pauses} times`} while its tab was hidden.`,
    inAll(rows),
  ].filter((text) => text !== '');
}

function roundsText(drift: RoundsDrift): string {
  const { ratio, spread, tasks } = drift;
  const verdict = driftVerdict(drift);
  const mean = `over ${tasks} tasks the last rounds took ${figures(ratio)} times as long as the first (± ${(100 * spread).toFixed(1)} %)`;
  if (verdict === 'tie') return `First against last round: a tie; ${mean}.`;
  const hot = verdict === 'slower' ? ' The device may have grown hot.' : '';
  return `First against last round: the device got ${verdict}; ${mean}.${hot}`;
}

/** A device that grows hot is slower at the end. */
function driftText({ layer, first, last }: Drift): string {
  const verdict = verdictOf(last, first);
  const times = `${layer} took ${figures(first.ms)} ms at the beginning of the run and ${figures(last.ms)} ms at its end`;
  if (verdict === 'tie') return `No drift over the whole run: ${times}, a tie.`;
  const change = `${Math.abs(100 * (last.ms / first.ms - 1)).toFixed(0)} % ${verdict}`;
  return `The device was ${change} at the end: ${times}. ${verdict === 'slower' ? 'It may have grown hot.' : ''}`;
}

/** MobileNetV1's convolutions one after another, once all of them have been measured. */
function inAll(rows: Report['rows']): string {
  const layers = rows.filter(({ family }) => family.startsWith('MobileNetV1'));
  if (layers.reduce((sum, row) => sum + row.count, 0) !== 27) return '';
  const ms = layers.reduce((sum, { result, count }) => sum + count * (result?.ms ?? Number.NaN), 0);
  return `MobileNetV1's 27 convolutions take ${figures(ms)} ms in all, one by one.`;
}
