/** A run, from the button to its end, and what the page shows of it meanwhile. */
import { visibilityGate } from '../gate';
import type { Canvases } from '../photo';
import { EMPTY, type Report } from '../report';
import type { SampleAsked } from '../sample/parameters';
import type { Asked } from '../start/presets';
import { createPace } from './pace';
import type { Running } from './state';

export interface Measuring {
  /** Ends the run at once, whatever the GPU is doing. */
  readonly stop: () => void;
}

export interface MeasuringOptions {
  readonly asked: Asked;
  readonly sampleAsked: SampleAsked;
  /** The estimated time of each part. */
  readonly seconds: readonly number[];
  readonly canvases: Canvases;
  /** Called with every report, and once a second with the progress. */
  readonly onChange: (running: Running) => void;
  readonly onEnd: (report: Report) => void;
}

const TICK_MS = 1000;

export function measure({ asked, sampleAsked, seconds, canvases, onChange, onEnd }: MeasuringOptions): Measuring {
  const stopping = new AbortController();
  const { signal } = stopping;
  const paceOf = createPace(seconds, () => performance.now());
  let latest: Report | undefined;
  const tell = (): void => {
    if (latest === undefined) return;
    const pace = seconds.length > 0 ? paceOf(latest.progress.done) : { share: shareOf(latest) };
    onChange({ report: latest, isStopping: signal.aborted, ...pace });
  };
  const ticking = setInterval(tell, TICK_MS);

  const work = async (): Promise<void> => {
    // Loads the library and the layers only now, so that the page itself stays small.
    const { runInPage } = await import('./run-in-page');
    const report = await runInPage(canvases, {
      ...asked,
      sampleAsked,
      signal,
      gate: visibilityGate(),
      onReport(change) {
        latest = change;
        if (change.status === 'running') tell();
      },
    });
    onEnd(report);
  };
  work()
    .catch((error: unknown) => onEnd({ ...EMPTY, ...latest, status: 'failed', errors: [String(error)] }))
    .finally(() => clearInterval(ticking));

  return {
    stop() {
      stopping.abort();
      tell();
    },
  };
}

function shareOf({ progress: { done, total } }: Report): number {
  return done / total;
}
