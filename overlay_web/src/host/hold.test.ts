import { describe, expect, it } from "vitest";
import { down, idle, passed, progressOf, up } from "./hold.js";

describe("hold", () => {
  it("PNL2 fires after a second, once", () => {
    const held = down(idle, 5_000);
    expect(passed(held, 5_999)).toEqual({ hold: held, fired: false });
    const over = passed(held, 6_000);
    expect(over.fired).toBe(true);
    expect(passed(over.hold, 9_000).fired).toBe(false);
  });

  it("PNL2 a key that repeats does not begin anew, and what fired waits for the release", () => {
    const held = down(idle, 0);
    expect(down(held, 900)).toBe(held);
    const { hold } = passed(held, 1_000);
    expect(down(hold, 1_100)).toBe(hold);
    expect(down(up(), 2_000)).toEqual({ phase: "holding", sinceMs: 2_000 });
  });

  it("PNL2 let go too early, it was nothing", () => {
    expect(passed(up(), 10_000).fired).toBe(false);
  });

  it("PNL2 shows how far it is", () => {
    expect([0, 250, 1_000, 5_000].map((now) => progressOf(down(idle, 0), now))).toEqual([0, 0.25, 1, 1]);
    expect(progressOf(idle, 500)).toBe(0);
  });
});
