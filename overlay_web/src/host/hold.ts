/** Press and hold: what cannot be taken back needs a finger, or a key, that stays for a second. Pure. */

export const HOLD_MS = 1_000;

export type Hold = { readonly phase: "idle" } | { readonly phase: "holding"; readonly sinceMs: number } | { readonly phase: "fired" };

export const idle: Hold = { phase: "idle" };

/** A key that repeats while it is down begins nothing anew, and what has fired waits for the release. */
export const down = (hold: Hold, nowMs: number): Hold => (hold.phase === "idle" ? { phase: "holding", sinceMs: nowMs } : hold);

/** Let go, slipped off or lost the focus. */
export const up = (): Hold => idle;

/** `fired` is true exactly once per hold. */
export function passed(hold: Hold, nowMs: number): { readonly hold: Hold; readonly fired: boolean } {
  if (hold.phase !== "holding" || nowMs - hold.sinceMs < HOLD_MS) return { hold, fired: false };
  return { hold: { phase: "fired" }, fired: true };
}

/** From 0 to 1. */
export const progressOf = (hold: Hold, nowMs: number): number =>
  hold.phase === "holding" ? Math.min(1, Math.max(0, (nowMs - hold.sinceMs) / HOLD_MS)) : hold.phase === "fired" ? 1 : 0;
