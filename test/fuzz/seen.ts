/** What a run has reached, and how close it came to its bounds. */
export interface Seen {
  /** Cases by what they are: the kernel and tile that served, or the relation. */
  readonly kinds: Map<string, number>;
  /** The largest error, as a multiple of its bound, and whose it was. */
  readonly worst: { multiple: number; what: string };
}

export function newSeen(): Seen {
  return { kinds: new Map(), worst: { multiple: 0, what: 'nothing' } };
}

export function countKind({ kinds }: Seen, kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

/** For the end of a long run. */
export function printSeen(what: string, cases: number, seconds: number, { kinds, worst }: Seen): string {
  const names = [...kinds.keys()].toSorted();
  const lines = names.map((kind) => `  ${String(kinds.get(kind)).padStart(6)} ${kind}`);
  const head = `${what}: ${cases} cases in ${seconds.toFixed(0)} s; the largest error is ${worst.multiple.toFixed(3)} of its bound`;
  return [head, `  ${worst.what}`, ...lines].join('\n');
}
