/** Long work on the page's own thread, in slices short enough that the page keeps scrolling. */

const SLICE_MS = 12;

let sliceStart = 0;

/** Lets the page paint and take input, if it has not for a while; cheap to call often. */
export async function breathe(): Promise<void> {
  if (performance.now() - sliceStart < SLICE_MS) return;
  // A timer, not an animation frame: those stop in a hidden tab, and a benchmark must end there too.
  await new Promise((resolve) => setTimeout(resolve, 0));
  sliceStart = performance.now();
}
