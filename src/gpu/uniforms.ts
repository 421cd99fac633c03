/**
 * Caches uniform buffers by their contents. Each is written once, at creation, so a repeated call (every frame of an app) writes
 * nothing, and a recording can name the buffer whenever it will be submitted.
 *
 * @module
 */

import { createCache } from '../kernels/cache';

export interface Uniforms {
  /** Gives the buffer that holds these words. */
  of(words: Uint32Array): GPUBuffer;
  /** How many buffers are kept. */
  readonly size: number;
}

/**
 * Enough for every layer of a few networks. A buffer that is dropped is not destroyed, since a recording or a program may name
 * it; it is collected once none does.
 */
const KEPT = 1024;

export function createUniforms(device: GPUDevice): Uniforms {
  const buffers = createCache<string, GPUBuffer>({ entries: KEPT });
  return {
    of(words) {
      const key = words.join();
      const known = buffers.get(key);
      if (known !== undefined) return known;
      const buffer = device.createBuffer({
        label: 'depthwise uniforms',
        size: words.byteLength,
        usage: 0x40, // UNIFORM
        mappedAtCreation: true,
      });
      new Uint32Array(buffer.getMappedRange()).set(words);
      buffer.unmap();
      buffers.set(key, buffer);
      return buffer;
    },
    get size() {
      return buffers.size;
    },
  };
}
