// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { shown, wordsOf } from "../testing.js";
import { defineTierBadge } from "./define.js";

defineTierBadge();

describe("lro-tier-badge", () => {
  it.each(["basic", "bronze", "silver", "gold", "black"] as const)("OVL10 %s has a stone and its name, seen or heard", async (material) => {
    const whole = await shown("lro-tier-badge", { material, label: "家人" });
    const bare = await shown("lro-tier-badge", { material, label: "家人", bare: true });
    expect(whole.shadowRoot?.querySelector(".chip .stone")).not.toBeNull();
    expect(bare.shadowRoot?.querySelector(".chip")).toBeNull();
    expect([wordsOf(whole), wordsOf(bare)]).toEqual(["家人", "家人"]);
  });
});
