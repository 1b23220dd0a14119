import { describe, expect, it } from "vitest";
import { aToken } from "./testing.js";
import { renewAtMs, sameMember } from "./token-claims.js";

describe("renewAtMs", () => {
  it("LNK13 a minute before the end, and of a short life its last fifth", () => {
    expect(renewAtMs(aToken({ sub: "m1", iat: 1_000, exp: 4_600 }))).toBe(4_540_000);
    expect(renewAtMs(aToken({ sub: "m1", iat: 1_000, exp: 1_010 }))).toBe(1_008_000);
  });

  it.each(["", "ticket", "a.b.c", `x.${btoa("[1]")}.y`, aToken({ exp: "soon" })])("LNK13 %s tells no time", (token) => {
    expect(renewAtMs(token)).toBeNull();
  });
});

describe("sameMember", () => {
  it("LNK13 compares whom the tokens speak for, in any script", () => {
    const mei = aToken({ sub: "wx:m1", exp: 1 });
    expect(sameMember(mei, aToken({ sub: "wx:m1", exp: 2 }))).toBe(true);
    expect(sameMember(mei, aToken({ sub: "wx:m2", exp: 1 }))).toBe(false);
    expect(sameMember("ticket", "ticket")).toBe(false);
  });
});
