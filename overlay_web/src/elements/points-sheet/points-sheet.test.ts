// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import type { Own } from "../../state/own-acts.js";
import { roomWith } from "../../state/testing-board.js";
import { shelfOf } from "../../wire/shelf.js";
import type { Shelf } from "../../wire/shelf.js";
import { aCard } from "../../wire/testing.js";
import { find, heard, shown, wordsOf } from "../testing.js";
import { definePointsSheet } from "./define.js";
import type { PointsSheet } from "./points-sheet.js";

definePointsSheet();
const { tiers } = roomWith();
const base = { stock_left: null, per_member: null, cooldown_s: 0, image: null, off: null, min: null };
const SHOP = {
  rewards: [
    { ...base, id: "bag", name: "帆布袋", kind: "goods", cost: 500, stock_left: 3, per_member: 1, cooldown_s: 86_400 },
    { ...base, id: "ten", name: "10元券", kind: "coupon", cost: 900, off: 1_000, min: 0 },
    { ...base, id: "box", name: "惊喜盲盒", kind: "blind_box", cost: 100, contents: [{ name: "20积分", weight: 3 }, { name: "小样", weight: 1 }] },
    { ...base, id: "tea", name: "茶包", kind: "goods", cost: 10, stock_left: 0 },
    { id: 7 },
  ],
};
const LAW = { gifts: { from_tier: "bronze", min_days: 7, out_per_day: 500, in_per_day: 1_000, link_hours: 24 }, boost: { points: 300 } };
const shelf = shelfOf(SHOP, LAW) ?? ({ phase: "failed" } as const);
const nothing: Own = { said: null, choice: null, wish: null, permit: null, tickets: [], result: null };
const friends = [{ author: "a-1", name: "小美" }];

afterEach(() => {
  document.body.replaceChildren();
});

const sheet = (over: Partial<PointsSheet> = {}) =>
  shown("lro-points-sheet", { card: aCard({ points: 700, held: 50 }), tiers, shelf, friends, live: true, room: "r1", ...over });

const row = (element: PointsSheet, id: string): Element => find(element, `[data-reward="${id}"]`);
const press = async (element: PointsSheet, selector: string): Promise<void> => {
  find(element, selector, HTMLElement).click();
  await element.updateComplete;
};

