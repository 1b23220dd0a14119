/** Which moments were passed on, across connections and epochs: one that is numbered twice is shown once. */

/** As many as a room's log may hold, and some more. */
export const MOST_REMEMBERED = 2_000;

export class ShownMoments {
  readonly #ids = new Set<string>();

  /** Whether this is the first time; from now on it is not. The oldest of many are forgotten. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MOST_REMEMBERED) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }
}
