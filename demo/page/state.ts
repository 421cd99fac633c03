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
  /** How much of it is done, of 1. */
  readonly share: number;
  readonly secondsLeft?: number;
}

/** What bars are as long as. */
export type Metric = 'ms' | 'GFLOP/s' | 'GB/s' | 'first ms';

/** Where something went wrong, so that it is said there. */
export type Place = 'controls' | 'result' | 'shelf';

export interface PageState {
  readonly device: Device;
  /** The shortest time that the page's clock tells apart. */
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
  /** Those that are compared, by id; the first is what the others are compared with. */
  readonly chosen: readonly string[];
  readonly problems: Readonly<Partial<Record<Place, string>>>;
  /** What a button has just done. */
  readonly said: string;
}
