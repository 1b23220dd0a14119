import { describe, expect, it } from "vitest";
import { spotlight } from "../wire/items.js";
import { aCard } from "../wire/testing.js";
import { pricesOf } from "./prices.js";

const coat = spotlight({ sku: "s", title: "大衣", price: 89_999, member_prices: { silver: 85_499, gold: 80_999, black: 76_499 } }, "");

describe("prices", () => {
  it("B7 BRD9 both prices, the viewer's own, and what it saves", () => {
    expect(pricesOf(coat, aCard({ tier: "silver", next: { tier: "gold", growth_to_go: 1, spend_to_go: 1, hint: null } }), 0)).toEqual({
      price: 89_999, memberFrom: 76_499, mine: 85_499, saved: 4_500, rise: { tier: "gold", price: 80_999 },
    });
  });

  it("BRD9 a tier without a price pays what everybody pays; nobody signed in has no price of their own", () => {
    expect(pricesOf(coat, aCard({ tier: "bronze" }), 0)).toMatchObject({ mine: 89_999, saved: 0, rise: { tier: "silver" } });
    expect(pricesOf(coat, null, 0)).toMatchObject({ mine: null, saved: 0, rise: null, memberFrom: 76_499 });
  });

  it("E11 BRD9 on a member day the better of the two counts, floored, until it is over", () => {
    const card = aCard({ tier: "silver", member_day: { percent: 12, multiplier: 2, until_ms: 10 } });
    expect(pricesOf(coat, card, 9)).toMatchObject({ mine: 79_199, memberFrom: 76_499 });
    expect(pricesOf(coat, card, 10)).toMatchObject({ mine: 85_499 });
  });
});