describe("lro-points-sheet", () => {
  it("OVL15 P2 lists price, stock, limits and what is missing, in both languages", async () => {
    const zh = await sheet();
    expect(wordsOf(find(zh, "header"))).toBe("700 积分 其中 50 暂不可用 ×");
    expect(wordsOf(row(zh, "bag"))).toBe("帆布袋 500 积分 · 只剩 3 份 · 每人限 1 次 · 每天一次 兑换");
    expect(wordsOf(row(zh, "ten"))).toBe("10元券 900 积分 · 立减¥10，无门槛 还差 250");
    expect(wordsOf(row(zh, "box"))).toContain("开出其一：20积分、小样");
    expect(wordsOf(row(zh, "tea"))).toContain("已兑完");
    expect(zh.shadowRoot?.querySelectorAll("[data-reward]")).toHaveLength(4);
    expect(wordsOf(row(await sheet({ language: "en" }), "bag"))).toContain("500 points · Only 3 left · 1 per person · once a day Redeem");
  });

  it("OVL15 nothing is spent without a yes", async () => {
    const element = await sheet();
    const acts = heard(element, "act-request");
    await press(element, '[data-reward="bag"] .filled');
    expect(acts).toEqual([]);
    expect(wordsOf(find(element, ".sure"))).toBe("用 500 积分兑换「帆布袋」？ 兑换后还有 200 积分 再想想 确认");
    await press(element, ".sure .plain");
    expect(element.shadowRoot?.querySelector(".sure")).toBeNull();
    await press(element, '[data-reward="bag"] .filled');
    await press(element, ".sure .filled");
    expect(acts).toEqual([{ name: "redeem", data: { reward: "bag" } }]);
  });

  it.each([
    [{ said: { tone: "sending" } }, "正在确认"],
    [{ said: { tone: "refused", code: "sold_out", opensMs: null, free: null } }, "刚刚被兑完了，积分没有扣"],
    [{ said: { tone: "refused", code: "not_enough_points", opensMs: null, free: 120 } }, "积分还不够，再攒一攒 现在可用 120 积分"],
    [{ said: { tone: "unsent" } }, "还没等到回复"],
    [{ result: { points: -500, name: "帆布袋", redemption: "rd1", coupon: null } }, "已兑换「帆布袋」 店铺会联系你发货 · 凭证号 rd1"],
    [{ result: { points: -900, name: "10元券", redemption: "rd2", coupon: "c1" } }, "券已放进你的券包"],
  ] satisfies [Partial<Own>, string][])("OVL15 E10 %j is said where it was pressed", async (over, said) => {
    const element = await sheet({ own: { "reward:bag": { ...nothing, ...over } } });
    expect(wordsOf(find(row(element, "bag"), ".said"))).toContain(said);
  });

  it("OVL15 P3 an opened box tells what it held and leads to its proof", async () => {
    const element = await sheet({ own: { "reward:box": { ...nothing, result: { opening: "o1", prize: "小样", redemption: "x" } } }, server: "https://live.example" });
    expect(wordsOf(row(element, "box"))).toContain("开出「小样」 验证这一盒");
    expect(find(element, ".said a", HTMLAnchorElement).href).toBe("https://live.example/draws/o1");
  });

  it("OVL15 a ticket opens a box for nothing", async () => {
    const element = await sheet({ card: aCard({ tickets: 2 }) });
    const acts = heard(element, "act-request");
    expect(wordsOf(element)).toContain("你有 2 个福袋可以打开");
    await press(element, ".item .filled");
    expect(acts).toEqual([{ name: "open_box", data: {} }]);
  });

  it("OVL15 P5 points go to a friend or by link, within caps that are shown", async () => {
    const element = await sheet();
    const acts = heard(element, "act-request");
    await press(element, "#tab-gift");
    expect(wordsOf(element)).toContain("每天最多送 500，对方每天最多收 1,000 · 青铜会员及以上、入会满 7 天可送");
    const [byLink, mei] = [...(element.shadowRoot?.querySelectorAll<HTMLButtonElement>(".chips button") ?? [])];
    expect(byLink?.getAttribute("aria-pressed")).toBe("true");
    mei?.click();
    await element.updateComplete;
    await press(element, ".wide");
    expect(wordsOf(find(element, ".sure"))).toContain("送 50 积分给「小美」？送出后不能收回");
    await press(element, ".sure .filled");
    expect(acts).toEqual([{ name: "give", data: { to: "a-1", points: 50 } }]);
    element.own = { gift: { ...nothing, result: { points: 0, code: "abc", expires_ms: 0 } } };
    await element.updateComplete;
    expect(wordsOf(find(element, ".said"))).toContain("50 积分的链接已生成");
  });

  it("OVL15 P4 a tier for the day: its price, what it brings, and until when it holds", async () => {
    const element = await sheet();
    const acts = heard(element, "act-request");
    await press(element, "#tab-boost");
    expect(wordsOf(element)).toContain("今天就做白银会员");
    await press(element, ".wide");
    await press(element, ".sure .filled");
    expect(acts).toEqual([{ name: "boost", data: { tier: "silver" } }]);
    element.card = aCard({ points: 400, boost: { tier: "silver", until_ms: 86_400_000 } });
    await element.updateComplete;
    expect(wordsOf(element)).toContain("白银会员已生效，到");
    element.card = aCard({ next: null });
    await element.updateComplete;
    expect(wordsOf(element)).toContain("你已是最高等级");
  });

  it("OVL15 O6 offline it says so and nothing can be begun; what was asked is not asked twice", async () => {
    const element = await sheet({ live: false, own: { "reward:bag": { ...nothing, said: { tone: "sending" } } } });
    expect(wordsOf(element)).toContain("网络断开了，恢复后就能继续");
    expect(wordsOf(find(row(element, "bag"), ".said"))).toBe("网络恢复后继续确认，不会重复扣积分");
    expect([...(element.shadowRoot?.querySelectorAll<HTMLButtonElement>(".item .filled") ?? [])].every(({ disabled }) => disabled)).toBe(true);
  });

  it.each([
    [{ phase: "loading" }, "正在取货架"],
    [{ phase: "failed" }, "暂时取不到货架，你的积分都在"],
    [shelfOf({ rewards: [] }, LAW), "货架还空着"],
  ] satisfies [Shelf | null, string][])("OVL15 a shelf that is %j says so", async (state, said) => {
    const element = await sheet({ shelf: state ?? { phase: "failed" } });
    expect(wordsOf(find(element, ".panel"))).toContain(said);
  });

  it("OVL15 Escape goes back one step, then closes; arrows turn the tabs", async () => {
    const element = await sheet();
    const wishes = heard(element, "sheet-request");
    await press(element, '[data-reward="bag"] .filled');
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    await element.updateComplete;
    expect(wishes).toEqual([]);
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(wishes).toEqual([{ open: false }]);
    find(element, ".tabs").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    await element.updateComplete;
    expect(find(element, "#tab-gift").getAttribute("aria-selected")).toBe("true");
  });
});
