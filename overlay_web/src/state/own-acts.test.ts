import { describe, expect, it } from "vitest";
import { read } from "../wire/testing.js";
import { isSending, ownOf, subjectOf, withAnswerTo, withAsked } from "./own-acts.js";
import type { OwnActs } from "./own-acts.js";

const VOTE = { name: "vote", data: { poll: "p1", option: "b" } } as const;
const PERMIT = { name: "permit", data: { gate: "g1" } } as const;
const ENTER = { name: "enter_draw", data: { draw: "d1" } } as const;
const done = (result: object) => read("done", { ref: "r", result });
const refused = (code: string, details: object | null = null) => read("refused", { ref: "r", code, message: "", details });

describe("what became of a press", () => {
  it("BRD6 a vote is a wish until the server has it", () => {
    const asked = withAsked({}, VOTE);
    expect([isSending(asked, "poll:p1"), ownOf(asked, "poll:p1").wish, ownOf(asked, "poll:p1").choice]).toEqual([true, "b", null]);
    expect(ownOf(withAnswerTo(asked, VOTE, done({ points: 5, growth: 0, rule: "vote" })), "poll:p1")).toMatchObject({ choice: "b", wish: null, said: null });
  });

  it("BRD6 E10 a second vote is not taken for the first", () => {
    const own = ownOf(withAnswerTo(withAsked({}, VOTE), VOTE, done({ points: 0, growth: 0, rule: "vote", why_nothing: "duplicate" })), "poll:p1");
    expect(own).toMatchObject({ choice: null, said: { tone: "nothing", why: "duplicate" } });
    const capped = done({ points: 0, growth: 0, rule: "vote", why_nothing: "cap_reached" });
    expect(ownOf(withAnswerTo({}, VOTE, capped), "poll:p1").choice).toBe("b");
  });

  it("BRD5 a permit is kept, a refusal says why and when", () => {
    const grant = { permit: "p.p.p", link: "https://shop.example/s1", sku: "s1", expires_ms: 60_000 };
    expect(ownOf(withAnswerTo({}, PERMIT, done(grant)), "gate:g1").permit).toEqual(grant);
    const early = ownOf(withAnswerTo({}, PERMIT, refused("not_open", { opens_ms: 5 })), "gate:g1");
    expect(early).toMatchObject({ permit: null, said: { tone: "refused", code: "not_open", opensMs: 5 } });
    expect(ownOf(withAnswerTo({}, PERMIT, refused("sold_out")), "gate:g1").said).toMatchObject({ code: "sold_out", opensMs: null });
  });

  it("P3 every ticket is kept, and unanswered is said so", () => {
    const one = withAnswerTo({}, ENTER, done({ points: -20, growth: 0, rule: "draw", draw: "d1", ticket: 7, tag: "t_x" }));
    const two: OwnActs = withAnswerTo(one, ENTER, done({ points: -20, growth: 0, rule: "draw", draw: "d1", ticket: 9, tag: "t_y" }));
    expect(ownOf(two, "draw:d1").tickets.map(({ ticket }) => ticket)).toEqual([7, 9]);
    const lost = ownOf(withAnswerTo(two, ENTER, { type: "unsent", ref: "r" }), "draw:d1");
    expect([lost.said, lost.tickets.length]).toEqual([{ tone: "unsent" }, 2]);
  });

  it("BRD6 other acts are about nothing on the board", () => {
    const acts: OwnActs = {};
    expect(subjectOf({ name: "check_in", data: {} })).toBeNull();
    expect(withAsked(acts, { name: "like", data: { count: 1 } })).toBe(acts);
  });
});
