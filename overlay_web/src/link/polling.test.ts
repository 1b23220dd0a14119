import { describe, expect, it } from "vitest";
import { snapshotOf } from "../wire/snapshot.js";
import { Polling } from "./polling.js";

const snapshot = (over: object = {}) => snapshotOf({ epoch: "e1", offset: 3, room: { id: "r1" }, pulses: {}, poll_after_ms: 3_000, retry_after_ms: 0, ...over });
const came = { kind: "came", body: null } as const;

describe("Polling", () => {
  it("LNK16 begins with the third loss in a row, and anew after the link was back", () => {
    const polling = new Polling(true);
    expect([1, 2, 3, 4].map((at) => polling.lost(at, false))).toEqual([false, false, true, false]);
    polling.end();
    expect(polling.isOn).toBe(false);
    expect([1, 2, 3].map((at) => polling.lost(at, false))).toEqual([false, false, true]);
  });

  it("LNK16 begins after ten seconds without a link, though attempts are slow to fail", () => {
    const polling = new Polling(true);
    expect(polling.lost(0, false)).toBe(false);
    expect(polling.lost(10_000, false)).toBe(true);
  });

  it("LNK16 begins at once when sent away to poll, and never where it is not wanted", () => {
    expect(new Polling(true).lost(0, true)).toBe(true);
    expect(new Polling(false).lost(0, true)).toBe(false);
  });

  it.each([
    [{}, 3_000, 0],
    [{ poll_after_ms: 15_000, retry_after_ms: 15_000 }, 15_000, 15_000],
    [{ poll_after_ms: 0 }, 1_000, 0],
    [{ poll_after_ms: 9_000_000 }, 60_000, 0],
  ])("LNK16 %j sets the interval, within reason", (over, pollMs, keepAwayMs) => {
    const polling = new Polling(true);
    polling.lost(0, true);
    expect(polling.answered(came, snapshot(over), 0)).toEqual({ pollMs, keepAwayMs });
    expect(polling.isTrue).toBe(true);
    expect(polling.answered(came, snapshot(over), 1).pollMs).toBe(pollMs * 1.2);
  });

  it("LNK16 asks further and further apart while it fails, and what is on screen is not called true", () => {
    const polling = new Polling(true);
    polling.lost(0, true);
    const waits = [1, 2, 3, 4, 5, 6].map(() => polling.answered({ kind: "failed" }, null, 1).pollMs);
    expect(waits).toEqual([3_000, 6_000, 12_000, 24_000, 30_000, 30_000]);
    expect(polling.isTrue).toBe(false);
    expect(polling.answered(came, snapshot(), 0).pollMs).toBe(3_000);
    expect(polling.answered({ kind: "refused" }, null, 0).pollMs).toBe(30_000);
  });
});
