// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { read } from "../../wire/testing.js";
import { find, shown, wordsOf } from "../testing.js";
import { defineToasts } from "./define.js";

defineToasts();

const SAID = { "zh-CN": "观看满15分钟,积分+50 成长值-2", en: "15 min watched: +50 points" };
const toast = (kind: string) => ({ notice: read("notice", { id: kind, kind, text: SAID, params: {}, expires_ms: null }), untilMs: 1 });

describe("lro-toasts", () => {
  it("FLD6 a notice speaks in the server's words, its figures stand out", async () => {
    const element = await shown("lro-toasts", { toasts: [toast("points")] });
    expect(find(element, "span").textContent).toBe(SAID["zh-CN"]);
    expect([...(element.shadowRoot?.querySelectorAll("b") ?? [])].map(({ textContent }) => textContent)).toEqual(["+50", "-2"]);
  });

  it("FLD6 in the language of the page", async () => {
    expect(wordsOf(await shown("lro-toasts", { toasts: [toast("rules")], language: "en" }))).toBe("15 min watched: +50 points");
  });
});
