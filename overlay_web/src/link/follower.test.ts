import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Follower } from "./follower.js";

const at = (offset: number, epoch = "e1"): Follower => {
  const follower = new Follower();
  follower.welcomed({ epoch, offset }, false);
  return follower;
};

describe("Follower", () => {
  it("LNK6 takes what follows, drops what it has, asks when one is missing", () => {
    const follower = at(4);
    expect([follower.follow(4), follower.follow(5), follower.follow(7)]).toEqual(["drop", "take", "ask"]);
    expect(follower.position).toEqual({ epoch: "e1", offset: 5 });
  });

  it("LNK6 void may jump, but not back", () => {
    const follower = at(4);
    expect([follower.followVoid(9), follower.followVoid(9), follower.follow(10)]).toEqual(["take", "drop", "take"]);
  });

  it("LNK7 after a gap everything numbered waits for the welcome", () => {
    const follower = at(4);
    follower.follow(6);
    expect([follower.follow(5), follower.followVoid(8)]).toEqual(["drop", "drop"]);
    expect(follower.isLost).toBe(true);
    follower.welcomed({ epoch: "e1", offset: 4 }, true);
    expect([follower.follow(5), follower.follow(6)]).toEqual(["take", "take"]);
  });

  it("LNK7 a beacon of a higher offset or another epoch means we are behind", () => {
    const follower = at(4);
    follower.heard({ epoch: "e1", offset: 4 });
    expect(follower.isBehind).toBe(false);
    follower.heard({ epoch: "e1", offset: 5 });
    expect(follower.isBehind).toBe(true);
    follower.follow(5);
    expect(follower.isBehind).toBe(false);
    follower.heard({ epoch: "e2", offset: 1 });
    expect(follower.isBehind).toBe(true);
  });

  it("LNK8 a recovered welcome keeps the position and any other replaces it", () => {
    const follower = at(4);
    follower.follow(5);
    follower.welcomed({ epoch: "e1", offset: 4 }, true);
    expect(follower.position?.offset).toBe(5);
    follower.welcomed({ epoch: "e2", offset: 1 }, false);
    expect(follower.position).toEqual({ epoch: "e2", offset: 1 });
  });

  it("LNK6 whatever is lost, doubled or late, what is taken is in order and each once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }), (offsets) => {
        const follower = at(0);
        const taken = offsets.filter((offset) => follower.follow(offset) === "take");
        expect(taken).toEqual(taken.map((_, index) => index + 1));
      }),
    );
  });
});
