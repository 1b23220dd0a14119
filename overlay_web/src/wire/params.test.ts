import { describe, expect, it } from "vitest";
import { actResultOf, earnedParams, levelUpParams } from "./params.js";

describe("params", () => {
  it("OVL2 a level-up without offer and count speaks of one member", () => {
    expect(levelUpParams({ name: "小美", tier: "silver" })).toEqual({ name: "小美", tier: "silver", count: 1, offer: null });
    expect(levelUpParams({ tier: "silver" })).toBeNull();
  });

  it("FLD6 an act's result is read with and without a reason", () => {
    expect(actResultOf({ points: 5, growth: 2, rule: "comment" })).toMatchObject({ points: 5, why_nothing: null });
    expect(actResultOf({ points: 0, growth: 0, rule: "like", why_nothing: "cap_reached" }).why_nothing).toBe("cap_reached");
    expect(actResultOf({ points: "many" })).toMatchObject({ points: 0, why_nothing: null });
    expect(earnedParams({ points: 50, rule: "watch15" })).toEqual({ points: 50, growth: 0, rule: "watch15" });
  });
});
