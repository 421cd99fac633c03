/** A process for the tests of the bench: it answers, throws, hangs and crashes. */
import { serve, tellStep } from '../../demo/node/messages';

export interface TestChild {
  doubled(values: Float32Array): Promise<Float32Array>;
  fail(): Promise<void>;
  crash(): Promise<void>;
  hang(step: string): Promise<void>;
  /** Takes a while, but reports progress. */
  slow(steps: number): Promise<string>;
}

serve<TestChild>({
  doubled: async (values) => values.map((v) => 2 * v),
  fail: () => Promise.reject(new Error('it does not fit')),
  crash: async () => process.kill(process.pid, 'SIGABRT') as unknown as void,
  async hang(step) {
    tellStep(step);
    await new Promise<void>((resolve) => setTimeout(resolve, 100));
    for (;;);
  },
  async slow(steps) {
    for (let i = 0; i < steps; i++) {
      tellStep(`step ${i}`);
      await new Promise<void>((resolve) => setTimeout(resolve, 250));
    }
    return 'done';
  },
});
