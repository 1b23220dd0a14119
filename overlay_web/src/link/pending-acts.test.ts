import { describe, expect, it } from "vitest";
import { GIVE_UP_MS, PendingActs, RESEND_MS } from "./pending-acts.js";

const SHARE = { name: "share", data: { channel: "copy" } } as const;

describe("PendingActs", () => {
  it("LNK9 is due at once, again after five seconds, and never after its answer", () => {
    const acts = new PendingActs();
    acts.add("r1", SHARE, 0);
    expect(acts.due(0)).toEqual([{ ref: "r1", act: SHARE }]);
    expect(acts.due(RESEND_MS - 1)).toEqual([]);
    expect(acts.due(RESEND_MS)).toHaveLength(1);
    expect([acts.settle("r1"), acts.settle("r1")]).toEqual([true, false]);
    expect(acts.due(GIVE_UP_MS)).toEqual([]);
  });

  it("LNK9 a new connection sends what the old one left unanswered", () => {
    const acts = new PendingActs();
    acts.add("r1", SHARE, 0);
    acts.due(0);
    acts.forgetSending();
    expect(acts.due(1)).toHaveLength(1);
  });

  it("LNK9 is given up after a minute, once", () => {
    const acts = new PendingActs();
    acts.add("r1", SHARE, 0);
    expect(acts.giveUp(GIVE_UP_MS - 1)).toEqual([]);
    expect(acts.giveUp(GIVE_UP_MS)).toEqual([{ type: "unsent", ref: "r1" }]);
    expect(acts.giveUp(GIVE_UP_MS)).toEqual([]);
    expect(acts.settle("r1")).toBe(false);
  });

  it("LNK9 wants to be looked at when the next act is due", () => {
    const acts = new PendingActs();
    expect(acts.nextMs(true)).toBeNull();
    acts.add("r1", SHARE, 100);
    acts.due(100);
    expect([acts.nextMs(true), acts.nextMs(false)]).toEqual([100 + RESEND_MS, 100 + GIVE_UP_MS]);
  });
});
