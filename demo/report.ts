/** The results of a run as plain data: the page draws them, the command line prints them, `--json` writes them. */
import type { Environment } from './environment';
import type { Kernels } from './kernels-of';
import type { Bound, Peaks } from './peaks/peaks';
import type { ComparedModel, ComparedNetwork, PeersReport } from './peers/results';
import type { PhotoResult } from './photo';
import type { Sample } from './sample/parameters';
import type { Ends, Timing } from './timing';

/** One layer by one method. */
export interface Row {
  readonly layer: string;
  readonly family: string;
  readonly method: string;
  /** How often the network has the layer. */
  readonly count: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
  /** The least time that the layer can take on this device, if that was measured. */
  readonly bound?: Bound;
  /** Whether it ran and every output is within its bound. */
  readonly ok: boolean;
  /** Undefined if the call failed. */
  readonly result?: Result;
  /** Why the call failed. */
  readonly error?: string;
}

export interface Result extends Kernels {
  /** Median milliseconds per call. */
  readonly ms: number;
  /** Median absolute deviation, as a share of the median. */
  readonly spread: number;
  /** Median milliseconds by the GPU's own clock: its dispatches alone, some milliseconds of them in a row. */
  readonly gpuMs?: number;
  /** As `spread`, of the GPU's own clock. */
  readonly gpuSpread?: number;
  readonly ends?: Ends;
  /** The first call: compiling, unless an earlier layer had the same program, and running. */
  readonly firstMs: number;
  readonly maxError: number;
  readonly ofBound: number;
  readonly checked: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is going on. */
  readonly label: string;
}

/**
 * One layer at the beginning of a run and again at its end. A device grows hot within minutes, and the rounds of a layer take seconds,
 * so a slow drift of the whole run does not show in them.
 */
export interface Drift {
  readonly layer: string;
  readonly first: Timing;
  readonly last: Timing;
}

/** What changed from the first rounds of a task to its last, over all tasks of a run. */
export interface RoundsDrift {
  /** Geometric mean of last / first; above 1 the device got slower. */
  readonly ratio: number;
  /** Half of its 95 % interval, as a share: it reaches from ratio / (1 + spread) to ratio * (1 + spread). */
  readonly spread: number;
  readonly tasks: number;
}

export interface Report {
  /** A description of the file, for someone who finds it. */
  readonly format: 'depthwise-bench';
  /** Increases when a field changes its meaning, or when a field is removed. */
  readonly version: 1;
  readonly status: 'idle' | 'running' | 'passed' | 'failed' | 'stopped';
  readonly progress: Progress;
  readonly environment?: Environment;
  /** How many layers were drawn by chance, and the seed that draws the same again. */
  readonly sample?: Sample;
  /** The peak rates of the device, measured in this run. */
  readonly peaks?: Peaks;
  readonly rows: readonly Row[];
  /** Whole networks, ours compiled and call by call, and in a comparison by other libraries. */
  readonly networks: readonly ComparedNetwork[];
  /** Models from files, ours beside TensorFlow.js. */
  readonly models: readonly ComparedModel[];
  readonly photo?: PhotoResult;
  readonly drift?: Drift;
  readonly roundsDrift?: RoundsDrift;
  /** How often the run waited because its tab was hidden. */
  readonly pauses?: number;
  /** What a reader should know about the machine; the contributor of a result may write it. */
  readonly note?: string;
  /** Other libraries beside ours; such a run has neither rows nor a photograph. */
  readonly peers?: PeersReport;
  /** What stopped the run, or went wrong beside a row. */
  readonly errors: readonly string[];
}

export const EMPTY: Report = {
  format: 'depthwise-bench',
  version: 1,
  status: 'idle',
  progress: { done: 0, total: 1, label: '' },
  rows: [],
  networks: [],
  models: [],
  errors: [],
};
