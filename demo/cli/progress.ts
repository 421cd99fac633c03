/** Progress of a run for a terminal or a log: a line per result. */
import { figures, gigaflops } from '../columns';
import type { Report } from '../report';

/** A listener that says on stderr what is new in each report. */
export function showProgress(): (report: Report) => void {
  let shownRows = 0;
  let shownEnvironment = false;
  return ({ environment, rows, progress }) => {
    if (environment !== undefined && !shownEnvironment) {
      shownEnvironment = true;
      console.error(
        `${environment.browser}; ${environment.adapter}${environment.isFallback ? ' (a CPU posing as a GPU)' : ''}`,
      );
    }
    for (const row of rows.slice(shownRows)) {
      const name = row.method === 'default' ? row.layer : `${row.layer} ${row.method}`;
      const outcome = row.ok
        ? `${figures(row.result?.ms)} ms, ${figures(gigaflops(row))} GFLOP/s`
        : (row.error ?? 'WRONG');
      console.error(`[${progress.done + 1}/${progress.total}] ${name}: ${outcome}`);
    }
    shownRows = rows.length;
  };
}
