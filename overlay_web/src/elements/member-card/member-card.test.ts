// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { aCard, TIERS } from "../../wire/testing.js";
import { roomView } from "../../wire/views.js";
import type { RoomItems } from "../../wire/views.js";
import { find, heard, shown, wordsOf } from "../testing.js";
import { defineMemberCard } from "./define.js";

defineMemberCard();
const { tiers } = roomView({ id: "r", tiers: TIERS } as RoomItems);

afterEach(() => {
  document.body.replaceChildren();
});

describe("lro-member-card", () => {
  it("L7 shows the tier, the way to the next one and today's points", async () => {
    const words = wordsOf(await shown("lro-member-card", { card: aCard(), tiers }));
    expect(words).toContain("青铜会员");
    expect(words).toMatch(/还差 285 成长值升级白银会员/);
    expect(words).toContain("今日可领 228 积分");
  });

  it("T10 names the gap in growth, in money for one order and as the nearest free action", async () => {
    const zh = wordsOf(await shown("lro-member-card", { card: aCard(), tiers }));
    expect(zh).toContain("再消费265元就能升级");
    expect(zh).toContain("分享一次");
    const en = wordsOf(await shown("lro-member-card", { card: aCard(), tiers, language: "en" }));
    expect(en).toMatch(/285 growth to Silver/);
    expect(en).toContain("or one order of ¥265");
    expect(en).toContain("Share once");
  });

  it("T10 where any order reaches the next tier, no sum of a cent is named", async () => {
    const card = aCard({ next: { tier: "silver", growth_to_go: 15, spend_to_go: 1, hint: null } });
    expect(wordsOf(await shown("lro-member-card", { card, tiers }))).toContain("下任意一单就能升级");
  });

  it("OVL1 the highest tier has no gap and today's points may be all taken", async () => {
    const card = aCard({ tier: "black", next: null, today: { earned: 9, claimable: 0, ways: [] } });
    const words = wordsOf(await shown("lro-member-card", { card, tiers }));
    expect(words).toContain("已是最高等级");
    expect(words).toContain("今日积分已领完");
    expect(words).not.toContain("还差");
  });

  it("OVL1 the bar stands where the growth stands between the two tiers", async () => {
    const card = aCard({ growth: 1_150, tier: "silver", next: { tier: "gold", growth_to_go: 850, spend_to_go: null, hint: null } });
    const element = await shown("lro-member-card", { card, tiers });
    expect(find(element, "[role=progressbar]").getAttribute("aria-valuenow")).toBe("50");
  });

  it("T7 before a drop the card says what keeps the tier and how long there is for it", async () => {
    const retention = { growth_to_keep: 1_240, deadline_ms: 5.5 * 86_400_000, hint: { "zh-CN": "再看20分钟保住黄金, 还剩6天", en: "Watch 20 more minutes to keep Gold; 6 days left" } };
    const card = aCard({ tier: "gold", retention });
    expect(wordsOf(find(await shown("lro-member-card", { card, tiers, now: 0 }), ".keep"))).toBe("再看20分钟保住黄金, 还剩6天");
    const unhinted = aCard({ tier: "gold", retention: { ...retention, hint: null } });
    expect(wordsOf(find(await shown("lro-member-card", { card: unhinted, tiers, now: 0 }), ".keep"))).toBe("还差 1,240 成长值保住黄金会员，还剩 6 天");
    const last = { card: unhinted, tiers, now: 5 * 86_400_000, language: "en" as const };
    expect(wordsOf(find(await shown("lro-member-card", last), ".keep"))).toBe("1,240 more growth keeps Gold; 1 day left");
    for (const quiet of [{ card, tiers, now: retention.deadline_ms }, { card: aCard(), tiers }]) {
      expect((await shown("lro-member-card", quiet)).shadowRoot?.querySelector(".keep")).toBeNull();
    }
  });

  it("T8 a tier that is lent says until when and whose the member is then; the way up starts there", async () => {
    const lent = { tier: "gold", real_tier: "basic", growth: 0, next: { tier: "bronze", growth_to_go: 15, spend_to_go: 1, hint: null } };
    const noon = new Date(2_026, 10, 24, 12, 0).getTime();
    const day = aCard({ ...lent, growth: 5, next: { ...lent.next, growth_to_go: 10 }, until_ms: noon });
    const element = await shown("lro-member-card", { card: day, tiers, now: noon - 60_000 });
    expect(wordsOf(find(element, ".lent"))).toBe("黄金会员体验到 12:00，之后是普通用户");
    expect(find(element, "[role=progressbar]").getAttribute("aria-valuenow")).toBe("33");
    const boosted = aCard({ ...lent, until_ms: noon + 9e9, boost: { tier: "gold", until_ms: noon } });
    expect(wordsOf(find(await shown("lro-member-card", { card: boosted, tiers, now: noon - 60_000, language: "en" }), ".lent"))).toBe("Gold until 12:00, then Basic");
    const endless = aCard({ ...lent, until_ms: null });
    expect(wordsOf(find(await shown("lro-member-card", { card: endless, tiers }), ".lent"))).toBe("正在享受黄金会员权益，你的等级是普通用户");
    expect((await shown("lro-member-card", { card: aCard(), tiers })).shadowRoot?.querySelector(".lent")).toBeNull();
  });

  it("L7 opened it says what waits, what is multiplied, the days in a row and how long the tier is good for", async () => {
    const until_ms = new Date(2_027, 10, 22, 9, 0).getTime();
    const card = aCard({ held: 1_200, multiplier: 1.2, streak: 3, until_ms });
    expect(wordsOf(find(await shown("lro-member-card", { card, tiers }), ".standing"))).toBe("其中 1,200 暂不可用 · 积分 ×1.2 · 已连续签到 3 天 · 等级有效期至 2027年11月22日");
    expect(wordsOf(find(await shown("lro-member-card", { card, tiers, language: "en" }), ".standing"))).toContain("Checked in 3 days in a row · Tier valid until Nov 22, 2027");
    expect((await shown("lro-member-card", { card: aCard(), tiers })).shadowRoot?.querySelector(".standing")).toBeNull();
  });

  it("V3 negative points are shown as they are", async () => {
    expect(wordsOf(await shown("lro-member-card", { card: aCard({ points: -20 }), tiers }))).toContain("-20");
  });

  it("OVL1 opened it lists the ways to earn and the coupons held", async () => {
    const card = aCard({ coupons: [{ id: "c1", title: "升级礼", off: 1_000, min: 9_900, expires_ms: 1 }] });
    const element = await shown("lro-member-card", { card, tiers });
    const asked = heard(element, "details-request");
    const head = find(element, ".head", HTMLButtonElement);
    head.click();
    expect(asked).toHaveLength(1);
    element.open = true;
    await element.updateComplete;
    expect(head.getAttribute("aria-expanded")).toBe("true");
    const words = wordsOf(element);
    expect(words).toContain("分享直播间 ×3 + 10");
    expect(words).toContain("¥10 升级礼 满 ¥99 可用");
  });

  it("P8 names the reward that comes next, and says when it can be had", async () => {
    const card = (name: string, toGo: number) => aCard({ nearest_reward: { id: "bag", name, points_to_go: toGo } });
    expect(wordsOf(await shown("lro-member-card", { card: card("帆布袋", 1_250), tiers }))).toContain("还差1,250积分可兑换 帆布袋");
    expect(wordsOf(await shown("lro-member-card", { card: card("帆布袋", 0), tiers }))).toContain("积分可兑换 帆布袋");
    expect(wordsOf(await shown("lro-member-card", { card: card("Bag", 30), tiers, language: "en" }))).toMatch(/30 points to\s+Bag/);
    expect(wordsOf(await shown("lro-member-card", { card: aCard(), tiers }))).not.toContain("兑换");
  });

  it("P8 a reward's name is shown as text, whatever it holds", async () => {
    const card = aCard({ nearest_reward: { id: "odd", name: "<img src=x>", points_to_go: 5 } });
    const element = await shown("lro-member-card", { card, tiers });
    expect(wordsOf(element)).toContain("还差5积分可兑换 <img src=x>");
    expect(element.shadowRoot?.querySelector("img")).toBeNull();
  });

  it("E4 E5 E11 B3 checking in and following are one press while they earn; the day's offer and the service are named", async () => {
    const ways = [{ rule: "check_in", points: 10, left: 1 }, { rule: "follow", points: 20, left: 0 }];
    const card = aCard({
      today: { earned: 0, claimable: 10, ways },
      service: { text: "微信 vip01", link: "javascript:alert(1)" },
      member_day: { percent: 5, multiplier: 2, until_ms: 10 },
    });
    const element = await shown("lro-member-card", { card, tiers });
    const acts = heard(element, "act-request");
    find(element, ".quick button", HTMLButtonElement).click();
    expect(acts).toEqual([{ name: "check_in", data: {} }]);
    expect(element.shadowRoot?.querySelectorAll(".quick button")).toHaveLength(1);
    expect(wordsOf(element)).toContain("今日会员日再享 5% 优惠，积分 ×2 专属客服： 微信 vip01");
    expect(element.shadowRoot?.querySelector("a")).toBeNull();
  });

  it("OVL5 an anonymous viewer is invited, not shown an empty card", async () => {
    const element = await shown("lro-member-card", { card: null, anonymous: true });
    const asked = heard(element, "sign-in-request");
    find(element, "button", HTMLButtonElement).click();
    expect(asked).toHaveLength(1);
    expect(wordsOf(element)).toContain("登录");
  });

  it("FLD2 a member whose card has not come is told so, and no tier is guessed", async () => {
    const words = wordsOf(await shown("lro-member-card", { card: null }));
    expect(words).toBe("正在取回你的会员卡");
  });

  it("T9 an operator's tier name is shown as text, whatever it holds", async () => {
    const odd = roomView({ id: "r", tiers: { bronze: { name: "<img src=x>", growth: 0, order: 1 } } }).tiers;
    const element = await shown("lro-member-card", { card: aCard(), tiers: odd });
    expect(wordsOf(element)).toContain("<img src=x>");
    expect(element.shadowRoot?.querySelector("img")).toBeNull();
  });
});
