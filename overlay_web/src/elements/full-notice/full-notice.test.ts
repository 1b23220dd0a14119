// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { find, heard, shown, wordsOf } from "../testing.js";
import { defineFullNotice } from "./define.js";

defineFullNotice();

describe("lro-full-notice", () => {
  it.each([
    [4501, "登录信息无效"],
    [4005, "登录信息无效"],
    [4502, "没有找到这个直播间"],
    [4504, "你不能进入这个直播间"],
    [4505, "你在别处打开了太多直播间"],
    [1009, "连接已断开"],
  ])("LNK3 %i is explained", async (code, title) => {
    expect(wordsOf(await shown("lro-full-notice", { code }))).toContain(title);
  });

  it("LNK3 offers another try, except to somebody banned", async () => {
    const element = await shown("lro-full-notice", { code: 4502 });
    const wishes = heard(element, "retry-request");
    find(element, "button", HTMLButtonElement).click();
    expect(wishes).toHaveLength(1);
    expect((await shown("lro-full-notice", { code: 4504 })).shadowRoot?.querySelector("button")).toBeNull();
  });

  it("OVL7 says that it is entering, before anything else is there", async () => {
    expect(wordsOf(await shown("lro-full-notice", { code: null, language: "en" }))).toBe("Entering the room");
  });
});
