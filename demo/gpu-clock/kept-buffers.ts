/** Keeps buffers alive after their library has destroyed them, because a repeated dispatch needs them. */
import { hook } from './hooks';

let users = 0;
let restore: (() => void) | undefined;
const waiting: GPUBuffer[] = [];

/** Delays the destruction of every buffer in this realm until everyone who asked for the delay has released it. */
export function keepBuffers(): { readonly release: () => void } {
  users++;
  restore ??= hook(
    GPUBuffer,
    'destroy',
    () =>
      function () {
        waiting.push(this);
      },
  );
  let isReleased = false;
  return {
    release() {
      if (isReleased) return;
      isReleased = true;
      if (--users > 0) return;
      restore?.();
      restore = undefined;
      for (const buffer of waiting.splice(0)) buffer.destroy();
    },
  };
}
