import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockText, isNear, markOf, nextChangeMs, nextDistantChangeMs } from "./countdown.js";

describe("countdowns", () => {
  it.each([
    [0, "0:00"], [-5, "0:00"], [1, "0:01"], [1_000, "0:01"], [1_001, "0:02"], [59_999, "1:00"], [247_000, "4:07"], [3_600_000, "1:00:00"], [3_847_000, "1:04:07"],
  ])("BRD2 %i ms are shown as %s", (ms, shown) => {
    expect(clockText(ms)).toBe(shown);
  });

  it("BRD2 it wakes when the text changes, at most once a second, and never after the end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), (left) => {
        const at = 10_000_000;
        const now = at - left;
        const next = nextChangeMs(at, now) ?? 0;
        expect(next - now).toBeGreaterThan(0);
        expect(next - now).toBeLessThanOrEqual(1_000);
        expect(clockText(at - (next - 1))).toBe(clockText(left));
        expect(next > at - 1_000 || clockText(at - next - 1) !== clockText(left)).toBe(true);
      }),
    );
    expect(nextChangeMs(5, 5)).toBeNull();
  });

  it("BRD2 what is hours away wakes once a minute until its last hour", () => {
    expect(nextDistantChangeMs(10_000_000, 0)).toBe(60_000);
    expect(nextDistantChangeMs(3_610_000, 0)).toBe(10_000);
    expect(nextDistantChangeMs(3_600_000, 0)).toBe(1_000);
    expect([isNear(3_600_000, 0), isNear(3_600_001, 0)]).toEqual([true, false]);
  });

  it("BRD7 the marks are the start, a minute, ten seconds and the end", () => {
    expect([60_001, 60_000, 10_000, 1, 0].map(markOf)).toEqual(["start", "minute", "ten", "ten", "end"]);
  });
});
