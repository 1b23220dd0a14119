import { describe, expect, it } from "vitest";
import type { ServerFrame } from "../wire/frames.js";
import { aCard, aCardMap, aRoom, read, welcomeMap } from "../wire/testing.js";
import { countOf, fold, newerCard, nothingYet } from "./room-state.js";
import type { RoomState } from "./room-state.js";

const after = (...frames: readonly ServerFrame[]): RoomState => frames.reduce(fold, nothingYet);
const welcome = (over: Readonly<Record<string, unknown>> = {}) => read("welcome", welcomeMap(over));
const comment = (id: string) => read("comment", { id, author: "a", name: "小美", tier: "silver", text: id, at_ms: 1 });
const pulse = (key: string, value: number) => read("pulse", { key, value });

describe("fold", () => {
  it("FLD1 a welcome that is not recovered replaces the room and a recovered one leaves it", () => {
    const state = after(welcome({ room: aRoom({ name: "旧" }) }), read("room", { offset: 1, patch: { name: "新" } }));
    expect(fold(state, welcome({ recovered: true, room: null })).room?.name).toBe("新");
    expect(fold(state, welcome({ room: aRoom({ name: "另" }) })).room?.name).toBe("另");
  });

  it("FLD3 keeps the latest pulse per key, and a fresh welcome replaces all of them", () => {
    const state = after(welcome({ pulses: { online: 1, old: 1 } }), pulse("online", 5), pulse("likes", 9), pulse("likes", 10));
    expect(state.pulses).toEqual({ online: 5, old: 1, likes: 10 });
    expect(fold(state, welcome({ pulses: { online: 2 } })).pulses).toEqual({ online: 2 });
    expect(fold(state, welcome({ recovered: true, room: null, pulses: { online: 2 } })).pulses).toMatchObject({ likes: 10, online: 2 });
  });

  it("FLD3 a count is a whole number from 0 up, or not known", () => {
    expect([countOf({ likes: 3.7 }, "likes"), countOf({ likes: -2 }, "likes"), countOf({ likes: "9" }, "likes"), countOf({}, "likes")]).toEqual([3, 0, null, null]);
  });

  it("FLD4 takes retracted comments off the screen", () => {
    const state = after(welcome(), comment("c1"), comment("c2"));
    expect(fold(state, read("retract", { offset: 1, ids: ["c1"] })).comments.map(({ id }) => id)).toEqual(["c2"]);
    expect(fold(state, read("retract", { offset: 1, author: "a" })).comments).toEqual([]);
  });

  it("FLD6 a notice that comes twice is one notice", () => {
    const notice = read("notice", { id: "n1", kind: "points", text: { "zh-CN": "", en: "" }, params: {}, expires_ms: null });
    const state = after(welcome(), notice);
    expect(fold(state, notice)).toBe(state);
  });

  it("FLD1 what is no state changes none", () => {
    const state = after(welcome());
    expect(fold(state, read("void", { offset: 3 }))).toBe(state);
    expect(fold(state, read("done", { ref: "r", result: {} }))).toBe(state);
  });
});

describe("newerCard", () => {
  const card = (version: number, as_of_ms: number, member = "m1") => aCard({ version, as_of_ms, member });

  it.each([
    ["a higher version", card(1, 9), card(2, 1), "came"],
    ["a lower version", card(2, 1), card(1, 9), "shown"],
    ["the same version, later", card(1, 1), card(1, 2), "came"],
    ["the same version, earlier", card(1, 2), card(1, 1), "shown"],
    ["another member's, however old", card(5, 5), card(1, 1, "m2"), "came"],
  ] as const)("FLD2 %s", (_, shown, came, winner) => {
    expect(newerCard(shown, came)).toBe(winner === "came" ? came : shown);
  });

  it("FLD2 a welcome without a card leaves the last known one on screen", () => {
    const state = after(welcome({ card: aCardMap() }), welcome({ card: null }));
    expect(state.card?.member).toBe("m1");
  });
});
