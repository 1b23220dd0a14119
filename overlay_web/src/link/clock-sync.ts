/** The server's clock as seen from here. OVERLAY "Countdown": of 8 exchanges the one with the smallest round trip counts. */

/** Enough that one quiet moment of the network is among them. */
export const EXCHANGES = 8;

type Sample = { readonly roundTripMs: number; readonly offsetMs: number };

const STEP_MS = 1_000;
const AGAIN_MS = 5 * 60_000;

export class ClockSync {
  #samples: readonly Sample[] = [];
  #offsetMs = 0;
  #left = 0;

  /** What must be added to our clock to get the server's. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Start a round of 8 exchanges, whatever is left of the last one. */
  beginRound(): void {
    this.#left = EXCHANGES;
  }

  /** One exchange is being sent: how long until the next, in this round or, 5 minutes on, in a new one. */
  stepMs(): number {
    if (this.#left === 0) this.beginRound();
    this.#left -= 1;
    return this.#left > 0 ? STEP_MS : AGAIN_MS;
  }

  /** Before the first exchange: `server_time_ms` of a welcome, late by one way of the network. */
  guess(serverMs: number, now: number): void {
    if (this.#samples.length === 0) this.#offsetMs = serverMs - now;
  }

  /** One answered exchange: sent `t0`, received by the server `t1`, answered `t2`, back here `t3`. */
  exchanged(t0: number, t1: number, t2: number, t3: number): void {
    const sample: Sample = { roundTripMs: Math.max(0, t3 - t0 - (t2 - t1)), offsetMs: (t1 - t0 + (t2 - t3)) / 2 };
    this.#samples = [...this.#samples, sample].slice(-EXCHANGES);
    this.#offsetMs = this.#samples.reduce((best, next) => (next.roundTripMs < best.roundTripMs ? next : best)).offsetMs;
  }
}
