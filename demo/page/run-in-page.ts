/** What a run takes that the page does without before: it is a chunk of its own. */
import { modelsOf } from '../models/models';
import { pageRuntime } from '../page-runtime';
import type { Canvases } from '../photo';
import type { Report } from '../report';
import { run, type RunOptions } from '../run';

export async function runInPage(canvases: Canvases, options: Omit<RunOptions, 'modelsOf'>): Promise<Report> {
  return run(pageRuntime(canvases), { ...options, modelsOf });
}
