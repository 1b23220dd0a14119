// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { shoutoutOf } from "../../state/shoutout-policy.js";
import type { OnScreen } from "../../state/shoutouts.js";
import { momentMap, read, TIERS } from "../../wire/testing.js";
import { roomView } from "../../wire/views.js";
import type { RoomItems } from "../../wire/views.js";
import { find, heard, shown, wordsOf } from "../testing.js";
import { defineShoutBanner } from "./define.js";

defineShoutBanner();
const { tiers } = roomView({ id: "r", tiers: TIERS } as RoomItems);

afterEach(() => {
  document.body.replaceChildren();
});

const up = (over: Readonly<Record<string, unknown>> = {}, mine = false, people?: number): OnScreen => {
  const shoutout = shoutoutOf(read("moment", momentMap(over)), mine, 99_999, 0);
  return { shoutout: { ...shoutout, people: people ?? shoutout.people }, sinceMs: 0, endsMs: 4_000 };
};

describe("lro-shout-banner", () => {
  it("L2 names member, tier and what it brings", async () => {
    expect(wordsOf(await shown("lro-shout-banner", { shown: up(), tiers }))).toMatch(/恭喜 @小美 升级为 白银会员 现在下单 立减10元/);
    expect(wordsOf(await shown("lro-shout-banner", { shown: up(), tiers, language: "en" }))).toMatch(/@小美 just reached Silver Order now ¥10 off/);
  });

  it("L2 without an offer it names none", async () => {
    const words = wordsOf(await shown("lro-shout-banner", { shown: up({ params: { name: "小美", tier: "silver" } }), tiers }));
    expect(words).toBe("恭喜 @小美 升级为 白银会员");
  });

  it("OVL2 folded it names the first and the number", async () => {
    expect(wordsOf(await shown("lro-shout-banner", { shown: up({}, false, 12), tiers }))).toContain("@小美 等 12 人升级为 白银会员");
    expect(wordsOf(await shown("lro-shout-banner", { shown: up({}, false, 12), tiers, language: "en" }))).toContain("@小美 and 11 more reached Silver");
  });

  it("OVL2 one's own rise speaks to oneself", async () => {
    expect(wordsOf(await shown("lro-shout-banner", { shown: up({}, true), tiers }))).toMatch(/恭喜你升级为白银会员！ 立减10元 已放进你的券包/);
  });

  it("OVL3 a name is text, cut to twelve graphemes, and never empty", async () => {
    const element = await shown("lro-shout-banner", { shown: up({ params: { name: "<b>一二三四五六七八九十</b>", tier: "silver" } }), tiers });
    expect(wordsOf(element)).toContain("@<b>一二三四五六七八九");
    expect(element.shadowRoot?.querySelector(".who b")).toBeNull();
    expect(wordsOf(await shown("lro-shout-banner", { shown: up({ params: { name: "\u202E", tier: "silver" } }), tiers }))).toContain("@神秘用户");
  });

  it("OVL2 other kinds speak in the server's words, in the page's language", async () => {
    const notice = up({ kind: "notice", params: {}, text: { "zh-CN": "今晚九点开奖", en: "Draw at nine" } });
    expect(wordsOf(await shown("lro-shout-banner", { shown: notice, language: "en" }))).toBe("Draw at nine");
  });

  it("SHO2 a test says that it is one", async () => {
    expect(wordsOf(await shown("lro-shout-banner", { shown: up({ is_test: true }), tiers }))).toContain("测试");
  });

  it("SHO7 pointer and focus ask to hold it, on the viewer's surface only", async () => {
    for (const [surface, expected] of [["viewer", [{ on: true }, { on: false }]], ["broadcast", []]] as const) {
      const element = await shown("lro-shout-banner", { shown: up(), tiers, surface, askable: true });
      const holds = heard(element, "hold-request");
      const banner = find(element, ".banner");
      banner.dispatchEvent(new Event("pointerenter"));
      banner.dispatchEvent(new Event("pointerleave"));
      expect(holds).toEqual(expected);
    }
  });

  it("OVL8 burned into the picture there is nothing to press", async () => {
    const element = await shown("lro-shout-banner", { shown: up(), tiers, surface: "broadcast", askable: true });
    expect(element.shadowRoot?.querySelector("button")).toBeNull();
  });

  it("OVL8 with nothing to show there is nothing on the page", async () => {
    const element = await shown("lro-shout-banner", { shown: null });
    expect(element.shadowRoot?.querySelectorAll("*:not(style)")).toHaveLength(0);
  });
});
