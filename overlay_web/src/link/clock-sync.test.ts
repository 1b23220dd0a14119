import { describe, expect, it } from "vitest";
import { ClockSync, EXCHANGES } from "./clock-sync.js";

describe("ClockSync", () => {
  it("LNK11 the exchange with the smallest round trip counts", () => {
    const clock = new ClockSync();
    clock.exchanged(0, 1_090, 1_090, 100);
    expect(clock.offsetMs).toBe(1_040);
    clock.exchanged(200, 1_205, 1_205, 210);
    clock.exchanged(300, 1_380, 1_380, 400);
    expect(clock.offsetMs).toBe(1_000);
  });

  it("LNK11 an exchange older than the last eight is forgotten", () => {
    const clock = new ClockSync();
    clock.exchanged(0, 500, 500, 2);
    for (let round = 0; round < EXCHANGES; round += 1) clock.exchanged(0, 1_020, 1_020, 40);
    expect(clock.offsetMs).toBe(1_000);
  });

  it("LNK11 the welcome is a guess until the first exchange", () => {
    const clock = new ClockSync();
    clock.guess(5_000, 1_000);
    expect(clock.offsetMs).toBe(4_000);
    clock.exchanged(1_000, 5_100, 5_100, 1_010);
    clock.guess(9_999, 1_000);
    expect(clock.offsetMs).toBe(4_095);
  });

  it("LNK11 eight exchanges a second apart and then one round every five minutes", () => {
    const clock = new ClockSync();
    clock.beginRound();
    const steps = Array.from({ length: EXCHANGES + 1 }, () => clock.stepMs());
    expect(steps).toEqual([...Array.from({ length: 7 }, () => 1_000), 300_000, 1_000]);
  });
});
