/**
 * Holds what is known of a device: the winners that were measured on it, and the kernels that miscompute or hang there.
 *
 * @module
 */
import type { Way } from '../kernels/chain';
import type { Choice } from '../kernels/choice';
import type { Tile } from '../step';

/** The fastest of the candidates for one problem, as plain JSON. */
export interface Winner {
  /** The problem, with the kernels that may do it and what is fused into them. */
  readonly problem: string;
  /** The kernels with the hashes of their shaders: a winner over other texts is forgotten. */
  readonly kernels: string;
  readonly kernel: string;
  readonly tile: Tile;
  /** How many times as fast as the default it is; 1 if nothing beat the default. */
  readonly speedup: number;
  /** The day: `2026-11-22`. */
  readonly measured: string;
}

/** A winner, and its choice once somebody has asked for it. */
export interface Remembered {
  readonly winner: Winner;
  choice?: Choice;
}

/** A trial under way. */
export interface Trying {
  /** For a reader: `depthwise/tile TILE_WIDTH=4 of 1x56x56x128->128 k3x3`. */
  readonly what: string;
  /** The list of the memory that gets it if it hangs, and its name there; absent if no single kernel is to blame. */
  readonly list?: 'hung' | 'broken';
  readonly id?: string;
}

export interface Memory {
  /** By `Winner.problem`. */
  readonly winners: Map<string, Remembered>;
  /** Kernels that miscompute, by `kernelId`. */
  readonly broken: Set<string>;
  /** Kernels that the self-test has seen, by `kernelId`. */
  readonly tested: Set<string>;
  /** Kernels with a tile that hung the device, by `candidateId`. */
  readonly hung: Set<string>;
  /** Winners by `Winner.problem` that have not made a program faster yet; nobody is advised to use them. */
  readonly pending: Map<string, Remembered>;
  /** Winograd's algorithm, while the app allows it. */
  winograd?: Way<unknown>;
  /** Why imported winners are not used: those of the whole last file, and single ones by `Winner.problem`. */
  refused?: string;
  readonly ignored: Map<string, string>;
  /** The trial that runs on the device, and a trial that has been running suspiciously long. */
  trying?: Trying;
  suspect?: Trying;
  /** Saves what is known; does something only while somebody measures with a store. */
  keep: () => void;
  /** Is called when choices may change. */
  changed: () => void;
  /** Whether something is being measured, which nothing else must disturb. */
  busy: boolean;
}

export function createMemory(): Memory {
  return {
    winners: new Map(),
    broken: new Set(),
    tested: new Set(),
    hung: new Set(),
    pending: new Map(),
    ignored: new Map(),
    keep: () => {},
    changed: () => {},
    busy: false,
  };
}

/** A copy of a memory, whose new winners are not known to anybody else. */
export function draftOf(memory: Memory): Memory {
  return {
    ...memory,
    winners: new Map([...memory.pending, ...memory.winners]),
    changed: () => memory.changed(),
    keep: () => memory.keep(),
    get trying() {
      return memory.trying;
    },
    set trying(trying) {
      memory.trying = trying;
    },
    get suspect() {
      return memory.suspect;
    },
    set suspect(suspect) {
      memory.suspect = suspect;
    },
  };
}

export function remember({ winners, pending, ignored, changed }: Memory, winner: Winner): void {
  winners.set(winner.problem, { winner });
  pending.delete(winner.problem);
  ignored.delete(winner.problem);
  changed();
}

/** Sets why `explain` says that an imported file, or a part of it, is not used; undefined if all of it is used. */
export function refuse(memory: Memory, reason: string | undefined): void {
  if (memory.refused === reason) return;
  memory.refused = reason;
  memory.changed();
}

/** Trusts a kernel again, since what a file or an older driver said is out of date. */
export function trust({ broken, changed }: Memory, id: string): void {
  if (broken.delete(id)) changed();
}

/** Leaves a kernel out from now on, and forgets what it has won. */
export function distrust({ winners, broken, changed }: Memory, id: string): void {
  broken.add(id);
  for (const [key, remembered] of winners) {
    if (!id.startsWith(`${remembered.winner.kernel}@`)) continue;
    // Clear the choice, too, since a draft may have the same entry.
    remembered.choice = undefined;
    winners.delete(key);
  }
  changed();
}
