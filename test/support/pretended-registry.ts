/** Takes the part of a FinalizationRegistry where nobody can ask for the garbage to be collected. */

/** Takes for dropped what a test does not say that it holds. */
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
