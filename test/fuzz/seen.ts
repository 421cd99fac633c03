/** What a run has reached, and how close it came to its bounds. */
export interface Seen {
  /** The number of cases by kind: the kernel and tile that served, or the relation. */
  readonly kinds: Map<string, number>;
  /** Comparisons by their float16 parts, with the largest error as a multiple of its bound, and the case that had it. */
  readonly worst: Map<string, Worst>;
}

interface Worst {
  cases: number;
  multiple: number;
  what: string;
}

export function newSeen(): Seen {
  return { kinds: new Map(), worst: new Map() };
}

export function countKind({ kinds }: Seen, kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

/** Counts a case, and notes the largest error that was within its bound. */
export function noteErrors({ worst }: Seen, precision: string, multiple: number, what: () => string): void {
  const before = worst.get(precision) ?? { cases: 0, multiple: 0, what: 'none' };
  const worse = multiple > before.multiple ? { multiple, what: what() } : before;
  worst.set(precision, { ...worse, cases: before.cases + 1 });
}

/** For the end of a long run. */
export function printSeen(what: string, cases: number, seconds: number, { kinds, worst }: Seen): string {
  const line = (count: number, text: string): string => `  ${String(count).padStart(6)} ${text}`;
  const errors = [...worst.keys()].toSorted().map((precision) => {
    const { cases: compared, multiple, what: whose } = worst.get(precision)!;
    return line(
      compared,
      `in ${precision}; the largest error is ${multiple.toFixed(3)} of its bound\n         ${whose}`,
    );
  });
  const counts = [...kinds.keys()].toSorted().map((kind) => line(kinds.get(kind)!, kind));
  return [`${what}: ${cases} cases in ${seconds.toFixed(0)} s`, ...errors, ...counts].join('\n');
}
