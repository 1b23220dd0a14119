// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import type { LinkStatus } from "../../link/effects.js";
import { find, shown, wordsOf } from "../testing.js";
import { defineLinkMark } from "./define.js";

defineLinkMark();

describe("lro-link-mark", () => {
  it("OVL7 is a dot while all is well, with words for those who cannot see it", async () => {
    const element = await shown("lro-link-mark", { status: { phase: "live" } });
    expect(find(element, ".unseen").textContent).toBe("已连接");
  });

  it.each([
    [{ phase: "waiting" }, "正在重连"],
    [{ phase: "needs-token" }, "正在续期登录"],
    [{ phase: "stopped", code: 4505 }, "连接已断开"],
    [{ phase: "connecting" }, "正在连接"],
    [{ phase: "connecting", polled: true }, "网络较弱，几秒更新一次"],
  ] satisfies [LinkStatus, string][])("OVL7 %j is said quietly", async (status, words) => {
    expect(wordsOf(await shown("lro-link-mark", { status }))).toBe(words);
  });

  it("OVL7 the words do not change with every attempt", async () => {
    expect(wordsOf(await shown("lro-link-mark", { status: { phase: "connecting" }, again: true }))).toBe("正在重连");
  });
});
