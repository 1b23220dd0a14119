import { describe, expect, it } from "vitest";
import { read } from "../wire/testing.js";
import { feedbackOn, nextOverMs, noToasts, withAnswered, withNotice, withoutOver, withOwnShout } from "./feedback.js";

const notice = (id: string, kind = "points", params = {}) =>
  read("notice", { id, kind, text: { "zh-CN": "x", en: "x" }, params, expires_ms: null });
const done = (result: Readonly<Record<string, unknown>>) => read("done", { ref: "r1", result });

describe("feedbackOn", () => {
  it("FLD6 says what was earned, why nothing was, and why it was refused", () => {
    expect(feedbackOn("share", done({ points: 10, growth: 10, rule: "share" }))).toMatchObject({ tone: "earned", points: 10 });
    expect(feedbackOn("comment", done({ points: 0, growth: 0, rule: "comment", why_nothing: "off_air" }))).toMatchObject({ tone: "nothing", why: "off_air" });
    expect(feedbackOn("comment", read("refused", { ref: "r1", code: "slow_mode", retry_after_ms: 8_000 }))).toEqual({
      tone: "refused",
      act: "comment",
      code: "slow_mode",
      retryAfterMs: 8_000,
    });
    expect(feedbackOn("comment", { type: "unsent", ref: "r1" })).toEqual({ tone: "unsent", act: "comment" });
    expect(feedbackOn("like", done({}))).toBeNull();
  });
});

describe("toasts", () => {
  it("FLD6 a notice does not repeat what the answer has just said", () => {
    const answered = withAnswered(noToasts, done({ points: 5, rule: "comment" }), 0);
    expect(withNotice(answered, notice("n1", "points", { points: 5, rule: "comment" }), 100).shown).toEqual([]);
    expect(withNotice(answered, notice("n2", "points", { points: 50, rule: "watch15" }), 100).shown).toHaveLength(1);
    expect(withNotice(answered, notice("n3", "points", { points: 5, rule: "comment" }), 10_000).shown).toHaveLength(1);
  });

  it("FLD6 one's own shout-out tells of tier and coupon, whichever comes first", () => {
    const before = withOwnShout(withNotice(noToasts, notice("n1", "tier"), 0), 10);
    expect(before.shown).toEqual([]);
    expect(withNotice(before, notice("n2", "coupon"), 20).shown).toEqual([]);
    expect(withNotice(before, notice("n3", "gift"), 20).shown).toHaveLength(1);
  });

  it("FLD6 at most three at once, five seconds each", () => {
    const four = ["n1", "n2", "n3", "n4"].reduce((toasts, id, index) => withNotice(toasts, notice(id, "gift"), index * 100), noToasts);
    expect(four.shown.map((toast) => toast.notice.id)).toEqual(["n2", "n3", "n4"]);
    expect(nextOverMs(four)).toBe(5_100);
    expect(withoutOver(four, 5_100).shown).toHaveLength(2);
    expect(withoutOver(four, 5_099)).toBe(four);
    expect(nextOverMs(noToasts)).toBeNull();
  });
});
