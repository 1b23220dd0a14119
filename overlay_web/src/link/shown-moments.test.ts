import { describe, expect, it } from "vitest";
import { MOST_REMEMBERED, ShownMoments } from "./shown-moments.js";

describe("moments that were passed on", () => {
  it("LNK19 are known by their ids, the oldest of many no longer", () => {
    const shown = new ShownMoments();
    for (let n = 0; n <= MOST_REMEMBERED; n++) expect(shown.isNew(`m${n}`)).toBe(true);
    expect(shown.isNew(`m${MOST_REMEMBERED}`)).toBe(false);
    expect(shown.isNew("m1")).toBe(false);
    expect(shown.isNew("m0")).toBe(true);
  });
});
