/** Replaces a FinalizationRegistry where garbage collection cannot be requested. */

/** Treats everything as dropped that the test does not hold explicitly. */
export class PretendedRegistry {
  static all: PretendedRegistry[] = [];
  readonly #entries = new Map<object, unknown>();
  readonly #callback: (held: unknown) => void;

  constructor(callback: (held: unknown) => void) {
    this.#callback = callback;
    PretendedRegistry.all.push(this);
  }

  register(target: object, held: unknown): void {
    this.#entries.set(target, held);
  }

  unregister(target: object): boolean {
    return this.#entries.delete(target);
  }

  collect(except: readonly object[]): void {
    for (const [target, held] of this.#entries) {
      if (except.includes(target)) continue;
      this.#entries.delete(target);
      this.#callback(held);
    }
  }
}
