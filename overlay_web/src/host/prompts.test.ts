import { describe, expect, it } from "vitest";
import { breathsOf, readPrompts, rowsOf, wordsOf } from "./prompts.js";
import type { Prompt } from "./prompts.js";

const prompt = (key: string, changes: Partial<Prompt> = {}): Prompt => ({ key, kind: "task", rank: 2, stage: "on", text: { "zh-CN": `说${key}`, en: `say ${key}` }, fresh_until_ms: 5_000, said_ms: null, ...changes });

describe("prompts", () => {
  it("PNL10 reads what is to be said and counts what was; anything else is none", () => {
    const read = readPrompts({ lines: [prompt("a"), prompt("b", { said_ms: 3 })], said: { task: 2, gate: 1 } });
    expect(read?.lines.map(({ key }) => key)).toEqual(["a"]);
    expect(read?.said).toBe(3);
    expect(readPrompts({ lines: [{ key: 1 }] })).toBeNull();
    expect(readPrompts(null)).toBeNull();
  });

  it("PNL10 what was just marked stays in its place, whatever comes meanwhile", () => {
    const [a, b, c] = [prompt("a"), prompt("b"), prompt("c")] as const;
    const marked = [{ line: b, place: 1, untilMs: 9 }];
    const shown = (lines: readonly Prompt[]) => rowsOf(lines, marked, 0, true).map(({ line, marked: done }) => `${line.key}${done ? "✓" : ""}`);
    expect(shown([a, b, c])).toEqual(["a", "b✓", "c"]);
    expect(shown([a, c])).toEqual(["a", "b✓", "c"]);
    expect(shown([])).toEqual(["b✓"]);
    expect(shown([a, { ...b, stage: "last" }])).toEqual(["a", "b✓", "b"]);
  });

  it("PNL6 PNL10 offline a countdown that has moved on is not shown", () => {
    expect(rowsOf([prompt("a"), prompt("b", { fresh_until_ms: 9_000 })], [], 5_000, false).map(({ line }) => line.key)).toEqual(["b"]);
    expect(rowsOf([prompt("a")], [], 5_000, true)).toHaveLength(1);
  });

  it("PNL10 says it in the panel's language", () => {
    expect([wordsOf(prompt("a"), "en"), wordsOf(prompt("a", { text: { "zh-CN": "只有中文" } }), "en")]).toEqual(["say a", "只有中文"]);
  });

  it("PNL10 a line breaks where one takes breath, and loses nothing", () => {
    expect(breathsOf("来投票，还剩5分钟：下一件看什么?")).toEqual(["来投票，", "还剩5分钟：", "下一件看什么?"]);
    expect(breathsOf("「开播福利」5分钟后开奖，快报名")).toEqual(["「开播福利」", "5分钟后开奖，", "快报名"]);
    expect(breathsOf("The first 3 orders get 200 points on top")).toHaveLength(1);
  });
});
