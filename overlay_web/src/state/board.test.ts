import { describe, expect, it } from "vitest";
import { aCard } from "../wire/testing.js";
import { arranged, nextBoardMs } from "./board.js";
import { noEndings, withEndings } from "./endings.js";
import { aDraw, aFirstN, aGate, aPoll, aTask, board, NOW, only, roomWith } from "./testing-board.js";

const FULL = { tasks: { t1: aTask() }, gates: { g1: aGate() }, polls: { p1: aPoll() }, first_n: { f1: aFirstN() }, draws: { d1: aDraw() } };
const gold = aCard({ tier: "gold" });
const keys = (entries: ReturnType<typeof board>) => entries.map(({ key }) => key);

describe("what runs in a room", () => {
  it("BRD1 the most pressing comes first", () => {
    expect(keys(board(FULL, { card: aCard({ tier: "black" }) }))).toEqual(["gate:g1", "task:t1", "poll:p1", "first_n:f1", "draw:d1"]);
    expect(keys(board(FULL, { card: gold }))).toEqual(["task:t1", "poll:p1", "gate:g1", "first_n:f1", "draw:d1"]);
    const hurry = { ...FULL, tasks: { t1: aTask(), t2: aTask({ ends_ms: NOW + 20_000, order: 2 }) } };
    expect(keys(board(hurry, { card: gold })).slice(0, 2)).toEqual(["task:t2", "task:t1"]);
  });

  it("BRD1 what the viewer has done with steps back, what was chosen stands in front", () => {
    const done = aCard({ tier: "gold", tasks: { t1: { count: 5, target: 5, state: "done" } } });
    const voted = { "poll:p1": { said: null, choice: "a", wish: null, permit: null, tickets: [] } };
    const entries = board(FULL, { card: done, own: voted });
    expect(keys(entries)).toEqual(["gate:g1", "first_n:f1", "draw:d1", "task:t1", "poll:p1"]);
    expect(keys(arranged(entries, "draw:d1"))[0]).toBe("draw:d1");
    expect(arranged(entries, "poll:gone")).toBe(entries);
  });

  it("L3 BRD3 progress is the card's, the room's number is the pulse's", () => {
    const card = aCard({ tasks: { t1: { count: 3, target: 5, state: "running" } } });
    const entry = only("task", board({ tasks: { t1: aTask() } }, { card, pulses: { "task:t1": { done: 128, budget_left: 100 } } }));
    expect(entry).toMatchObject({ phase: "running", remainingMs: 247_000, own: { count: 3 }, isDone: false, done: 128, isSpent: false });
    expect(only("task", board({ tasks: { t1: aTask() } }, { pulses: { "task:t1": { done: 9, budget_left: 99 } } })).isSpent).toBe(true);
  });

  it("L3 a paused task stands still", () => {
    const paused = aTask({ state: "paused", remaining_ms: 95_000 });
    expect(only("task", board({ tasks: { t1: paused } }, { now: NOW + 10 * 60_000 }))).toMatchObject({ phase: "paused", remainingMs: 95_000, atMs: null });
  });

  it("BRD4 an end stays some seconds, for those who saw it run", () => {
    const room = roomWith({ tasks: { t1: aTask() } });
    const running = withEndings(noEndings, room.activities, NOW);
    const end = NOW + 247_000;
    const ended = withEndings(running, room.activities, end);
    expect(only("task", board({ tasks: { t1: aTask() } }, { now: end, endings: ended })).phase).toBe("over");
    expect(board({ tasks: { t1: aTask() } }, { now: end + 8_000, endings: ended })).toEqual([]);
    expect(board({ tasks: { t1: aTask({ state: "ended" }) } }, { now: end })).toEqual([]);
    const cancelled = { tasks: { t1: aTask({ state: "cancelled" }) } };
    expect(only("task", board(cancelled, { endings: withEndings(running, roomWith(cancelled).activities, NOW) })).phase).toBe("cancelled");
  });

  it("BRD4 L12 a show that is over, and a replay, show none of it", () => {
    for (const status of ["ended", "replay"]) expect(board({ ...FULL, show: { id: "s1", status, title: "" } })).toEqual([]);
  });

  it("L5 BRD5 a gate opens by the clock alone, for each at their time", () => {
    const gates = { gates: { g1: aGate() } };
    expect(only("gate", board(gates, { card: gold })).phase).toBe("before");
    expect(only("gate", board(gates, { card: aCard({ tier: "black" }) })).phase).toBe("open");
    expect(only("gate", board(gates, { card: gold, now: NOW + 300_000, pulses: { "gate:g1": { stock_left: 7 } } }))).toMatchObject({ phase: "open", left: 7 });
  });

  it("L8 votes are summed, a closed poll keeps its result", () => {
    const pulses = { "poll:p1": { a: 30, b: 10 } };
    expect(only("poll", board({ polls: { p1: aPoll() } }, { pulses }))).toMatchObject({ isOpen: true, total: 40 });
    expect(only("poll", board({ polls: { p1: aPoll() } }, { pulses, now: NOW + 90_000 }))).toMatchObject({ isOpen: false, total: 40 });
  });

  it("L4 the counter of first-N never shows more than there are", () => {
    expect(only("first_n", board({ first_n: { f1: aFirstN() } }, { pulses: { "first_n:f1": { taken: 37 } } })).taken).toBe(37);
    expect(only("first_n", board({ first_n: { f1: aFirstN() } }, { pulses: { "first_n:f1": { taken: 51 } } })).taken).toBe(50);
  });

  it("P3 a draw waits between its end and its result", () => {
    const at = (over: Readonly<Record<string, unknown>>) => only("draw", board({ draws: { d1: aDraw(over) } })).phase;
    expect([at({}), at({ ends_ms: NOW }), at({ state: "closed" }), at({ state: "drawn" })]).toEqual(["open", "waiting", "waiting", "drawn"]);
  });

  it("OVL8 burned into the picture nothing of the viewer's is known", () => {
    const card = aCard({ tier: "gold", tasks: { t1: { count: 3, target: 5, state: "running" } } });
    const entries = board(FULL, { card, isPublic: true, own: { "poll:p1": { said: null, choice: "a", wish: null, permit: null, tickets: [] } } });
    expect(entries.find(({ kind }) => kind === "task")).toMatchObject({ own: null });
    expect(entries.find(({ kind }) => kind === "poll")).toMatchObject({ own: { choice: null } });
    expect(entries.find(({ kind }) => kind === "gate")).toMatchObject({ mineMs: NOW, phase: "open", atMs: NOW + 300_000 });
  });

  it("BRD2 it wakes for the next second of a countdown or when an end has been seen, else never", () => {
    const tasks = { tasks: { t1: aTask({ ends_ms: NOW + 2_300 }) } };
    expect(nextBoardMs(board(tasks), noEndings, NOW)).toBe(NOW + 300);
    expect(nextBoardMs(board({ first_n: { f1: aFirstN() } }), noEndings, NOW)).toBeNull();
    expect(nextBoardMs([], { running: new Set(), untilMs: { "task:t1": NOW + 40, "task:t0": NOW - 1 } }, NOW)).toBe(NOW + 40);
  });
});
