import { describe, expect, it } from "vitest";
import { catalogue } from "./catalogue.js";
import { chooseLanguage, otherLanguage } from "./language.js";

/** The codes of PROTOCOL §1.3 and §1.4. */
const REFUSED =
  "sign_in bad_request rate_limited muted banned slow_mode members_only blocked_words not_found not_enough_points sold_out not_open closed limit_reached giver_not_eligible try_later".split(" ");
const WHY = "cap_reached duplicate not_watching budget_spent off_air not_eligible invalid_comment".split(" ");
const RULES = ["watch15", "watch10", "comment", "like", "share", "vote", "follow", "invite", "check_in", "order", "first_order"];

describe.each(["zh-CN", "en"] as const)("the catalogue in %s", (language) => {
  const words = catalogue(language);

  it("E10 every reason for nothing and every refusal is said in words", () => {
    for (const code of REFUSED) expect(words.refused[code], code).toBeTruthy();
    for (const code of WHY) expect(words.whyNothing[code], code).toBeTruthy();
  });

  it("OVL10 every way to earn has its own words", () => {
    expect(new Set(RULES.map((rule) => words.card.way(rule, 1))).size).toBe(RULES.length);
  });

  it("OVL10 every tier of the preset has a name", () => {
    expect(Object.keys(words.tiers)).toEqual(["basic", "bronze", "silver", "gold", "black"]);
  });
});

describe("sentences", () => {
  it("T10 the gap is said as the rule says it", () => {
    expect(catalogue("zh-CN").card.toGo("285", "白银会员")).toBe("还差 285 成长值升级白银会员");
    expect(catalogue("zh-CN").card.byOrder("265元")).toBe("再消费265元就能升级");
  });

  it("O6 no sentence calls the system busy", () => {
    const said = JSON.stringify([catalogue("zh-CN"), catalogue("en")]);
    expect(said).not.toMatch(/系统繁忙|system (is )?busy/iu);
  });
});

describe("chooseLanguage", () => {
  it.each([
    ["en", ["zh-CN"], "en"],
    ["zh-CN", ["en-US"], "zh-CN"],
    [null, ["en-GB", "zh"], "en"],
    [null, ["zh-TW"], "zh-CN"],
    ["fr", ["de", "en"], "en"],
    [null, ["ja"], "zh-CN"],
    ["", [], "zh-CN"],
  ] as const)("OVL10 wish %s, browser %j: %s", (wish, preferred, language) => {
    expect(chooseLanguage(wish, preferred)).toBe(language);
    expect(otherLanguage(otherLanguage(language))).toBe(language);
  });
});
