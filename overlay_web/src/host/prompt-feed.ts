/** Asks for the prompter's lines while somebody looks: at once, when the room has moved, and every two seconds (L9). */
import type { Outcome } from "./presses.js";

export const EVERY_MS = 2_000;
/** However much moves, the server is asked so often at most. */
export const LEAST_MS = 500;

export type FeedPorts = {
  readonly ask: () => Promise<Outcome>;
  readonly heard: (outcome: Outcome) => void;
  readonly setTimer: (delayMs: number, fire: () => void) => () => void;
  readonly now: () => number;
};

export class PromptFeed {
  #running = false;
  #asking = false;
  #again = false;
  #askedMs = 0;
  #cancel: (() => void) | null = null;

  constructor(private readonly ports: FeedPorts) {}

  /** Begin or end; the same again changes nothing. */
  look(on: boolean): void {
    if (on === this.#running) return;
    this.#running = on;
    this.#cancel?.();
    this.#cancel = null;
    if (on) void this.#ask();
  }

  /** Something has happened: ask soon. */
  hurry(): void {
    if (!this.#running) return;
    if (this.#asking) this.#again = true;
    else this.#wait(Math.max(0, this.#askedMs + LEAST_MS - this.ports.now()));
  }

  async #ask(): Promise<void> {
    if (!this.#running || this.#asking) return;
    this.#asking = true;
    this.#again = false;
    this.#askedMs = this.ports.now();
    const outcome = await this.ports.ask();
    this.#asking = false;
    this.#answered(outcome);
  }

  #answered(outcome: Outcome): void {
    if (!this.#running) return;
    // What was asked before a press says nothing of it: only the answer to the newest question counts.
    if (!this.#again) this.ports.heard(outcome);
    this.#wait(this.#again ? LEAST_MS : EVERY_MS);
  }

  #wait(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.ports.setTimer(delayMs, () => {
      this.#cancel = null;
      void this.#ask();
    });
  }
}
