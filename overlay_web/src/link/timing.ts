/** How long the link waits for what, in milliseconds. Back-off has its own file. */

/** Handshake, hello and welcome together. */
export const GREETING_MS = 10_000;
/** PROTOCOL §1.1: so long the server waits for a hello; after that the close is 4500, though nothing was said wrongly. */
export const HELLO_WITHIN_MS = 5_000;
/** PROTOCOL §1.1: at most one repeated hello per 2 s; §1.2: wait a random 0–2 s first. */
export const HELLO_EVERY_MS = 2_000;
export const BEHIND_MS = 2_000;
/** Live for this long, and the next loss starts the back-off anew. */
export const STEADY_MS = 5_000;
export const SEEN_EVERY_MS = 1_000;
export const SEEN_AT_ONCE = 100;
export const RENEW_AGAIN_MS = 15_000;
export const AWAIT_ROOM_MS = 20_000;

/** So many losses in a row, or so long without a link, and the room is asked for by polling meanwhile. */
export const POLL_AFTER_LOSSES = 3;
export const POLL_AFTER_MS = 10_000;
/** What the server says counts, within reason. */
export const POLL_LEAST_MS = 1_000;
export const POLL_MOST_MS = 60_000;
/** After a poll that failed: this, doubled with each further one up to … */
export const POLL_AGAIN_MS = 3_000;
export const POLL_AGAIN_MOST_MS = 30_000;
/** Nobody looks at a hidden page, and nobody is let in there who is not looking. */
export const HIDDEN_AGAIN_MS = 30_000;
/** Who comes back to a page that knocks need not wait, but may not drum either. */
export const KNOCK_LEAST_MS = 3_000;

/** Two beacons missed and a little: TCP itself would take minutes to notice. */
export const silenceMs = (beatS: number): number => beatS * 2_000 + 5_000;
