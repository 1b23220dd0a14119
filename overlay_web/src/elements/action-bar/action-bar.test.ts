// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { find, heard, shown, wordsOf } from "../testing.js";
import { defineActionBar } from "./define.js";

defineActionBar();

afterEach(() => {
  document.body.replaceChildren();
});

function write(element: HTMLElement, words: string): HTMLInputElement {
  const field = find(element, "input", HTMLInputElement);
  field.value = words;
  field.dispatchEvent(new Event("input"));
  return field;
}

const submit = (element: HTMLElement): void => {
  find(element, "form").dispatchEvent(new Event("submit", { cancelable: true }));
};

describe("lro-action-bar", () => {
  it("OVL4 a comment leaves the field at once", async () => {
    const element = await shown("lro-action-bar", {});
    const acts = heard(element, "act-request");
    const field = write(element, "  这瓶好看  ");
    submit(element);
    expect(acts).toEqual([{ name: "comment", data: { text: "这瓶好看" } }]);
    expect(field.value).toBe("");
  });

  it("OVL4 nothing and too much is not sent, and too much is said", async () => {
    const element = await shown("lro-action-bar", {});
    const acts = heard(element, "act-request");
    write(element, "   ");
    submit(element);
    const field = write(element, "好".repeat(201));
    submit(element);
    await element.updateComplete;
    expect(acts).toEqual([]);
    expect(wordsOf(element)).toContain("最多 200 个字");
    expect(field.value).toHaveLength(201);
  });

  it("OVL4 what was not taken comes back, but not over new words", async () => {
    const element = await shown("lro-action-bar", {});
    const field = find(element, "input", HTMLInputElement);
    element.giveBack = { text: "主播看看我" };
    await element.updateComplete;
    expect(field.value).toBe("主播看看我");
    write(element, "新的话");
    element.giveBack = { text: "旧的话" };
    await element.updateComplete;
    expect(field.value).toBe("新的话");
  });

  it("E10 why an act earned nothing is said beside it, in both languages", async () => {
    const feedback = { tone: "nothing", act: "comment", why: "invalid_comment" } as const;
    expect(wordsOf(await shown("lro-action-bar", { feedback }))).toContain("写满 4 个字");
    expect(wordsOf(await shown("lro-action-bar", { feedback, language: "en" }))).toContain("4 characters or more");
    const unheard = { tone: "nothing", act: "share", why: "moon_phase" } as const;
    expect(wordsOf(await shown("lro-action-bar", { feedback: unheard }))).toContain("这次没有积分");
  });

  it("OVL4 a refusal says why and when again", async () => {
    const feedback = { tone: "refused", act: "comment", code: "slow_mode", retryAfterMs: 7_200 } as const;
    expect(wordsOf(await shown("lro-action-bar", { feedback }))).toContain("慢速模式中，稍等再发 · 8 秒后可再发");
  });

  it("FLD6 what a share or like earned is said at the buttons", async () => {
    const feedback = { tone: "earned", act: "share", points: 10, growth: 10 } as const;
    expect(wordsOf(await shown("lro-action-bar", { feedback }))).toContain("+10 积分 · +10 成长值");
  });

  it("FLD5 a like goes out with every tap and the count is short", async () => {
    const element = await shown("lro-action-bar", { likes: 12_860, still: true });
    const acts = heard(element, "act-request");
    const like = find(element, ".like", HTMLButtonElement);
    like.click();
    like.click();
    expect(acts).toEqual([1, 1].map((count) => ({ name: "like", data: { count } })));
    expect(find(element, ".count").textContent).toBe("1.3万");
  });

  it("OVL5 an anonymous viewer is asked to sign in, and nothing is sent", async () => {
    const element = await shown("lro-action-bar", { anonymous: true, still: true });
    const acts = heard(element, "act-request");
    const asked = heard(element, "sign-in-request");
    find(element, ".like", HTMLButtonElement).click();
    find(element, "input", HTMLInputElement).click();
    submit(element);
    expect(acts).toEqual([]);
    expect(asked).toHaveLength(3);
  });

  it("OVL12 a heart does not fly where less motion is wanted", async () => {
    const element = await shown("lro-action-bar", { still: true });
    find(element, ".like", HTMLButtonElement).click();
    expect(element.shadowRoot?.querySelector(".heart")).toBeNull();
  });
});
