/** Named moments to come. One real timer serves them all: the shell wakes the conversation at `next()`. */

export class Alarms<Name extends string> {
  readonly #at = new Map<Name, number>();

  /** Set, or move, an alarm. */
  set(name: Name, at: number): void {
    this.#at.set(name, at);
  }

  clear(...names: readonly Name[]): void {
    for (const name of names) this.#at.delete(name);
  }

  has(name: Name): boolean {
    return this.#at.has(name);
  }

  /** When it will ring, or null when it is not set. */
  at(name: Name): number | null {
    return this.#at.get(name) ?? null;
  }

  /** The earliest moment, or null. */
  next(): number | null {
    return this.#at.size === 0 ? null : Math.min(...this.#at.values());
  }

  /** Take out the earliest alarm that is due, or null. */
  takeDue(now: number): Name | null {
    let due: { name: Name; at: number } | null = null;
    for (const [name, at] of this.#at) if (at <= now && (due === null || at < due.at)) due = { name, at };
    if (due !== null) this.#at.delete(due.name);
    return due?.name ?? null;
  }
}
