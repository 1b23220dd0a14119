import { describe, expect, it } from "vitest";
import { aCard } from "../wire/testing.js";
import { myTimeMs, settledTier, stepsOf } from "./gate-times.js";
import { aGate, NOW, roomWith } from "./testing-board.js";

const room = roomWith({ gates: { g1: aGate(), g2: aGate({ opens_ms: { gold: NOW, black: NOW, silver: NOW + 60_000 } }) } });
const [plain, two] = [room.activities.gates.g1, room.activities.gates.g2] as const;
if (plain === undefined || two === undefined) throw new Error("unread");

describe("gate times", () => {
  it("BRD5 tiers of one time stand together, highest first; who waits with everybody is not named", () => {
    expect(stepsOf(plain, room.tiers)).toEqual([{ atMs: NOW, tiers: ["black"] }, { atMs: NOW + 300_000, tiers: [] }]);
    expect(stepsOf(two, room.tiers).map(({ tiers }) => tiers)).toEqual([["black", "gold"], ["silver"], []]);
  });

  it("BRD5 the viewer's time is that of the settled tier: a boost does not count, a grant does", () => {
    const boosted = aCard({ tier: "black", real_tier: "gold", boost: { tier: "black", until_ms: NOW + 1 } });
    const granted = aCard({ tier: "black", real_tier: "gold", boost: null });
    expect([settledTier(boosted), settledTier(granted)]).toEqual(["gold", "black"]);
    expect([myTimeMs(plain, boosted), myTimeMs(plain, granted)]).toEqual([NOW + 300_000, NOW]);
  });

  it("BRD5 whoever has no card, and a tier that came since, wait for everybody's time", () => {
    expect([myTimeMs(plain, null), myTimeMs(plain, aCard({ tier: "pearl" }))]).toEqual([NOW + 300_000, NOW + 300_000]);
  });
});
