/** How long to wait before the next attempt. Pure. */

const FIRST_CEILING_MS = 500;
const LAST_CEILING_MS = 20_000;

export type Retry = {
  /** 0 for the first attempt after a connection that had been live. */
  readonly attempt: number;
  /** What the server asked for in `bye`; 0 when it said nothing. */
  readonly retryAfterMs: number;
  /** `reconnect_spread_ms` of the last welcome; 0 when there was none. */
  readonly spreadMs: number;
  /** Evenly from 0 to 1. */
  readonly random: number;
};

/**
 * Milliseconds to wait: what the server asked for, and on top the advertised spread for the first attempt, then full
 * jitter under a ceiling that doubles from 0.5 s to 20 s. Full jitter, because a room of thousands loses its links
 * in the same instant and must not come back in the same instant.
 */
export function reconnectDelayMs({ attempt, retryAfterMs, spreadMs, random }: Retry): number {
  const ceiling =
    attempt === 0 && spreadMs > 0 ? spreadMs : Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 10));
  return Math.round(Math.max(0, retryAfterMs) + random * ceiling);
}
