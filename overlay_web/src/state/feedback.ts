/** What the viewer is told about an act, and which personal notices are on screen. Pure. E10. */
import type { Notice } from "../wire/frames.js";
import type { Answer } from "../link/pending-acts.js";
import type { Act } from "../wire/messages.js";
import { actResultOf, earnedParams } from "../wire/params.js";

export type Feedback =
  | { readonly tone: "earned"; readonly act: Act["name"]; readonly points: number; readonly growth: number }
  | { readonly tone: "nothing"; readonly act: Act["name"]; readonly why: string }
  | { readonly tone: "refused"; readonly act: Act["name"]; readonly code: string; readonly retryAfterMs: number }
  | { readonly tone: "unsent"; readonly act: Act["name"] }
  /** There is no link: it waits, and goes out by itself. */
  | { readonly tone: "waits"; readonly act: Act["name"] };

/** What to say, or null when there is nothing worth saying. */
export function feedbackOn(act: Act["name"], answer: Answer): Feedback | null {
  switch (answer.type) {
    case "unsent":
      return { tone: "unsent", act };
    case "refused":
      return { tone: "refused", act, code: answer.code, retryAfterMs: answer.retry_after_ms ?? 0 };
    case "done": {
      const { points, growth, why_nothing: why } = actResultOf(answer.result);
      if (points !== 0 || growth !== 0) return { tone: "earned", act, points, growth };
      return why === null ? null : { tone: "nothing", act, why };
    }
  }
}

/** Toasts on screen at once. */
const AT_ONCE = 3;
const TOAST_MS = 5_000;
/** A notice that says what the answer to an act has just said, within this time, is not shown again. */
const SAME_MS = 10_000;

export type Toast = { readonly notice: Notice; readonly untilMs: number };

export type Toasts = {
  /** Newest last. */
  readonly shown: readonly Toast[];
  /** Rule → when an answer to an act told of its points. */
  readonly answered: Readonly<Record<string, number>>;
  /** When the viewer's own level-up was shouted: it tells of tier and coupon better than a toast does. */
  readonly shoutedMs: number;
};

export const noToasts: Toasts = { shown: [], answered: {}, shoutedMs: Number.NEGATIVE_INFINITY };

export function withNotice(toasts: Toasts, notice: Notice, now: number): Toasts {
  const saidAlready =
    notice.kind === "points"
      ? now - (toasts.answered[earnedParams(notice.params)?.rule ?? ""] ?? Number.NEGATIVE_INFINITY) < SAME_MS
      : isToldByShout(notice) && now - toasts.shoutedMs < SAME_MS;
  if (saidAlready) return toasts;
  return { ...toasts, shown: [...toasts.shown, { notice, untilMs: now + TOAST_MS }].slice(-AT_ONCE) };
}

export const withAnswered = (toasts: Toasts, answer: Answer, now: number): Toasts =>
  answer.type === "done"
    ? { ...toasts, answered: { ...toasts.answered, [actResultOf(answer.result).rule]: now } }
    : toasts;

export const withOwnShout = (toasts: Toasts, now: number): Toasts => ({
  ...toasts,
  shoutedMs: now,
  shown: toasts.shown.filter(({ notice }) => !isToldByShout(notice)),
});

export const withoutOver = (toasts: Toasts, now: number): Toasts => {
  const shown = toasts.shown.filter(({ untilMs }) => now < untilMs);
  return shown.length === toasts.shown.length ? toasts : { ...toasts, shown };
};

/** When the next toast is over, or null. */
export const nextOverMs = ({ shown }: Toasts): number | null =>
  shown.length === 0 ? null : Math.min(...shown.map(({ untilMs }) => untilMs));

const isToldByShout = ({ kind }: Notice): boolean => kind === "tier" || kind === "coupon";
