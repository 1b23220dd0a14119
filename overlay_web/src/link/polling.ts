/** Whether the room is asked for by polling while there is no socket, and when next. Pure. PROTOCOL §1.6. */
import type { RoomSnapshot } from "../wire/snapshot.js";
import type { Polled } from "./ports.js";
import * as timing from "./timing.js";

export type PollWait = {
  readonly pollMs: number;
  /** So long no socket is to be opened; 0: whenever it is due. */
  readonly keepAwayMs: number;
};

export class Polling {
  #isOn = false;
  #isTrue = false;
  #losses = 0;
  #sinceMs: number | null = null;
  #failed = 0;

  constructor(private readonly isWanted: boolean) {}

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The last poll brought the room: what is on screen is a few seconds old at most. */
  get isTrue(): boolean {
    return this.#isOn && this.#isTrue;
  }

  /**
   * A socket was lost, or could not be opened. Returns whether polling begins with it: after a few in a row, after a
   * while without any, or at once when the server sent us away to poll.
   */
  lost(now: number, isSentAway: boolean): boolean {
    this.#losses += 1;
    this.#sinceMs ??= now;
    const isLong = this.#losses > 1 && now - this.#sinceMs >= timing.POLL_AFTER_MS;
    if (!this.isWanted || this.#isOn || !(isSentAway || isLong || this.#losses >= timing.POLL_AFTER_LOSSES)) return false;
    this.#isOn = true;
    return true;
  }

  /** The socket is back, or nobody asks any more. */
  end(): void {
    this.#isOn = this.#isTrue = false;
    this.#losses = this.#failed = 0;
    this.#sinceMs = null;
  }

  /** Take what became of a poll. `snapshot`: what came, if it could be read. `random`: evenly from 0 to 1. */
  answered(answer: Polled, snapshot: RoomSnapshot | null, random: number): PollWait {
    this.#isTrue = snapshot !== null;
    if (snapshot !== null) {
      this.#failed = 0;
      const asked = Math.min(timing.POLL_MOST_MS, Math.max(timing.POLL_LEAST_MS, snapshot.poll_after_ms, snapshot.retry_after_ms));
      // A fifth of it apart: those who were thrown out together must not ask together for ever.
      return { pollMs: asked * (1 + random / 5), keepAwayMs: Math.min(timing.POLL_MOST_MS, Math.max(0, snapshot.retry_after_ms)) };
    }
    this.#failed += 1;
    const ceiling = Math.min(timing.POLL_AGAIN_MOST_MS, timing.POLL_AGAIN_MS * 2 ** Math.min(this.#failed - 1, 8));
    return { pollMs: answer.kind === "refused" ? timing.POLL_AGAIN_MOST_MS : ceiling * (0.5 + random / 2), keepAwayMs: 0 };
  }
}
