/** What the page shows. */
import type { Choice } from './choice';
import type { EngineName, LayerTime } from './engines/engine';
import type { Speed } from './meter';

/** Layers of one model. */
export interface ModelLayers {
  readonly model: string;
  readonly layers: readonly LayerTime[];
}

/** How fast an engine is at the present task. */
export interface Figures {
  /** Fetching the models and compiling them; absent where they were here already. */
  readonly loadMs?: number;
  readonly speed?: Speed;
}

export type Progress = number | 'unknown';

export interface State {
  readonly choice: Choice;
  readonly status: string;
  /** How much of what the page waits for is done, of 1; 'unknown' where nobody can say. */
  readonly progress?: Progress;
  readonly error?: string;
  readonly figures: Readonly<Partial<Record<EngineName, Figures>>>;
  readonly layers: readonly ModelLayers[];
  readonly metric: Metric;
}

/** What the chart's columns are as high as. */
export type Metric = 'ms' | 'MB' | 'MFLOP';
