/** Where a run computes: in the page, or in Node processes. */
import type { Environment } from './environment';
import type { Layer } from './layer';
import type { Peaks } from './peaks/peaks';
import type { RealmOpener } from './peers/realm';
import type { Load } from './peers/results';
import type { ContenderName } from './peers/strategy';
import type { PhotoResult } from './photo';
import type { Row } from './report';
import type { Race } from './timing';

export interface Runtime {
  /**
   * Opens the GPU.
   *
   * @param onError told of errors that belong to no row
   * @throws (rejects) if there is none; the message says what to do
   */
  open(onError: (error: unknown) => void): Promise<Environment>;
  /** The peak rates of the device; undefined if they cannot be measured. */
  peaks(): Promise<Peaks | undefined>;
  /** Rejects when the device is lost; without one, calls fail one by one. */
  readonly lost?: Promise<never>;
  /** A layer's rows, one per method. */
  runLayer(layer: Layer, race: Race): Promise<readonly Row[]>;
  /** The libraries that are measured beside ours. */
  readonly contenders: readonly ContenderName[];
  /** Libraries that are not available in this runtime. */
  readonly absent: readonly Load[];
  /**
   * Finds out what each library ships, so that realms can tell. It comes before a comparison, because it may keep the machine busy.
   *
   * @throws (rejects) if it cannot be known here
   */
  weigh(): Promise<void>;
  readonly openRealm: RealmOpener;
  /** Whether the GPU's own clock times a CPU that poses as a GPU, too. */
  readonly clocksCpus?: boolean;
  /** A photograph, if the runtime has any. */
  photo?(): Promise<PhotoResult>;
  close(): void;
}
