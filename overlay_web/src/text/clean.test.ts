import { describe, expect, it } from "vitest";
import { cleanComment, cleanName } from "./clean.js";
import { clampGraphemes, countGraphemes } from "./graphemes.js";

describe("cleanName", () => {
  it.each([
    ["controls and line breaks", "小\u0000美\n\t 好", "小美 好"],
    ["bidi marks", "\u202Egpj.exe\u202C", "gpj.exe"],
    ["bidi isolates", "a\u2066b\u2069c", "abc"],
    ["zalgo", `Z\u0301\u0302\u0303\u0304\u0305a`, "Ź\u0302\u0303a"],
    ["blank letters", "\u3164\u2800\u115F", ""],
    ["a lone surrogate", "a\uD800b", "ab"],
    ["private use", "a\uE000b", "ab"],
    ["a joiner that joins nothing", "a\u200Db\u200D", "ab"],
    ["only spaces", "   \u3000 ", ""],
    ["decomposed letters", "e\u0301", "é"],
  ])("OVL3 %s", (_, raw, clean) => {
    expect(cleanName(raw)).toBe(clean);
  });

  it("OVL3 a family stays a family, a keycap a keycap, an accent an accent", () => {
    expect(cleanName("👩‍👩‍👧‍👦1️⃣👍🏽é")).toBe("👩‍👩‍👧‍👦1️⃣👍🏽é");
    expect(cleanName("👩🏽‍🚀")).toBe("👩🏽‍🚀");
  });

  it("OVL3 twelve graphemes and not one more", () => {
    expect(cleanName("一二三四五六七八九十甲乙丙丁")).toBe("一二三四五六七八九十甲乙");
    expect(countGraphemes(cleanName("👩‍👩‍👧‍👦".repeat(60)))).toBe(12);
  });

  it("OVL3 markup is nothing but letters", () => {
    expect(cleanName("<b>x</b>")).toBe("<b>x</b>");
  });
});

describe("cleanComment", () => {
  it("OVL3 is one line of at most 200 graphemes", () => {
    expect(cleanComment("a\r\nb\u2028c")).toBe("a b c");
    expect(countGraphemes(cleanComment("好".repeat(500)))).toBe(200);
    expect(clampGraphemes("abc", 5)).toBe("abc");
  });
});
