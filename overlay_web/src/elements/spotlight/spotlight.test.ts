// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { roomWith } from "../../state/testing-board.js";
import { spotlight } from "../../wire/items.js";
import { aCard } from "../../wire/testing.js";
import { find, shown, wordsOf } from "../testing.js";
import { defineSpotlight } from "./define.js";

defineSpotlight();
const { tiers } = roomWith();
const coat = spotlight({ sku: "s", title: "羊绒大衣", image: "https://shop.example/c.jpg", price: 89_900, member_prices: { silver: 85_405, black: 76_415 } }, "");

describe("lro-spotlight", () => {
  it("B7 BRD9 lists both prices, the viewer's own and what it saves, in both languages", async () => {
    const card = aCard({ tier: "silver", next: { tier: "black", growth_to_go: 9, spend_to_go: 9, hint: null } });
    const zh = wordsOf(await shown("lro-spotlight", { shown: coat, card, tiers }));
    expect(zh).toBe("羊绒大衣 会员价 ¥764.15 起 非会员价 ¥899 升级黑钻会员只要 ¥764.15 你的价 ¥854.05 省 ¥44.95");
    const en = wordsOf(await shown("lro-spotlight", { shown: coat, card, tiers, language: "en" }));
    expect(en).toContain("Members from ¥764.15 Regular ¥899");
    expect(en).toContain("Your price ¥854.05 You save ¥44.95");
  });

  it("BRD9 nobody signed in sees both prices; a picture that is away leaves a sign", async () => {
    const element = await shown("lro-spotlight", { shown: coat, card: null, tiers });
    expect(wordsOf(element)).toBe("羊绒大衣 会员价 ¥764.15 起 非会员价 ¥899");
    find(element, "img").dispatchEvent(new Event("error"));
    await element.updateComplete;
    expect(element.shadowRoot?.querySelector("img")).toBeNull();
  });
});
