/** Progress of a run for a terminal or a log: a line per result. */
import { figures, gigaflops } from '../columns';
import { firstCallRatio, measured, ratio } from '../peers/results';
import { PEERS } from '../peers/summary';
import type { Report } from '../report';

/** A listener that says on stderr what is new in each report. */
export function showProgress(): (report: Report) => void {
  let shownRows = 0;
  let shownLoads = 0;
  let shownLayers = 0;
  let shownNetworks = 0;
  let shownModels = 0;
  let shownEnvironment = false;
  return ({ environment, rows, peers, networks, models, progress }) => {
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
    for (const { title, ms, error, absent } of peers?.loads.slice(shownLoads) ?? []) {
      const outcome = absent ?? (error === undefined ? `ready after ${ms.toFixed(0)} ms` : `NOT MEASURED: ${error}`);
      console.error(`${title}: ${outcome}`);
    }
    shownLoads = peers?.loads.length ?? 0;
    for (const layer of peers?.layers.slice(shownLayers) ?? []) {
      const ratios = PEERS.map((name) => `${name} ${ratio(layer, measured(layer, name))?.toFixed(2) ?? '–'}`);
      const ours = figures(measured(layer, 'ours')?.ms) ?? 'FAILED';
      console.error(
        `[${progress.done}/${progress.total}] ${layer.layer}: ${ours} ms; ${ratios.join(', ')}; first call ${firstCallRatio(layer)?.toFixed(2) ?? '–'}`,
      );
    }
    shownLayers = peers?.layers.length ?? 0;
    for (const compared of networks.slice(shownNetworks)) {
      const figuresOf = compared.outcomes.map(({ name }) => `${name} ${figures(measured(compared, name)?.ms) ?? '–'}`);
      console.error(`[${progress.done}/${progress.total}] ${compared.network}, ms: ${figuresOf.join(', ')}`);
    }
    shownNetworks = networks.length;
    for (const compared of models.slice(shownModels)) {
      const figuresOf = compared.outcomes.map(({ name }) => `${name} ${figures(measured(compared, name)?.ms) ?? '–'}`);
      console.error(`[${progress.done}/${progress.total}] model ${compared.model}, ms: ${figuresOf.join(', ')}`);
    }
    shownModels = models.length;
  };
}
