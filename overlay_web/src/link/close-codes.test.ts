import { describe, expect, it } from "vitest";
import { verdictOf } from "./close-codes.js";

describe("verdictOf", () => {
  it.each([4000, 4001, 4002, 4003, 4004, 4499, 1000, 1001, 1005, 1006, 1011, 1012, 1013])("LNK2 %i comes back", (code) => {
    expect(verdictOf(code)).toBe("reconnect");
  });

  it.each([4500, 4501, 4502, 4503, 4504, 4505, 4999, 1002, 1003, 1007, 1009])("LNK3 %i stops", (code) => {
    expect(verdictOf(code)).toBe("stop");
  });

  it("LNK4 4005 wants a fresh token first", () => {
    expect(verdictOf(4005)).toBe("renew-token");
  });
});
