/** Where a run computes: in the page, or in processes of Node's. */
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
   * @param onError told of what goes wrong beside a row
   * @throws (rejects) if there is none; the message says what to do
   */
  open(onError: (error: unknown) => void): Promise<Environment>;
  /** What the device gives at most; undefined where there is no telling. */
  peaks(): Promise<Peaks | undefined>;
  /** Rejects when the device is lost; without one, calls fail one by one. */
  readonly lost?: Promise<never>;
  /** A layer's rows, one per method. */
  runLayer(layer: Layer, race: Race): Promise<readonly Row[]>;
  /** Whose turn it is beside ours. */
  readonly contenders: readonly ContenderName[];
  /** Libraries that this runtime has none of. */
  readonly absent: readonly Load[];
  readonly openRealm: RealmOpener;
  /** Whether the clock of a CPU that poses as a GPU is asked, too. */
  readonly clocksCpus?: boolean;
  /** A photograph, where there are any. */
  photo?(): Promise<PhotoResult>;
  close(): void;
}
