/** Likes: many taps, few messages, and a count that never runs backwards under the finger. Pure. */

/** PROTOCOL §1.4: at most one message a second, at most 50 likes in it. */
export const SEND_EVERY_MS = 1_000;
export const LIKES_AT_ONCE = 50;

export type Likes = {
  /** Tapped, not sent yet. */
  readonly waiting: number;
  /** Sent, not answered yet: `ref` → how many. */
  readonly sent: Readonly<Record<string, number>>;
  /** The room's own count, as last told. */
  readonly counted: number;
  /** The highest count shown for this show. */
  readonly shown: number;
  /** The show the count belongs to: another show starts anew. */
  readonly show: string | null;
  readonly lastSentMs: number;
};

export const noLikes: Likes = {
  waiting: 0,
  sent: {},
  counted: 0,
  shown: 0,
  show: null,
  lastSentMs: Number.NEGATIVE_INFINITY,
};

const raised = (likes: Likes): Likes => {
  const onTheWay = Object.values(likes.sent).reduce((sum, count) => sum + count, 0);
  return { ...likes, shown: Math.max(likes.shown, likes.counted + likes.waiting + onTheWay) };
};

export const withTap = (likes: Likes): Likes => raised({ ...likes, waiting: likes.waiting + 1 });

/** The room's count came. In another show the count starts at what the room says. */
export const withCount = (likes: Likes, counted: number, show: string | null): Likes =>
  raised(show === likes.show ? { ...likes, counted } : { ...likes, counted, show, shown: 0 });

/** How many to send now: 0 when there are none or the last message is less than a second old. */
export const toSend = (likes: Likes, now: number): number =>
  now - likes.lastSentMs >= SEND_EVERY_MS ? Math.min(likes.waiting, LIKES_AT_ONCE) : 0;

/** When to look again, or null with nothing waiting. */
export const nextSendMs = (likes: Likes): number | null =>
  likes.waiting === 0 ? null : likes.lastSentMs + SEND_EVERY_MS;

export const withSent = (likes: Likes, ref: string, count: number, now: number): Likes => ({
  ...likes,
  waiting: likes.waiting - count,
  sent: { ...likes.sent, [ref]: count },
  lastSentMs: now,
});

/** Answered. What was refused does not stay in the count; what was taken is in the room's count or soon will be. */
export function withAnswer(likes: Likes, ref: string, taken: boolean): Likes {
  const { [ref]: count = 0, ...sent } = likes.sent;
  return { ...likes, sent, shown: taken ? likes.shown : Math.max(likes.counted, likes.shown - count) };
}
