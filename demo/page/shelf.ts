/** The results that can be looked at and compared: this browser's own, those of the repository, and files that were opened. */
import type { Report } from '../report';
import { keptResults } from '../share/history';
import { readReportText } from '../share/read';
import type { ShelfItem } from './state';

const CONTRIBUTED = import.meta.glob<Report>('../../results/*.json', { import: 'default' });

/** What is shown before anything was measured. */
const REFERENCE = 'swiftshader-chromium-156';

async function contributed(name: string): Promise<ShelfItem> {
  const report = await CONTRIBUTED[`../../results/${name}.json`]();
  return { id: name, from: 'the repository', report };
}

export async function reference(): Promise<ShelfItem> {
  return contributed(REFERENCE);
}

/** Newest first. */
export async function allContributed(): Promise<readonly ShelfItem[]> {
  const names = Object.keys(CONTRIBUTED).map((path) => path.replace(/^.*\/|\.json$/g, ''));
  const items = await Promise.all(names.map(contributed));
  return items.toSorted((a, b) => dateOf(b).localeCompare(dateOf(a)));
}

/** @throws (rejects) if the browser keeps nothing for this page */
export async function ownResults(): Promise<readonly ShelfItem[]> {
  return (await keptResults()).map(({ id, report }) => ({ id, from: 'this browser', report }));
}

/** @throws (rejects) naming each file that is no result */
export async function resultsOfFiles(files: readonly File[]): Promise<readonly ShelfItem[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        return { id: `${file.name} ${file.lastModified}`, from: 'a file', report: readReportText(await file.text()) };
      } catch (cause) {
        throw new Error(`The file ${file.name} cannot be opened: ${(cause as Error).message}`, { cause });
      }
    }),
  );
}

function dateOf({ report }: ShelfItem): string {
  return report.environment?.date ?? '';
}
