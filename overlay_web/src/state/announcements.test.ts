import { describe, expect, it } from "vitest";
import { aCard } from "../wire/testing.js";
import { dueAnnouncements } from "./announcements.js";
import type { Told } from "./announcements.js";
import { noEndings, withEndings } from "./endings.js";
import type { Endings } from "./endings.js";
import { aGate, aPoll, aTask, board, NOW, roomWith } from "./testing-board.js";

/** What is said while the clock goes from one time to another, a paint every 200 ms. */
function said(items: Readonly<Record<string, unknown>>, fromMs: number, toMs: number, card = aCard({ tier: "gold" })): readonly string[] {
  const heard: string[] = [];
  let told: Told = new Map();
  let endings: Endings = noEndings;
  for (let now = fromMs; now <= toMs; now += 200) {
    endings = withEndings(endings, roomWith(items).activities, now);
    const { due, told: next } = dueAnnouncements(told, board(items, { now, endings, card }), now);
    told = next;
    heard.push(...due.map(({ entry, mark }) => `${entry.key} ${mark}`));
  }
  return heard;
}

describe("announcements", () => {
  it("BRD7 a countdown is told at its start, 1 min, 10 s and its end, each once", () => {
    const tasks = { tasks: { t1: aTask({ ends_ms: NOW + 70_000 }) } };
    expect(said(tasks, NOW, NOW + 90_000)).toEqual(["task:t1 start", "task:t1 minute", "task:t1 ten", "task:t1 end"]);
  });

  it("BRD7 who comes late is told where it stands, not what was", () => {
    expect(said({ tasks: { t1: aTask({ ends_ms: NOW + 45_000 }) } }, NOW, NOW + 1_000)).toEqual(["task:t1 minute"]);
  });

  it("BRD7 a gate is told a minute before it opens and when it does; other things are not", () => {
    const items = { gates: { g1: aGate() }, polls: { p1: aPoll() } };
    expect(said(items, NOW + 200_000, NOW + 310_000)).toEqual(["gate:g1 minute", "gate:g1 end"]);
    expect(said(items, NOW + 310_000, NOW + 311_000)).toEqual([]);
  });
});
