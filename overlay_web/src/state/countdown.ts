/**
 * Times to come, always computed from the server's clock and an absolute end, never counted (OVERLAY "Countdown"). Pure.
 * What is shown is rounded up: `0:01` until the very end, and `0:00` only when it is over.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TO_THE_SECOND_MS = HOUR_MS;

/** `4:07`, from an hour on `1:04:07`. */
export function clockText(remainingMs: number): string {
  const left = Math.max(0, Math.ceil(remainingMs / SECOND_MS));
  const [hours, minutes, seconds] = [Math.floor(left / 3_600), Math.floor(left / 60) % 60, left % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** When what `clockText` says of `atMs` changes next: once a second at most. Null when it is over. */
export function nextChangeMs(atMs: number, now: number): number | null {
  const left = atMs - now;
  if (left <= 0) return null;
  return now + (left % SECOND_MS === 0 ? SECOND_MS : left % SECOND_MS);
}

/** For what is far off nobody counts seconds: it wakes once a minute until its last hour. */
export function nextDistantChangeMs(atMs: number, now: number): number | null {
  const left = atMs - now;
  if (left <= TO_THE_SECOND_MS) return nextChangeMs(atMs, now);
  return Math.min(atMs - TO_THE_SECOND_MS, now + MINUTE_MS);
}

/** Whether a countdown to it is worth its seconds. */
export const isNear = (atMs: number, now: number): boolean => atMs - now <= TO_THE_SECOND_MS;

/** The moments that a countdown is read out: at its start, 1 min and 10 s before its end, at its end. */
export type Mark = "start" | "minute" | "ten" | "end";

/** The latest mark that has been passed. `fromMs`: the countdown's whole length, when it is known to be shorter. */
export function markOf(remainingMs: number): Mark {
  if (remainingMs <= 0) return "end";
  if (remainingMs <= 10 * SECOND_MS) return "ten";
  return remainingMs <= MINUTE_MS ? "minute" : "start";
}
