import { describe, expect, it } from "vitest";
import { formatCount, formatGain, formatMoney, formatNumber, formatSpokenMoney, formatTime } from "./format.js";

describe("format", () => {
  it("OVL10 numbers are grouped, large counts are short, in the reader's language", () => {
    expect([formatNumber(12_345, "zh-CN"), formatNumber(-12_345, "en")]).toEqual(["12,345", "-12,345"]);
    expect([formatCount(9_999, "zh-CN"), formatCount(12_860, "zh-CN"), formatCount(12_860, "en")]).toEqual(["9,999", "1.3万", "12.9K"]);
    expect([formatGain(5, "zh-CN"), formatGain(-5, "en"), formatGain(0, "en")]).toEqual(["+5", "-5", "0"]);
  });

  it("OVL10 money comes in minor units of its currency", () => {
    expect([formatMoney(1_000, "CNY", "zh-CN"), formatMoney(990, "CNY", "en"), formatMoney(500, "JPY", "en")]).toEqual(["¥10", "¥9.90", "¥500"]);
  });

  it("T10 a sum in a Chinese sentence is so many 元", () => {
    expect([formatSpokenMoney(26_550, "CNY", "zh-CN"), formatSpokenMoney(1_000, "CNY", "en"), formatSpokenMoney(1_000, "USD", "zh-CN")]).toEqual(["265.5元", "¥10", "$10"]);
  });

  it("OVL10 a time of today is only the time", () => {
    const noon = new Date(2026, 10, 21, 12, 0).getTime();
    expect(formatTime(new Date(2026, 10, 21, 20, 5).getTime(), noon, "zh-CN")).toBe("20:05");
    expect(formatTime(new Date(2026, 10, 22, 9, 0).getTime(), noon, "zh-CN")).toMatch(/11月22日.*09:00/);
  });
});
