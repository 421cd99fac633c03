/** What a test's calls have run: the debug marker of each dispatch. */
import { afterEach, beforeEach, vi, type MockInstance } from 'vitest';

/** @returns a function that gives the kernels of the dispatches that were written since the last look */
export function watchKernels(): () => readonly string[] {
  let markers: MockInstance<GPUComputePassEncoder['insertDebugMarker']>;
  beforeEach(() => {
    markers = vi.spyOn(GPUComputePassEncoder.prototype, 'insertDebugMarker');
  });
  afterEach(() => markers.mockRestore());
  return () => {
    const labels = markers.mock.calls.map(([label]) => label.split(' ')[0]);
    markers.mockClear();
    return labels;
  };
}
