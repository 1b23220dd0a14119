import { describe, expect, it } from "vitest";
import { roomView } from "../wire/views.js";
import { materialOf, tierName } from "./tiers.js";

const tiersOf = (tiers: Readonly<Record<string, { name: string; growth: number; order: number }>>) => roomView({ id: "r", tiers }).tiers;
const FRIENDS = tiersOf({
  lv4: { name: "家人", growth: 10_000, order: 3 },
  lv1: { name: "新朋友", growth: 0, order: 0 },
  lv2: { name: "常客", growth: 300, order: 1 },
  lv3: { name: "老朋友", growth: 2_000, order: 2 },
});

describe("tiers", () => {
  it("T9 names are the operator's, in every language", () => {
    expect([tierName("lv4", FRIENDS, "zh-CN"), tierName("lv4", FRIENDS, "en")]).toEqual(["家人", "家人"]);
    const renamed = tiersOf({ gold: { name: "金主爸爸", growth: 1, order: 1 } });
    expect(tierName("gold", renamed, "en")).toBe("金主爸爸");
  });

  it("T2 the preset's own names are translated", () => {
    const preset = tiersOf({ gold: { name: "黄金会员", growth: 1, order: 1 } });
    expect([tierName("gold", preset, "zh-CN"), tierName("gold", preset, "en")]).toEqual(["黄金会员", "Gold"]);
    expect([tierName("silver", {}, "en"), tierName("lv9", {}, "en")]).toEqual(["Silver", "lv9"]);
  });

  it("T9 a tier without a look of its own takes that of its place on the ladder", () => {
    expect(["lv1", "lv2", "lv3", "lv4", "lv9"].map((id) => materialOf(id, FRIENDS))).toEqual(["basic", "silver", "gold", "black", "basic"]);
    expect(materialOf("black", {})).toBe("black");
  });
});
