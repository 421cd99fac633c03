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
  /** The time to fetch and compile the models; absent if they were here already. */
  readonly loadMs?: number;
  readonly speed?: Speed;
}

export type Progress = number | 'unknown';

export interface State {
  readonly choice: Choice;
  readonly status: string;
  /** The finished share of the current wait, from 0 to 1; 'unknown' if it cannot be known. */
  readonly progress?: Progress;
  readonly error?: string;
  readonly figures: Readonly<Partial<Record<EngineName, Figures>>>;
  readonly layers: readonly ModelLayers[];
  readonly metric: Metric;
}

/** The value that sets the height of the chart's columns. */
export type Metric = 'ms' | 'MB' | 'MFLOP';
