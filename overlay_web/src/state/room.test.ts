import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonMap } from "../wire/shape.js";
import { patchRoom } from "./room.js";

const ROOM: JsonMap = { id: "r1", show: { id: "s1", status: "live" }, tasks: { t1: { rev: 1, title: "分享" }, t2: { rev: 1 } } };

describe("patchRoom", () => {
  it("FLD1 an entry of a map by id is replaced whole and its neighbours stay", () => {
    expect(patchRoom(ROOM, { tasks: { t1: { rev: 2 } } }).tasks).toEqual({ t1: { rev: 2 }, t2: { rev: 1 } });
  });

  it("FLD1 any other key is replaced whole, not merged", () => {
    expect(patchRoom(ROOM, { show: { status: "ended" } }).show).toEqual({ status: "ended" });
  });

  it("FLD1 null removes a key, an entry, and with its last entry the map", () => {
    expect(patchRoom(ROOM, { show: null })).not.toHaveProperty("show");
    const one = patchRoom(ROOM, { tasks: { t1: null } });
    expect(one.tasks).toEqual({ t2: { rev: 1 } });
    expect(patchRoom(one, { tasks: { t2: null } })).not.toHaveProperty("tasks");
    expect(patchRoom(ROOM, { gates: { g1: null } })).not.toHaveProperty("gates");
  });

  it("FLD1 a patch leaves the room it was put on as it was", () => {
    const before = structuredClone(ROOM);
    patchRoom(ROOM, { tasks: { t1: null }, show: null, pinned: { id: "p" } });
    expect(ROOM).toEqual(before);
  });

  it("FLD1 a key called like a built-in is a key", () => {
    const patch = JSON.parse('{"tasks": {"__proto__": {"rev": 1}}}') as JsonMap;
    const tasks = patchRoom({}, patch).tasks as JsonMap;
    expect(Object.keys(tasks)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(tasks)).toBe(Object.prototype);
  });

  it("FLD1 a patch put on twice is a patch put on once, and the room never holds null", () => {
    const value = fc.option(fc.record({ rev: fc.nat(9) }), { nil: null });
    const entries = fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 });
    const patch = fc.record({ tasks: entries, polls: entries, show: value, pinned: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 12 }), (patches) => {
        const once = patches.reduce<JsonMap>((room, next) => patchRoom(room, next), {});
        const twice = patches.reduce<JsonMap>((room, next) => patchRoom(patchRoom(room, next), next), {});
        expect(twice).toEqual(once);
        expect(JSON.stringify(once)).not.toContain("null");
      }),
    );
  });
});
