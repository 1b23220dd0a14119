/** Both prices of the product on show, the viewer's own and what they save (B7, B1, E11). Pure; minor units. */
import type { Spotlight } from "../wire/items.js";
import type { MemberCard } from "../wire/views.js";

export type Prices = {
  /** What everybody pays. */
  readonly price: number;
  /** The lowest any tier pays; null: members pay what everybody pays. */
  readonly memberFrom: number | null;
  /** Null: nobody is signed in. */
  readonly mine: number | null;
  readonly saved: number;
  /** The next tier pays less still. */
  readonly rise: { readonly tier: string; readonly price: number } | null;
};

export function pricesOf(shown: Spotlight, card: MemberCard | null, now: number): Prices {
  const { price } = shown;
  const day = card?.member_day ?? null;
  const dayPrice = day !== null && now < day.until_ms ? Math.floor((price * (100 - day.percent)) / 100) : price;
  const priceOf = (tier: string): number => Math.min(price, dayPrice, shown.member_prices[tier] ?? price);
  const lowest = Math.min(price, dayPrice, ...Object.values(shown.member_prices));
  const mine = card === null ? null : priceOf(card.tier);
  const next = card?.next?.tier;
  const rise = next !== undefined && mine !== null && priceOf(next) < mine ? { tier: next, price: priceOf(next) } : null;
  return { price, memberFrom: lowest < price ? lowest : null, mine, saved: mine === null ? 0 : price - mine, rise };
}
