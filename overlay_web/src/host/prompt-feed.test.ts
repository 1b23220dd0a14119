import { beforeEach, describe, expect, it } from "vitest";
import { EVERY_MS, LEAST_MS, PromptFeed } from "./prompt-feed.js";
import type { Outcome } from "./presses.js";

let nowMs: number;
let timers: { readonly atMs: number; readonly fire: () => void }[];
let waiting: ((outcome: Outcome) => void)[];
let heard: Outcome[];
let feed: PromptFeed;

const DONE: Outcome = { kind: "done", body: 1 };

beforeEach(() => {
  nowMs = 10_000;
  timers = [];
  waiting = [];
  heard = [];
  feed = new PromptFeed({
    ask: () => new Promise((answer) => { waiting.push(answer); }),
    heard: (outcome) => { heard.push(outcome); },
    setTimer: (delayMs, fire) => {
      const timer = { atMs: nowMs + delayMs, fire };
      timers.push(timer);
      return () => { timers = timers.filter((one) => one !== timer); };
    },
    now: () => nowMs,
  });
});

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  const due = timers.filter(({ atMs }) => atMs <= nowMs);
  timers = timers.filter(({ atMs }) => atMs > nowMs);
  for (const { fire } of due) fire();
  await settled();
}

const settled = async (): Promise<void> => { for (let turn = 0; turn < 4; turn += 1) await Promise.resolve(); };

async function answer(): Promise<void> {
  waiting.shift()?.(DONE);
  await settled();
}

describe("the prompter's feed", () => {
  it("PNL10 asks at once, then every two seconds, one question at a time", async () => {
    feed.look(true);
    feed.look(true);
    expect(waiting).toHaveLength(1);
    await answer();
    expect(heard).toHaveLength(1);
    await pass(EVERY_MS - 1);
    expect(waiting).toHaveLength(0);
    await pass(1);
    expect(waiting).toHaveLength(1);
  });

  it("PNL10 asks sooner when something moved, and not in a storm", async () => {
    feed.look(true);
    await answer();
    for (let times = 0; times < 50; times += 1) feed.hurry();
    expect(timers).toHaveLength(1);
    await pass(LEAST_MS);
    expect(waiting).toHaveLength(1);
  });

  it("PNL10 an answer to what was asked before a press is not believed", async () => {
    feed.look(true);
    feed.hurry();
    await answer();
    expect(heard).toHaveLength(0);
    await pass(LEAST_MS);
    await answer();
    expect(heard).toHaveLength(1);
  });

  it("PNL10 nobody looks, nothing is asked", async () => {
    feed.look(true);
    feed.look(false);
    await answer();
    feed.hurry();
    await pass(EVERY_MS * 3);
    expect([heard.length, waiting.length, timers.length]).toEqual([0, 0, 0]);
  });
});
