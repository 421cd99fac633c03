/** The property that each relation holds for every case that it applies to. */
import fc from 'fast-check';
import type { Gpu } from '../../src/index';
import { families } from './arbitrary';
import { precisionOf, type ConvCase } from './case';
import { casesOf } from './cases-of';
import { mismatch } from './compare';
import type { Family } from './family';
import { printCall, printCase } from './print';
import type { Property } from './property';
import { relations, type Relation } from './relations';
import { countKind, type Seen } from './seen';

/** Sizes per family. */
const SIZES = 4;

interface Related {
  readonly family: Family;
  /** Picks one of the relations that apply to the family. */
  readonly turn: number;
}

export function amongThemselves(seen: Seen): Property<Related> {
  return {
    name: 'convolutions among themselves',
    arbitrary: fc.record({ family: families(SIZES), turn: fc.nat({ max: 999 }) }),
    count: ({ family }) => family.sizes.length,
    attempt: async (gpu, { family, turn }) => {
      const checks = casesOf(family, gpu.context.target.features).map((c) => {
        const fitting = relations.filter((relation) => relation.fit(c) !== undefined);
        return checkRelation(gpu, fitting[turn % fitting.length], c, seen);
      });
      return (await Promise.all(checks)).filter((failure) => failure !== undefined);
    },
  };
}

async function checkRelation(gpu: Gpu, relation: Relation, given: ConvCase, seen: Seen): Promise<string | undefined> {
  const c = relation.fit(given) ?? given;
  const failure = (what: string): string => `${relation.name}: ${printCall(c)}\n  ${what}\n  ${printCase(c)}`;
  countKind(seen, relation.name);
  try {
    for (const { left, right, bound } of await relation.sides(gpu, c)) {
      const wrong = mismatch(left, right, bound, seen, precisionOf(c), () => `${relation.name}: ${printCall(c)}`);
      if (wrong !== undefined) return failure(wrong);
    }
    return undefined;
  } catch (error) {
    return failure(String(error));
  }
}
