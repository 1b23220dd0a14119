/** How long the link waits for what, in milliseconds. Back-off has its own file. */

/** Handshake, hello and welcome together. */
export const GREETING_MS = 10_000;
/** PROTOCOL §1.1: at most one repeated hello per 2 s; §1.2: wait a random 0–2 s first. */
export const HELLO_EVERY_MS = 2_000;
export const BEHIND_MS = 2_000;
/** Live for this long, and the next loss starts the back-off anew. */
export const STEADY_MS = 5_000;
export const SEEN_EVERY_MS = 1_000;
export const SEEN_AT_ONCE = 100;
export const RENEW_AGAIN_MS = 15_000;
export const AWAIT_ROOM_MS = 20_000;

/** Two beacons missed and a little: TCP itself would take minutes to notice. */
export const silenceMs = (beatS: number): number => beatS * 2_000 + 5_000;
