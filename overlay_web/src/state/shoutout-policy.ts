/** Which lane a moment takes, how it joins, and how a burst becomes one. Pure. OVERLAY "Shout-out queue". */
import type { Moment } from "../wire/frames.js";
import { levelUpParams } from "../wire/params.js";

export type Lane = "shoutout" | "task" | "system";

export type Shoutout = {
  /** The first of its burst. */
  readonly moment: Moment;
  /** About the viewer at this screen. */
  readonly mine: boolean;
  /** How many moments are folded into it here. */
  readonly count: number;
  /** How many members it speaks of: the server folds, too. */
  readonly people: number;
  /** When the first came. */
  readonly sinceMs: number;
  /** When the last came. */
  readonly lastMs: number;
  /** By our clock; after it nothing of it is shown. */
  readonly expiresMs: number;
  /** All moments in it. */
  readonly ids: readonly string[];
};

/** A moment that came alone. */
export const shoutoutOf = (moment: Moment, mine: boolean, expiresMs: number, now: number): Shoutout => ({
  moment,
  mine,
  count: 1,
  people: levelUpParams(moment.params)?.count ?? 1,
  sinceMs: now,
  lastMs: now,
  expiresMs,
  ids: [moment.id],
});

export type Join = "queue" | "skip-queue" | "skip-if-busy" | "replace-same";

const BURST_MS = 2_000;
const BURST = 3;

const POLICIES: Readonly<Record<string, { readonly lane: Lane; readonly join: Join }>> = {
  level_up: { lane: "shoutout", join: "queue" },
  first_n: { lane: "shoutout", join: "replace-same" },
  redeemed: { lane: "shoutout", join: "queue" },
  welcome_offer: { lane: "shoutout", join: "queue" },
  draw_result: { lane: "shoutout", join: "skip-queue" },
  entrance: { lane: "shoutout", join: "skip-if-busy" },
  task_done: { lane: "task", join: "queue" },
  notice: { lane: "system", join: "queue" },
};

/** A kind of a later version is shown like any other. */
export const policyOf = (moment: Moment): { readonly lane: Lane; readonly join: Join } =>
  POLICIES[moment.kind] ?? { lane: "shoutout", join: "queue" };

/** Two of one kind that can be said in one sentence. Rank 0, tests, notices and one's own are never folded. */
export function foldable(one: Shoutout, other: Shoutout): boolean {
  if (one.mine || other.mine || one.moment.rank === 0 || one.moment.kind !== other.moment.kind) return false;
  if (one.moment.is_test !== other.moment.is_test || one.moment.kind === "notice") return false;
  if (one.moment.kind !== "level_up") return true;
  // "小美 等 12 人升级为白银会员" names one tier.
  const tier = levelUpParams(one.moment.params)?.tier;
  return tier !== undefined && tier === levelUpParams(other.moment.params)?.tier;
}

/** Three or more of one kind that came within 2 s become one, in the place of the first. */
export function foldBurst(waiting: readonly Shoutout[], came: Shoutout, now: number): readonly Shoutout[] {
  const burst = waiting.filter((other) => foldable(other, came) && now - other.lastMs <= BURST_MS);
  const count = burst.reduce((sum, { count: folded }) => sum + folded, 0);
  const [first] = burst;
  if (first === undefined || count < BURST) return waiting;
  const people = burst.reduce((sum, { people: folded }) => sum + folded, 0);
  const folded: Shoutout = { ...first, count, people, lastMs: now, ids: burst.flatMap(({ ids }) => ids) };
  return waiting.flatMap((other) => (other === first ? [folded] : burst.includes(other) ? [] : [other]));
}
