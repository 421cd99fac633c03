/** A run from the button to its end, with what the page needs to show of it meanwhile. */
import { visibilityGate } from '../gate';
import type { Canvases } from '../photo';
import { EMPTY, type Report } from '../report';
import type { SampleAsked } from '../sample/parameters';
import type { Asked } from '../start/presets';
import { createPace } from './pace';
import type { Running } from './state';

export interface Measuring {
  /** At once, whatever the GPU is busy with. */
  readonly stop: () => void;
}

export interface MeasuringOptions {
  readonly asked: Asked;
  readonly sampleAsked: SampleAsked;
  /** Estimated, of each part. */
  readonly seconds: readonly number[];
  readonly canvases: Canvases;
  /** Told of every report, and each second of how far it is. */
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
    // The library, the layers and the models are loaded when somebody wants them.
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
