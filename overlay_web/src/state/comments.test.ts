import { describe, expect, it } from "vitest";
import { KEPT, withAccepted, withOwn, withoutOwn, withPosted, withWelcome } from "./comments.js";
import type { Comments } from "./comments.js";

const mine = { author: "a-me", name: "晚风", tier: "bronze", text: "好看  想要", at_ms: 1 };
const posted = (id: string, over = {}) => ({ ...mine, id, ...over });
const brief = (comments: Comments) => comments.map(({ id, state }) => `${id} ${state}`);

describe("comments", () => {
  it("FLD4 one's own shows at once and becomes the public one when that comes", () => {
    const sending = withOwn([], "r1", mine);
    expect(brief(sending)).toEqual(["r1 sending"]);
    const public_ = withPosted(sending, posted("c9", { text: "好看 想要" }));
    expect(brief(public_)).toEqual(["c9 posted"]);
    expect(withAccepted(public_, "r1", 5)[0]).toMatchObject({ id: "c9", gain: 5 });
  });

  it("FLD4 the answer may come first, and the public frame never", () => {
    const accepted = withAccepted(withOwn([], "r1", mine), "r1", 5);
    expect(brief(accepted)).toEqual(["r1 posted"]);
    expect(brief(withPosted(accepted, posted("c9")))).toEqual(["c9 posted"]);
    expect(withPosted(accepted, posted("c9"))[0]?.gain).toBe(5);
  });

  it("FLD4 the same words twice are two comments, each joined with its own", () => {
    const two = withOwn(withOwn([], "r1", mine), "r2", mine);
    const joined = withPosted(withPosted(two, posted("c1")), posted("c2"));
    expect(joined.map(({ id, ref }) => `${id} ${ref ?? ""}`)).toEqual(["c1 r1", "c2 r2"]);
  });

  it("FLD4 somebody else's same words are not mine", () => {
    expect(brief(withPosted(withOwn([], "r1", mine), posted("c1", { author: "a-other" })))).toEqual(["r1 sending", "c1 posted"]);
  });

  it("FLD4 what was refused goes", () => {
    expect(withoutOwn(withOwn([], "r1", mine), "r1")).toEqual([]);
  });

  it("FLD4 a recovered welcome fills up and another replaces all but what is on its way", () => {
    const shown = withOwn(withPosted([], posted("c1", { text: "a" })), "r1", mine);
    const last = [posted("c1", { text: "a" }), posted("c2", { text: "b" })];
    expect(brief(withWelcome(shown, last, true))).toEqual(["c1 posted", "r1 sending", "c2 posted"]);
    expect(brief(withWelcome(shown, [posted("c3", { text: "c" })], false))).toEqual(["r1 sending", "c3 posted"]);
  });

  it("FLD4 an evening of comments does not fill the page", () => {
    let comments: Comments = [];
    for (let count = 0; count < KEPT * 3; count += 1) comments = withPosted(comments, posted(`c${count}`));
    expect(comments).toHaveLength(KEPT);
    expect(comments.at(-1)?.id).toBe(`c${KEPT * 3 - 1}`);
  });
});
