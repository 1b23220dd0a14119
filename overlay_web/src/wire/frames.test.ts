import { describe, expect, it } from "vitest";
import { readFrame, readers } from "./frames.js";
import { aCardMap, momentMap, read, welcomeMap } from "./testing.js";

/** One valid frame of every type the server may send. */
const EVERY = {
  welcome: welcomeMap({ card: aCardMap() }),
  room: { offset: 1, patch: { pinned: null } },
  moment: momentMap(),
  retract: { offset: 1, ids: ["c1"] },
  void: { offset: 9 },
  pulse: { key: "poll:p1", value: { o1: 3 } },
  comment: { id: "c1", author: "a", name: "小美", tier: "silver", text: "好看", at_ms: 1 },
  beacon: { epoch: "e1", offset: 3, server_time_ms: 5, nonce: "n" },
  card: { card: aCardMap() },
  notice: { id: "n1", kind: "points", text: { "zh-CN": "分享", en: "Shared" }, params: { points: 10 }, expires_ms: 9 },
  time: { t0: 1, t1: 2, t2: 3 },
  done: { ref: "r", result: { points: 5, growth: 2, rule: "comment" } },
  refused: { ref: "r", code: "muted", message: "", details: {} },
  bye: { code: 4000, reason: "going away", retry_after_ms: 200 },
} as const;

describe("readFrame", () => {
  it.each(Object.keys(readers))("WIR2 reads %s and leaves out keys it does not know", (type) => {
    const frame = readFrame({ ...EVERY[type as keyof typeof EVERY], type, brand_new: 1 });
    expect(frame.type).toBe(type);
    expect(frame).not.toHaveProperty("brand_new");
  });

  it("WIR2 an absent key that may be null is null", () => {
    const { card } = read("card", { card: aCardMap({ next: undefined, today: undefined }) });
    expect(card).toMatchObject({ next: null, boost: null, retention: null, coupons: [], multiplier: 1 });
    expect(card?.today).toEqual({ earned: 0, claimable: 0, ways: [] });
  });

  it("WIR3 an unknown type keeps its offset and is no error", () => {
    expect(readFrame({ type: "hologram", offset: 7, beam: true })).toEqual({ type: "unknown", offset: 7 });
    expect(readFrame({ type: "toString" })).toEqual({ type: "unknown", offset: null });
  });

  it.each([
    ["a room without a patch", { type: "room", offset: 4 }, "room.patch"],
    ["a moment in one language", momentMap({ text: { en: "x" } }), "moment.text.zh-CN"],
    ["an offset that is no integer", { type: "void", offset: 1.5 }, "void.offset"],
    ["an integer beyond 2^53", { type: "time", t0: 2 ** 60, t1: 1, t2: 1 }, "time.t0"],
    ["a rank that is none", momentMap({ rank: 9 }), "moment.rank"],
    ["null inside the room", welcomeMap({ room: { id: "r1", pinned: null } }), "welcome.room.pinned"],
    ["no map at all", 42, "frame"],
  ])("WIR4 %s is unreadable, named by its place", (_, value, path) => {
    expect(readFrame(value)).toMatchObject({ type: "unreadable", fault: { path } });
  });

  it("WIR5 a card of a wrong shape does not keep anybody out of the room", () => {
    const frame = read("welcome", welcomeMap({ card: { member: 5 } }));
    expect(frame.card).toBeNull();
    expect(frame.room).toMatchObject({ id: "r1" });
  });

  it("WIR5 a comment of a wrong shape does not take its neighbours away", () => {
    const { comments } = read("welcome", welcomeMap({ comments: [EVERY.comment, { id: 3 }, null] }));
    expect(comments.map(({ id }) => id)).toEqual(["c1"]);
  });
});
