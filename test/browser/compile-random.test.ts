/**
 * Random networks: a program computes the same as the calls that it was traced from, with and without fusing. `npm run fuzz
 * -- --networks 3000` runs more of them. test/fuzz/network-bounds.ts computes the allowed differences.
 */
import { expect, test } from 'vitest';
import { BUDGET_MS, TIMEOUT_MS } from '../fuzz/budget';
import { runNetworks } from '../fuzz/network-run';

const told: Readonly<Record<string, unknown>> = import.meta.env;

const isLong = told.VITE_FUZZ_NETWORKS !== undefined;
const count = Number(told.VITE_FUZZ_NETWORKS ?? 30);
const seed = Number(told.VITE_FUZZ_SEED ?? 1);

test(
  'random networks are the same as calls, op by op, and fused',
  async () => {
    const begin = performance.now();
    const again = (one: number): string => `npm run fuzz -- --networks 1 --seed ${one}`;
    const all = await runNetworks({ count, seed, again, shown: isLong ? 20 : 1, deadline: begin + BUDGET_MS });
    expect(all.length).toBeGreaterThan(0);
    // Otherwise nothing was fused, or no comparison could have failed.
    const saved = all.reduce((sum, { dispatches: [plain, fused] }) => sum + plain - fused, 0);
    const tight = all.filter(({ loosest }) => loosest < 0.05).length;
    const worst = all.reduce((most, compared) => Math.max(most, compared.worst), 0);
    if (isLong) {
      const seconds = (performance.now() - begin) / 1000;
      console.log(
        `${all.length} networks in ${seconds.toFixed(0)} s: ${saved} dispatches fewer; ` +
          `${tight} with a bound below 5 %; the largest error is ${worst.toFixed(3)} of its bound`,
      );
    }
    if (all.length < 20) return;
    const kernels = new Set(all.flatMap((compared) => compared.kernels));
    expect(['expand/fused', 'separable/fused'].filter((name) => !kernels.has(name))).toEqual([]);
    expect(saved).toBeGreaterThan(all.length / 4);
    expect(tight).toBeGreaterThan(all.length / 4);
  },
  TIMEOUT_MS,
);
