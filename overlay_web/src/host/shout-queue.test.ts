import { describe, expect, it } from "vitest";
import { nowOf, readQueue } from "./shout-queue.js";
import type { ShownLine } from "./shout-queue.js";

const line = (id: string, at_ms: number, over: Partial<ShownLine> = {}): ShownLine => ({
  id, at_ms, kind: "level_up", name: "小美", author: "a_1", text: { "zh-CN": "恭喜", en: "Hooray" }, is_test: false, gone: false, ...over,
});

describe("nowOf", () => {
  it("L2 shows one after the other, four seconds each", () => {
    const lines = [line("c", 1_200), line("b", 1_100), line("a", 1_000)];
    const at = (nowMs: number) => { const { current, next } = nowOf(lines, nowMs); return [current?.id ?? null, ...next.map(({ id }) => id)]; };
    expect([at(1_500), at(5_100), at(5_400), at(99_000)]).toEqual([["a", "b", "c"], [null, "b", "c"], ["b", "c"], [null]]);
  });

  it("L2 leaves out what was taken back and what has a lane of its own", () => {
    const lines = [line("n", 1_000, { kind: "notice" }), line("b", 1_000), line("a", 900, { gone: true })];
    expect(nowOf(lines, 1_500)).toMatchObject({ current: { id: "b" }, next: [] });
  });
});

it("R8 an answer of another shape is none", () => {
  expect(readQueue({ rev: 1 })).toBeNull();
});
