import { describe, expect, it } from "vitest";
import { nextSendMs, noLikes, toSend, withAnswer, withCount, withSent, withTap } from "./likes.js";
import type { Likes } from "./likes.js";

const tapped = (times: number, likes: Likes = noLikes): Likes => Array.from({ length: times }).reduce<Likes>(withTap, likes);
const counted = withCount(noLikes, 100, "s1");

describe("likes", () => {
  it("FLD5 count under the finger and go out together, once a second, 50 at most", () => {
    const likes = tapped(70, counted);
    expect([likes.shown, toSend(likes, 0)]).toEqual([170, 50]);
    const sent = withSent(likes, "r1", 50, 0);
    expect([toSend(sent, 999), nextSendMs(sent), toSend(sent, 1_000)]).toEqual([0, 1_000, 20]);
    expect(nextSendMs(counted)).toBeNull();
  });

  it("FLD5 the count does not run backwards between the answer and the room's own count", () => {
    const sent = withSent(tapped(3, counted), "r1", 3, 0);
    const answered = withAnswer(sent, "r1", true);
    expect(answered.shown).toBe(103);
    expect(withCount(answered, 101, "s1").shown).toBe(103);
    expect(withCount(answered, 140, "s1").shown).toBe(140);
  });

  it("FLD5 refused likes go out of the count", () => {
    expect(withAnswer(withSent(tapped(3, counted), "r1", 3, 0), "r1", false).shown).toBe(100);
  });

  it("FLD5 another show counts anew", () => {
    expect(withCount(counted, 2, "s2").shown).toBe(2);
  });
});
