import { describe, expect, it } from "vitest";
import { leadersOf, readFigures } from "./figures.js";

const TOP = [
  { name: "阿强", author: "a1", tier: "gold", score: 520 },
  { name: "", tier: "basic", score: 12 },
];

describe("the leaderboard's pulse", () => {
  it("L8 is of its own show alone, and nobody is named who does not want to be", () => {
    const pulses = { leaderboard: { show: "s1", top: TOP } };
    expect(leadersOf(pulses, "s1")).toEqual([TOP[0], { ...TOP[1], author: null }]);
    expect(leadersOf(pulses, "s2")).toEqual([]);
    expect(leadersOf(pulses, null)).toEqual([]);
  });

  it("R8 what cannot be read is no leaderboard", () => {
    for (const broken of [undefined, null, 7, { show: "s1" }, { show: "s1", top: [{ name: "x" }] }]) {
      expect(leadersOf(broken === undefined ? {} : { leaderboard: broken }, "s1")).toEqual([]);
    }
  });
});

describe("a host's figures", () => {
  it("R8 are read whole or not at all; what is not known is null", () => {
    expect(readFigures({ as_of_ms: 1, audience: null, show: null, outstanding: null })).toEqual({ as_of_ms: 1, audience: null, show: null, outstanding: null });
    expect(readFigures({ as_of_ms: 1, audience: { online: 3 } })).toBeNull();
    expect(readFigures("no")).toBeNull();
  });
});
