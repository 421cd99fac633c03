/** Buffers that outlive their library's use for them, since a dispatch that is repeated needs them. */
import { hook } from './hooks';

let users = 0;
let restore: (() => void) | undefined;
const waiting: GPUBuffer[] = [];

/** Puts off the end of every buffer of this realm, until everyone who asked for it has let go. */
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
