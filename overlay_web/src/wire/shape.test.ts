import { describe, expect, it } from "vitest";
import { attempt, flag, integer, list, mapOf, numeric, oneOf, record, ShapeError, text } from "./shape.js";

describe("readers", () => {
  it("WIR4 name the place inside lists and maps", () => {
    const reader = record({ rows: list(record({ at: integer })), names: mapOf(text) });
    expect(() => reader({ rows: [{ at: 1 }, { at: "x" }], names: {} }, "")).toThrow("rows[1].at must be an integer");
    expect(() => reader({ rows: [], names: { a: 1 } }, "")).toThrow("names.a must be a string");
  });

  it.each([
    [flag, 0],
    [numeric, Number.NaN],
    [integer, "1"],
    [oneOf("a", "b"), "c"],
    [list(text), {}],
    [mapOf(text), []],
    [record({}), null],
  ] as const)("WIR4 refuse what they do not promise (%#)", (reader, value) => {
    expect(() => reader(value, "here")).toThrow(ShapeError);
  });

  it("WIR2 take a key called like a built-in for a key", () => {
    const read = mapOf(integer)(JSON.parse('{"__proto__": 1, "constructor": 2}'), "");
    expect(Object.keys(read)).toEqual(["__proto__", "constructor"]);
  });

  it("WIR4 let an error that is not about shape pass", () => {
    const broken = () => {
      throw new TypeError("a bug of ours");
    };
    expect(() => attempt(broken, 1)).toThrow(TypeError);
  });
});
