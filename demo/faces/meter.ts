/** Times of frames. */
import { median } from 'simple-statistics';

/** The figures are taken over this many frames. */
const FRAMES = 30;

export interface Speed {
  /** The median of the last frames: cutting out, uploading, running and reading back. */
  readonly ms: number;
  /** Frames a second, including drawing and waiting for the camera; absent while there is only one frame. */
  readonly fps?: number;
}

export interface Meter {
  /** Adds a frame: how long it took, and when it ended. */
  readonly add: (ms: number, end: number) => void;
  readonly speed: () => Speed;
  /** Forgets all frames. */
  readonly reset: () => void;
}

export function createMeter(): Meter {
  let times: { readonly ms: number; readonly end: number }[] = [];
  return {
    add(ms, end) {
      times = [...times.slice(1 - FRAMES), { ms, end }];
    },
    speed() {
      const ms = median(times.map((time) => time.ms));
      const frames = times.length;
      if (frames < 2) return { ms };
      return { ms, fps: ((frames - 1) * 1000) / (times[frames - 1].end - times[0].end) };
    },
    reset() {
      times = [];
    },
  };
}
