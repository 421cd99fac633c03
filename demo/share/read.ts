/** Reads results that come from elsewhere. An error says in a sentence what is wrong with them, and what to do. */
import * as v from 'valibot';
import type { Report } from '../report';
import { damageOf } from './damage';
import { reportSchema } from './schema';

/** @throws if it is no JSON or no result, is one of a version that this page does not know, or is damaged */
export function readReportText(json: string): Report {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw new Error('it is no JSON, or was cut off; choose a file as "Save JSON" wrote it', { cause });
  }
  return readReport(data);
}

function readReport(data: unknown): Report {
  const { format, version } = Object(data) as { readonly format?: unknown; readonly version?: unknown };
  if (format !== 'depthwise-bench') throw new Error('it is no result of this benchmark: it says no "format": "depthwise-bench"; choose a file that "Save JSON" or `npm run bench -- --json` wrote'); // prettier-ignore
  if (version !== 1) throw new Error(`it is of version ${String(version)}, and this page reads version 1; open it with the page that saved it`); // prettier-ignore
  const { success, output, issues } = v.safeParse(reportSchema, data);
  if (success) return output;
  throw new Error(`it is damaged: ${damageOf(issues[0])}; save or share it again from where it was measured`);
}
