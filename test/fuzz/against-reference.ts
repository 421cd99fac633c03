/** The property that every call, and every kernel with every tile, gives what the float64 reference gives. */
import type { Gpu } from '../../src/index';
import type { Kernel } from '../../src/kernels/kernel';
import { families } from './arbitrary';
import { precisionOf, type ConvCase } from './case';
import { casesOf } from './cases-of';
import { differenceOf } from './compare';
import { expectedOf } from './expected';
import type { Family } from './family';
import { printCall, printCase } from './print';
import type { Property } from './property';
import { runCase, servedBy, variantOf } from './run';
import { countKind, type Seen } from './seen';

/** Sizes per family. Several sizes make the compilation of a program worthwhile. */
const SIZES = 10;

/** @param kernels the kernels that a variant may name */
export function againstReference(seen: Seen, kernels?: readonly Kernel[]): Property<Family> {
  return {
    name: 'convolutions against the reference',
    arbitrary: families(SIZES),
    count: ({ sizes }) => sizes.length,
    attempt: async (gpu, family) => {
      const checks = allOf(gpu, family).map((c) => checkCase(gpu, c, seen, kernels));
      return (await Promise.all(checks)).filter((failure) => failure !== undefined);
    },
  };
}

/** Takes each case by the rule, and the picks in turn. */
function allOf(gpu: Gpu, family: Family): readonly ConvCase[] {
  const { picks } = family;
  return casesOf(family, gpu.context.target.features).flatMap((c, i) => {
    const variant = picks.length === 0 ? undefined : variantOf(c, picks[i % picks.length], gpu.context.target);
    return variant === undefined ? [c] : [c, variant];
  });
}

/** What is wrong with a case, and how to reproduce it. */
export async function checkCase(
  gpu: Gpu,
  c: ConvCase,
  seen: Seen,
  kernels?: readonly Kernel[],
): Promise<string | undefined> {
  const failure = (what: string): string => `${printCall(c)}\n  ${what}\n  ${printCase(c)}`;
  try {
    const output = runCase(gpu, c, kernels);
    countKind(seen, servedBy(output));
    // The GPU computes in the meantime.
    const wrong = await differenceOf(output, expectedOf(c), seen, precisionOf(c), () => printCall(c));
    return wrong === undefined ? undefined : failure(wrong);
  } catch (error) {
    return failure(String(error));
  }
}
