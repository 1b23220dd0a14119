/** `params` of the moments and notices that the screens render themselves (PROTOCOL §1.3). */
import { attempt, integer, orElse, orNull, record, text } from "./shape.js";
import type { JsonMap, Read } from "./shape.js";

const levelUp = record({
  name: text,
  tier: text,
  /** More than 1: folded, `name` is the first of them. */
  count: orElse(integer, 1),
  offer: orNull(record({ title: orElse(text, ""), off: integer })),
});
export type LevelUp = Read<typeof levelUp>;

export const levelUpParams = (params: JsonMap): LevelUp | null => attempt(levelUp, params, "params");

const earned = record({ points: integer, growth: orElse(integer, 0), rule: orElse(text, "") });
export type Earned = Read<typeof earned>;

export const earnedParams = (params: JsonMap): Earned | null => attempt(earned, params, "params");

const actResult = record({
  points: orElse(integer, 0),
  growth: orElse(integer, 0),
  rule: orElse(text, ""),
  why_nothing: orNull(text),
});
export type ActResult = Read<typeof actResult>;

/** What an accepted act earned, or why it earned nothing (E10). An unreadable result earned nothing we can name. */
export const actResultOf = (result: JsonMap): ActResult =>
  attempt(actResult, result, "result") ?? { points: 0, growth: 0, rule: "", why_nothing: null };

const receipt = record({
  points: orElse(integer, 0),
  name: orNull(text),
  redemption: orNull(text),
  coupon: orNull(text),
  /** Of a blind box: by this its proof is found. */
  opening: orNull(text),
  prize: orNull(text),
  /** Of a gift by link. */
  code: orNull(text),
  expires_ms: orNull(integer),
});
export type SpendingReceipt = Read<typeof receipt>;

/** What an act that cost points has given. */
export const receiptOf = (result: JsonMap): SpendingReceipt =>
  attempt(receipt, result, "result") ?? { points: 0, name: null, redemption: null, coupon: null, opening: null, prize: null, code: null, expires_ms: null };

const money = record({ free: orNull(integer) });
/** How many points may be spent, as a refusal says; null: it does not. */
export const freeOf = (details: unknown): number | null => attempt(money, details)?.free ?? null;
