import { describe, expect, it } from "vitest";
import { isLingering, noEndings, withEndings } from "./endings.js";
import { aFirstN, aTask, NOW, roomWith } from "./testing-board.js";

const at = (items: Readonly<Record<string, unknown>>) => roomWith(items).activities;

describe("endings", () => {
  it("BRD4 is the same object while nothing begins or ends", () => {
    const running = withEndings(noEndings, at({ tasks: { t1: aTask() } }), NOW);
    expect(withEndings(running, at({ tasks: { t1: aTask({ title: "another" }) } }), NOW + 5_000)).toBe(running);
  });

  it("BRD4 an end is told once and goes with its item", () => {
    const running = withEndings(noEndings, at({ first_n: { f1: aFirstN() } }), NOW);
    const full = withEndings(running, at({ first_n: { f1: aFirstN({ state: "full" }) } }), NOW);
    expect([isLingering(full, "first_n:f1", NOW + 11_999), isLingering(full, "first_n:f1", NOW + 12_000)]).toEqual([true, false]);
    expect(withEndings(full, at({ first_n: { f1: aFirstN({ state: "full" }) } }), NOW + 60_000).untilMs["first_n:f1"]).toBe(NOW + 12_000);
    expect(withEndings(full, at({}), NOW).untilMs).toEqual({});
  });
});
