import { describe, expect, it } from "vitest";
import { eventually } from "../elements/testing.js";
import { FIGURES_EVERY_MS, FIGURES_LATER_MS, FiguresReader } from "./figures-reader.js";
import type { Outcome } from "./presses.js";

const FIGURES = { as_of_ms: 1, audience: null, show: null, outstanding: { points: 7, cost: 7 } };

class World {
  answers: Outcome[] = [];
  asked: string[] = [];
  timers: { ms: number; call: () => void; cancelled: boolean }[] = [];
  looking = true;
  changed = 0;
  reader = new FiguresReader(
    {
      get: (path) => {
        this.asked.push(path);
        return Promise.resolve(this.answers.shift() ?? { kind: "lost" });
      },
    },
    "r1",
    {
      setTimer: (ms, call) => {
        const timer = { ms, call, cancelled: false };
        this.timers.push(timer);
        return () => { timer.cancelled = true; };
      },
    },
    () => this.looking,
    () => { this.changed += 1; },
  );

  async next(): Promise<void> {
    const count = this.timers.length;
    this.timers.at(-1)?.call();
    await eventually(() => { expect(this.timers.length).toBe(count + 1); });
  }

  async begin(): Promise<void> {
    this.reader.start();
    await eventually(() => { expect(this.timers.length).toBe(1); });
  }
}

describe("the reader of figures", () => {
  it("L8 asks again every two seconds, and not while nobody looks", async () => {
    const world = new World();
    world.answers = [{ kind: "done", body: FIGURES }, { kind: "done", body: FIGURES }];
    await world.begin();
    expect(world.asked).toEqual(["/v1/rooms/r1/figures"]);
    expect(world.reader.figures?.outstanding).toEqual({ points: 7, cost: 7 });
    expect(world.timers.at(-1)?.ms).toBe(FIGURES_EVERY_MS);
    world.looking = false;
    await world.next();
    expect(world.asked).toHaveLength(1);
    world.looking = true;
    await world.next();
    expect(world.asked).toHaveLength(2);
  });

  it("O6 keeps what it knows when no answer comes, says so, and asks less often", async () => {
    const world = new World();
    world.answers = [{ kind: "done", body: FIGURES }, { kind: "lost" }, { kind: "done", body: "nonsense" }, { kind: "done", body: FIGURES }];
    await world.begin();
    for (const old of [true, true, false]) {
      await world.next();
      expect([world.reader.old, world.reader.figures !== null]).toEqual([old, true]);
      expect(world.timers.at(-1)?.ms).toBe(old ? FIGURES_LATER_MS : FIGURES_EVERY_MS);
    }
    expect(world.changed).toBe(4);
  });

  it("L8 the first figures come with the link, and a nudge asks for no more", async () => {
    const world = new World();
    world.looking = false;
    world.answers = [{ kind: "done", body: FIGURES }];
    await world.begin();
    world.looking = true;
    world.reader.nudge();
    expect(world.timers[0]?.cancelled).toBe(true);
    world.reader.nudge();
    await eventually(() => { expect(world.timers.length).toBe(2); });
    world.reader.nudge();
    expect(world.asked).toHaveLength(1);
  });

  it("L8 stopped is stopped", async () => {
    const world = new World();
    await world.begin();
    world.reader.stop();
    expect(world.timers.at(-1)?.cancelled).toBe(true);
  });
});
