import type { Report } from '../report';
/** What the page shows. */
import type { SampleAsked } from '../sample/parameters';
import type { Device } from '../start/device';
import type { Asked } from '../start/presets';

/** Where a result comes from. */
export type From = 'this run' | 'this browser' | 'the repository' | 'a link' | 'a file';

export interface ShelfItem {
  readonly id: string;
  readonly from: From;
  readonly report: Report;
}

/** A run that is under way. */
export interface Running {
  readonly report: Report;
  readonly isStopping: boolean;
  /** How much of the run is done, from 0 to 1. */
  readonly share: number;
  readonly secondsLeft?: number;
}

/** The figure that the bars show. */
export type Metric = 'ms' | 'GFLOP/s' | 'GB/s' | 'first ms';

/** The parts of the page that can show a problem. */
export type Place = 'controls' | 'result' | 'shelf';

export interface PageState {
  readonly device: Device;
  /** The resolution of the page's clock. */
  readonly clockMs?: number;
  readonly asked: Asked;
  readonly sampleAsked: SampleAsked;
  /** How long the chosen run will take. */
  readonly seconds?: number;
  readonly running?: Running;
  readonly shown?: ShelfItem;
  readonly metric: Metric;
  /** Results of this browser and of files, newest first, and those of the repository. */
  readonly shelf: readonly ShelfItem[];
  /** The ids of the results that are compared. The others are compared with the first. */
  readonly chosen: readonly string[];
  readonly problems: Readonly<Partial<Record<Place, string>>>;
  /** A sentence about what a share button has just done. */
  readonly said: string;
}
