// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { read } from "../../wire/testing.js";
import { shown, wordsOf } from "../testing.js";
import { defineToasts } from "./define.js";

defineToasts();

const toast = (kind: string, params = {}) => ({
  notice: read("notice", { id: kind, kind, text: { "zh-CN": "观看满 15 分钟", en: "Watched 15 minutes" }, params, expires_ms: null }),
  untilMs: 1,
});

describe("lro-toasts", () => {
  it("FLD6 points are told with their number", async () => {
    expect(wordsOf(await shown("lro-toasts", { toasts: [toast("points", { points: 50 })] }))).toBe("+50 积分 观看满 15 分钟");
  });

  it("FLD6 any other notice speaks in the server's words", async () => {
    expect(wordsOf(await shown("lro-toasts", { toasts: [toast("rules")], language: "en" }))).toBe("Watched 15 minutes");
  });
});
