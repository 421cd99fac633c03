/** The code that only a run needs. The page imports this file when a run begins. */
import { modelsOf } from '../models/models';
import { pageRuntime } from '../page-runtime';
import type { Canvases } from '../photo';
import type { Report } from '../report';
import { run, type RunOptions } from '../run';

export async function runInPage(canvases: Canvases, options: Omit<RunOptions, 'modelsOf'>): Promise<Report> {
  return run(pageRuntime(canvases), { ...options, modelsOf });
}
