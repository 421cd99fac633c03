/** A library that runs models. */
import type { ModelFile } from '../models';
import type { Picture, Square } from '../square';

export type EngineName = 'depthwise' | 'tfjs';

/** One dispatch of a model, and its time. */
export interface LayerTime {
  readonly kernel: string;
  /** Kernel, tile and problem in one line. */
  readonly label: string;
  readonly ms: number;
  readonly bytes: number;
  readonly flops: number;
}

export interface LoadedModel {
  /** Runs the model on a square of the picture and reads its outputs, in the order of the file's. */
  readonly run: (picture: Picture, square: Square) => Promise<readonly Float32Array[]>;
  /** Times each dispatch, where the library can. */
  readonly profile?: () => Promise<readonly LayerTime[]>;
}

export interface Engine {
  /** Loads a model, compiles it, and keeps it for the next time. */
  readonly load: (file: ModelFile, onProgress: (share: number) => void) => Promise<LoadedModel>;
}

/** What an engine is opened with. */
export interface EngineOptions {
  /** Told when the device is lost; `recovered` resolves when there is a new one, and rejects if there will be none. */
  readonly onLost: (recovered: Promise<void>) => void;
}

/** Loads each model once. A model that failed is tried again. */
export function keeping(load: Engine['load']): Engine['load'] {
  const kept = new Map<string, Promise<LoadedModel>>();
  return (file, onProgress) => {
    const known = kept.get(file.name);
    if (known !== undefined) return known;
    const loading = load(file, onProgress);
    kept.set(file.name, loading);
    loading.catch(() => kept.delete(file.name));
    return loading;
  };
}
