import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Request } from "./commands.js";
import { presets } from "./presets.js";
import type { Outcome } from "./presses.js";
import { AGAIN_MS, LOOK_MS, Previews } from "./previews.js";
import { specKey } from "./tasks-desk.js";

const MANY = presets("zh-CN").length;

let asked: Request[];
let answer: Outcome;
let online: number;
let looking: boolean;
let changed: number;
let previews: Previews;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answer = { kind: "lost" };
  online = 40;
  looking = true;
  changed = 0;
  const api = {
    ask: (request: Request) => {
      asked.push(request);
      return Promise.resolve(answer);
    },
  };
  previews = new Previews(api, "r1", { now: () => Date.now() }, () => online, () => looking, () => { changed += 1; });
});

afterEach(() => {
  previews.stop();
  vi.useRealTimers();
});

describe("the previews", () => {
  it("L3 are asked for once when a show goes on air, and again when the audience has changed", async () => {
    previews.onAir("s1", "zh-CN");
    previews.onAir("s1", "zh-CN");
    expect(asked).toHaveLength(MANY);
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(asked).toHaveLength(MANY);
    online = 55;
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(asked).toHaveLength(2 * MANY);
    await vi.advanceTimersByTimeAsync(AGAIN_MS);
    expect(asked).toHaveLength(3 * MANY);
  });

  it("L3 wait while nobody looks, for who comes back to say what is on air", async () => {
    previews.onAir("s1", "zh-CN");
    looking = false;
    await vi.advanceTimersByTimeAsync(2 * AGAIN_MS);
    expect(asked).toHaveLength(MANY);
    looking = true;
    previews.onAir("s1", "zh-CN");
    expect(asked).toHaveLength(2 * MANY);
  });

  it("L3 end with the show, and whatever comes after the end is not shown", async () => {
    previews.onAir("s1", "zh-CN");
    previews.onAir(null, "zh-CN");
    online = 55;
    await vi.advanceTimersByTimeAsync(2 * AGAIN_MS);
    expect(asked).toHaveLength(MANY);
    const before = changed;
    previews.onAir("s2", "zh-CN");
    previews.stop();
    await vi.advanceTimersByTimeAsync(1);
    expect(changed).toBe(before);
  });

  it("O6 say that they do not know when no answer came", async () => {
    const spec = presets("en")[0]?.spec;
    if (spec === undefined) throw new Error("there are presets");
    previews.ask(spec);
    await vi.advanceTimersByTimeAsync(1);
    expect(previews.known.get(specKey(spec))).toBeNull();
    expect(changed).toBe(1);
  });
});
