import { describe, expect, it } from "vitest";
import { fold, nothingYet } from "../state/room-state.js";
import type { RoomState } from "../state/room-state.js";
import { aRoom, read, welcomeMap } from "../wire/testing.js";
import { boardOf, hasCountdown, isEmpty, readPreview, readTaskLine, readTaskLines } from "./board.js";

const TASK = { kind: "share", title: "分享", reward: 100, target: 1, starts_ms: 0, ends_ms: 600_000, state: "running", budget: 10_000, order: 1, rev: 1 };

function stateOf(room: Readonly<Record<string, unknown>>, pulses: Readonly<Record<string, unknown>> = {}): RoomState {
  return fold(nothingYet, read("welcome", welcomeMap({ room: aRoom(room), pulses })));
}

const board = (room: Readonly<Record<string, unknown>>, pulses: Readonly<Record<string, unknown>> = {}, lines: unknown = { tasks: [] }) => {
  const found = boardOf(stateOf(room, pulses), readTaskLines(lines));
  if (found === null) throw new Error("no board");
  return found;
};

describe("board", () => {
  it("PNL8 before the first welcome there is none; a quiet room is empty", () => {
    expect(boardOf(nothingYet, new Map())).toBeNull();
    expect(isEmpty(board({}))).toBe(true);
    expect(hasCountdown(board({}))).toBe(false);
  });

  it("PNL8 a task has what is done and left from whichever is ahead, and its rev from the host's own list", () => {
    const line = { id: "t1", rev: 7, spent: 300, done: 3, state: "running", ends_ms: 600_000 };
    const [fresh] = board({ tasks: { t1: TASK } }).tasks;
    expect([fresh?.done, fresh?.budgetLeft, fresh?.rev]).toEqual([0, 10_000, null]);
    const [listed] = board({ tasks: { t1: TASK } }, {}, { tasks: [line] }).tasks;
    expect([listed?.done, listed?.budgetLeft, listed?.rev]).toEqual([3, 9_700, 7]);
    const [ahead] = board({ tasks: { t1: TASK } }, { "task:t1": { done: 5, budget_left: 9_500 } }, { tasks: [line] }).tasks;
    expect([ahead?.done, ahead?.budgetLeft]).toEqual([5, 9_500]);
  });

  it("PNL4 a list that tells another state than the room has no rev to press with", () => {
    const line = { id: "t1", rev: 7, spent: 300, done: 3, state: "running", ends_ms: 600_000 };
    const [paused] = board({ tasks: { t1: { ...TASK, state: "paused" } } }, {}, { tasks: [line] }).tasks;
    expect(paused?.rev).toBeNull();
  });

  it("PNL8 shows what runs in order, and nothing that is over or of a wrong shape", () => {
    const seen = board({
      tasks: { b: { ...TASK, order: 2 }, a: { ...TASK, order: 5 }, over: { ...TASK, state: "ended" }, wrong: { ...TASK, reward: "viele" } },
      gates: { g: { title: "油", price: 1, public_ms: 9, stock: 5, state: "cancelled" } },
    });
    expect(seen.tasks.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(seen.gates).toEqual([]);
    expect(hasCountdown(seen)).toBe(true);
  });

  it("PNL8 counters come from their pulses", () => {
    const seen = board(
      {
        gates: { g: { title: "油", price: 1, public_ms: 9, stock: 5, state: "scheduled" }, s: { title: "茶", price: 1, public_ms: 9, stock: 5, state: "sold_out" } },
        first_n: { f: { title: "前50", n: 50, points: 200, state: "open" }, full: { title: "前2", n: 2, points: 1, state: "full" } },
        polls: { p: { question: "哪个", options: [{ id: "o1", text: "红" }], ends_ms: 9, state: "open" } },
      },
      { "gate:g": { stock_left: 2 }, "first_n:f": { taken: 12 }, "poll:p": { o1: 4 }, online: 40, likes: 7, overload: 9 },
    );
    expect(seen.gates.map(({ stockLeft }) => stockLeft)).toEqual([2, 0]);
    expect(seen.firstN.map(({ taken }) => taken)).toEqual([12, 2]);
    expect(seen.polls[0]?.votes).toEqual({ o1: 4 });
    expect([seen.online, seen.likes, seen.overload]).toEqual([40, 7, 4]);
  });

  it("PNL1 reads the server's preview, and nothing that is none", () => {
    const preview = { audience: 40, max_points: 4_000, max_cost: 4_000, expected_points: 2_000, expected_members: 20 };
    expect(readPreview(preview)).toEqual(preview);
    expect(readPreview({ audience: "many" })).toBeNull();
    expect(readTaskLine(null)).toBeNull();
  });
});
