import { describe, expect, it } from "vitest";
import { leftOf, minorOf, wholeOf } from "./amount.js";

describe("amounts", () => {
  it.each([
    ["9.9", 990],
    ["0.29", 29],
    [" 1,299 ", 129_900],
    ["100", 10_000],
    ["19.99", 1_999],
    ["9.999", null],
    ["-1", null],
    ["", null],
    ["1e3", null],
  ])("PNL5 money %j is %j minor units", (typed, minor) => {
    expect(minorOf(typed)).toBe(minor);
  });

  it.each([["50", 50], ["0", null], ["101", null], ["5.5", null], ["x", null]])("PNL5 %j from 1 to 100 is %j", (typed, whole) => {
    expect(wholeOf(typed, 1, 100)).toBe(whole);
  });

  it("PNL8 what is left is rounded up and never below zero", () => {
    expect([leftOf(600_000, 0), leftOf(600_000, 540_500), leftOf(1, 0), leftOf(0, 5_000), leftOf(3_723_000, 0)]).toEqual(["10:00", "1:00", "0:01", "0:00", "1:02:03"]);
  });
});
