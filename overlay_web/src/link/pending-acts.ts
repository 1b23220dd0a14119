/** Acts on their way: each has a `ref`, is sent again until answered, and is answered to the page exactly once. */
import type { FrameOf } from "../wire/frames.js";
import { isSpending } from "../wire/messages.js";
import type { Act } from "../wire/messages.js";

/** PROTOCOL §1.1: unanswered for 5 s → again with the same `ref`. */
export const RESEND_MS = 5_000;
/** After this a comment would come out of nowhere: better to say that it was not sent. */
export const GIVE_UP_MS = 60_000;

/** What has to do with points is asked about as long as the server knows the answer: it must not be done twice. */
export const GIVE_UP_SPENDING_MS = 600_000;

/** `unsent`: no answer in time. The server may still have taken it; sending anew is the viewer's choice. */
export type Answer = FrameOf<"done"> | FrameOf<"refused"> | { readonly type: "unsent"; readonly ref: string };

type Pending = { readonly act: Act; readonly bornMs: number; sentMs: number | null };

export class PendingActs {
  readonly #byRef = new Map<string, Pending>();

  add(ref: string, act: Act, now: number): void {
    this.#byRef.set(ref, { act, bornMs: now, sentMs: null });
  }

  /** Those to send now: never sent, or unanswered for 5 s. They count as sent from here on. */
  due(now: number): readonly { readonly ref: string; readonly act: Act }[] {
    const due: { ref: string; act: Act }[] = [];
    for (const [ref, pending] of this.#byRef) {
      if (pending.sentMs !== null && now - pending.sentMs < RESEND_MS) continue;
      pending.sentMs = now;
      due.push({ ref, act: pending.act });
    }
    return due;
  }

  /** A new connection knows nothing of what was sent on the old one. */
  forgetSending(): void {
    for (const pending of this.#byRef.values()) pending.sentMs = null;
  }

  /** True for the first answer of a `ref` only. */
  settle(ref: string): boolean {
    return this.#byRef.delete(ref);
  }

  /** Those nobody answered in time; they are settled by this. */
  giveUp(now: number): readonly Answer[] {
    const late = [...this.#byRef].filter(([, pending]) => now - pending.bornMs >= patienceOf(pending)).map(([ref]) => ref);
    for (const ref of late) this.#byRef.delete(ref);
    return late.map((ref) => ({ type: "unsent", ref }));
  }

  /** When to look again, or null with nothing on the way. */
  nextMs(connected: boolean): number | null {
    let next: number | null = null;
    for (const pending of this.#byRef.values()) {
      const { bornMs, sentMs } = pending;
      const resend = connected && sentMs !== null ? sentMs + RESEND_MS : Number.POSITIVE_INFINITY;
      const at = Math.min(resend, bornMs + patienceOf(pending));
      next = next === null ? at : Math.min(next, at);
    }
    return next;
  }
}

const patienceOf = ({ act }: Pending): number => (isSpending(act) ? GIVE_UP_SPENDING_MS : GIVE_UP_MS);
