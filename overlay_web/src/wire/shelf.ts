/** The reward shop and the terms of giving and boosting, read from the public API. Asked for when somebody looks. */
import { attempt, integer, list, numeric, oneOf, orElse, orNull, record, text } from "./shape.js";
import type { Read } from "./shape.js";

const content = record({ name: text, weight: orElse(numeric, 1) });
const reward = record({
  id: text,
  name: text,
  kind: oneOf("goods", "coupon", "blind_box"),
  /** Points. */
  cost: integer,
  /** Null: without end. */
  stock_left: orNull(integer),
  /** Null: as often as one likes. */
  per_member: orNull(integer),
  cooldown_s: orElse(integer, 0),
  image: orNull(text),
  off: orNull(integer),
  min: orNull(integer),
  contents: orElse(list(content), []),
});
export type Reward = Read<typeof reward>;

/** How points may be given away (P5); null: not in this programme. */
const gifts = record({ from_tier: text, min_days: integer, out_per_day: integer, in_per_day: integer, link_hours: orElse(integer, 24) });
const rules = record({ gifts: orNull(gifts), boost: orNull(record({ points: integer })) });
export type Terms = Read<typeof rules>;

export type Shelf =
  | { readonly phase: "loading" }
  | { readonly phase: "failed" }
  | { readonly phase: "ready"; readonly rewards: readonly Reward[]; readonly terms: Terms };

const rewardRows = record({ rewards: list((value) => attempt(reward, value)) });

/** What the two answers say; null when either cannot be read. A reward of a wrong shape is as good as absent. */
export function shelfOf(shop: unknown, law: unknown): Shelf | null {
  const rows = attempt(rewardRows, shop);
  const terms = attempt(rules, law);
  if (rows === null || terms === null) return null;
  return { phase: "ready", rewards: rows.rewards.filter((one) => one !== null), terms };
}
