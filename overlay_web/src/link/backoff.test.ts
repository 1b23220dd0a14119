import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconnectDelayMs } from "./backoff.js";

const delay = (over: Partial<Parameters<typeof reconnectDelayMs>[0]>): number =>
  reconnectDelayMs({ attempt: 0, retryAfterMs: 0, spreadMs: 0, random: 1, ...over });

describe("reconnectDelayMs", () => {
  it("LNK2 the first attempt is spread as the server advertised", () => {
    expect(delay({ spreadMs: 8_000, random: 0.25 })).toBe(2_000);
  });

  it("LNK2 the ceiling doubles from half a second to 20 s and stays there", () => {
    expect([0, 1, 2, 5, 6, 500].map((attempt) => delay({ attempt }))).toEqual([500, 1_000, 2_000, 16_000, 20_000, 20_000]);
  });

  it("LNK2 never less than the server asked for, never more than 20 s or the spread on top", () => {
    const input = { attempt: fc.nat(1_000), retryAfterMs: fc.nat(60_000), spreadMs: fc.nat(30_000), random: fc.double({ min: 0, max: 1, noNaN: true }) };
    fc.assert(
      fc.property(fc.record(input), (retry) => {
        const waited = reconnectDelayMs(retry) - retry.retryAfterMs;
        return waited >= 0 && waited <= Math.max(20_000, retry.spreadMs);
      }),
    );
  });
});
