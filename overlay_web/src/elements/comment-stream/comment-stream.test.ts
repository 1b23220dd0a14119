// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { withAccepted, withOwn, withPosted } from "../../state/comments.js";
import { find, shown, wordsOf } from "../testing.js";
import { defineCommentStream } from "./define.js";

defineCommentStream();

afterEach(() => {
  document.body.replaceChildren();
});

const by = (name: string, tier: string, text = "好看") => ({ id: `c-${name}`, author: `a-${name}`, name, tier, text, at_ms: 0 });
const ME = { author: "a-me", name: "晚风", tier: "bronze", text: "想要这瓶", at_ms: 0 };

describe("lro-comment-stream", () => {
  it("L13 shows each comment with its writer's badge", async () => {
    const comments = [by("小美", "silver"), by("南风", "basic")].reduce(withPosted, []);
    const element = await shown("lro-comment-stream", { comments });
    const rows = [...(element.shadowRoot?.querySelectorAll("li") ?? [])];
    expect(rows.map((row) => row.querySelector("lro-tier-badge")?.material ?? null)).toEqual(["silver", null]);
    expect(rows.map((row) => wordsOf(row))).toEqual(["白银会员 小美 好看", "南风 好看"]);
  });

  it("FLD4 one's own is marked while it is on its way and tells what it earned", async () => {
    const element = await shown("lro-comment-stream", { comments: withOwn([], "r1", ME), author: "a-me" });
    expect(wordsOf(element)).toContain("我 想要这瓶 发送中");
    element.comments = withAccepted(element.comments, "r1", 5);
    await element.updateComplete;
    expect(wordsOf(element)).toContain("我 想要这瓶 +5 积分");
    expect(wordsOf(element)).not.toContain("发送中");
  });

  it("FLD4 the row stays the same row when the public comment takes its place", async () => {
    const sending = withOwn([], "r1", ME);
    const element = await shown("lro-comment-stream", { comments: sending, author: "a-me" });
    const row = find(element, "li");
    element.comments = withPosted(sending, { ...ME, id: "c9" });
    await element.updateComplete;
    expect(find(element, "li")).toBe(row);
  });

  it("OVL3 other people's words are text", async () => {
    const comments = withPosted([], by("<i>x</i>", "gold", "<img src=x onerror=alert(1)>\u202E"));
    const element = await shown("lro-comment-stream", { comments });
    expect(element.shadowRoot?.querySelector("img, i")).toBeNull();
    expect(find(element, ".text").textContent).toBe("<img src=x onerror=alert(1)>");
    expect(find(element, ".name").textContent).toBe("<i>x</i>");
  });

  it("OVL3 a name of nothing printable becomes somebody", async () => {
    const element = await shown("lro-comment-stream", { comments: withPosted([], by("\u3164", "basic")), language: "en" });
    expect(find(element, ".name").textContent).toBe("Guest");
  });

  it("L13 who has not gone back reads along whatever grows, who has is told of new ones and can return", async () => {
    const element = await shown("lro-comment-stream", { comments: withPosted([], by("小美", "silver")) });
    const view = find(element, ".window", HTMLElement);
    const scrolledTo = (scrollTop: number, scrollHeight: number): void => {
      Object.defineProperty(view, "scrollHeight", { value: scrollHeight, configurable: true });
      Object.defineProperty(view, "clientHeight", { value: 200, configurable: true });
      view.scrollTop = scrollTop;
      view.dispatchEvent(new Event("scroll"));
    };
    const another = async (name: string): Promise<void> => {
      element.comments = withPosted(element.comments, by(name, "basic"));
      await element.updateComplete;
    };
    scrolledTo(300, 500);
    scrolledTo(300, 620); // something grew before the event was told
    await another("南风");
    expect(element.shadowRoot?.querySelector("button")).toBeNull();
    expect(view.scrollTop).toBe(620);

    scrolledTo(120, 620);
    await another("momo");
    expect(view.scrollTop).toBe(120);
    find(element, "button", HTMLButtonElement).click();
    await element.updateComplete;
    expect(element.shadowRoot?.querySelector("button")).toBeNull();
    expect(view.scrollTop).toBe(620);
  });
});
