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

  it("OVL24 says for whom it is, what is missing and that one is let in by oneself, in both languages", async () => {
    const missing = { tier: "silver", name: "白银会员", growth_to_go: 120, spend_to_go: 10_000 };
    const zh = wordsOf(await shown("lro-full-notice", { code: 4502, missing }));
    expect(zh).toContain("这里是白银会员及以上的专场");
    expect(zh).toContain("还差 120 成长值 再消费¥100就能升级。 升级后会自动带你进来，不用刷新。");
    const en = wordsOf(await shown("lro-full-notice", { code: 4502, missing, language: "en" }));
    expect(en).toContain("120 growth to go");
    expect(en).toContain("For Silver members and above");
  });

  it("OVL24 whoever is not signed in is asked to", async () => {
    const missing = { tier: "lv3", name: "家人们", growth_to_go: null, spend_to_go: null };
    const element = await shown("lro-full-notice", { code: 4502, missing });
    expect(wordsOf(element)).toContain("登录家人们及以上的账号就能进来。");
    const asked = heard(element, "sign-in-request");
    find(element, "button", HTMLButtonElement).click();
    expect(asked).toHaveLength(1);
  });
});
