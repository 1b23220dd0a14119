import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { momentMap, read } from "../wire/testing.js";
import { advance, emptyQueue, GAP_MS, MOST_WAITING, nextTickMs, onScreen, SHOWN_MS, STALE_MS, WATCHDOG_MS } from "./shoutouts.js";
import type { ShoutEvent, ShoutQueue } from "./shoutouts.js";

type Over = Readonly<Record<string, unknown>> & { readonly mine?: boolean };

const shout = (id: string, { mine = false, ...over }: Over = {}): ShoutEvent => {
  const moment = read("moment", momentMap({ id, author: `a-${id}`, params: { name: id, tier: "silver" }, ...over }));
  return { type: "moment", moment, mine, expiresMs: moment.expires_ms };
};
const TICK: ShoutEvent = { type: "tick" };

/** A queue played to a script of [when, what]. */
const play = (...script: readonly (readonly [number, ShoutEvent])[]): ShoutQueue =>
  script.reduce((queue, [now, event]) => advance(queue, event, now), emptyQueue());
const shown = (queue: ShoutQueue): string | null => onScreen(queue, "shoutout")?.shoutout.moment.id ?? null;
const waiting = (queue: ShoutQueue): readonly string[] => queue.lanes.shoutout.waiting.map(({ moment }) => moment.id);
/** Kinds that do not fold, to speak of the queue alone. */
const apart = (id: string, over: Over = {}): ShoutEvent => shout(id, { params: { name: id, tier: `tier-${id}` }, ...over });

describe("one after the other", () => {
  it("SHO1 shows the first at once, four seconds, and the next 250 ms later", () => {
    const queue = play([0, apart("a")], [0, apart("b")]);
    expect([shown(queue), nextTickMs(queue)]).toEqual(["a", SHOWN_MS]);
    const between = advance(queue, TICK, SHOWN_MS);
    expect([shown(between), nextTickMs(between)]).toEqual([null, SHOWN_MS + GAP_MS]);
    expect(shown(advance(between, TICK, SHOWN_MS + GAP_MS))).toBe("b");
  });

  it("SHO1 each lane shows its own", () => {
    const queue = play([0, apart("a")], [0, shout("t", { kind: "task_done" })], [0, shout("n", { kind: "notice" })]);
    expect((["shoutout", "task", "system"] as const).map((lane) => onScreen(queue, lane)?.shoutout.moment.id)).toEqual(["a", "t", "n"]);
  });

  it("SHO1 the visible length is kept between 3 and 10 s", () => {
    expect([emptyQueue(1).durationMs, emptyQueue(5_000).durationMs, emptyQueue(99_000).durationMs]).toEqual([3_000, 5_000, 10_000]);
  });

  it("SHO1 the same moment twice is shown once", () => {
    expect(waiting(play([0, apart("a")], [0, apart("a")], [0, apart("b")], [0, apart("b")]))).toEqual(["b"]);
  });

  it("SHO9 an empty queue wants no timer, before and after", () => {
    expect(nextTickMs(emptyQueue())).toBeNull();
    expect(nextTickMs(play([0, apart("a")], [SHOWN_MS, TICK], [SHOWN_MS + GAP_MS, TICK]))).toBeNull();
  });
});

describe("a burst", () => {
  it("SHO2 three of one tier within two seconds become one that names the first and counts all", () => {
    const queue = play([0, apart("x")], [100, shout("a")], [200, shout("b")], [300, shout("c", { params: { name: "c", tier: "silver", count: 10 } })]);
    expect(waiting(queue)).toEqual(["a"]);
    expect(queue.lanes.shoutout.waiting[0]).toMatchObject({ count: 3, people: 12, ids: ["a", "b", "c"] });
  });

  it("SHO2 a fourth joins them while the burst goes on", () => {
    const queue = play([0, apart("x")], [100, shout("a")], [200, shout("b")], [300, shout("c")], [2_200, shout("d")]);
    expect(queue.lanes.shoutout.waiting[0]).toMatchObject({ count: 4, people: 4 });
  });

  it("SHO2 two are two, and three over a longer time are three", () => {
    expect(waiting(play([0, apart("x")], [100, shout("a")], [200, shout("b")]))).toEqual(["a", "b"]);
    expect(waiting(play([0, apart("x")], [0, shout("a")], [1_900, shout("b")], [3_500, shout("c")]))).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["another tier", { params: { name: "c", tier: "gold" } }],
    ["another kind", { kind: "redeemed" }],
    ["a test", { is_test: true }],
    ["of rank 0", { rank: 0 }],
  ])("SHO2 %s is not folded in", (_, over) => {
    expect(waiting(play([0, apart("x")], [1, shout("a")], [2, shout("b")], [3, shout("c", over)]))).toHaveLength(3);
  });
});

describe("too late and too many", () => {
  it("SHO3 what waited a minute is not shown", () => {
    const queue = play([0, { type: "pause" }], [0, apart("a")], [10_000, apart("b")], [STALE_MS, { type: "resume" }]);
    expect([shown(queue), queue.stale]).toEqual(["b", 1]);
  });

  it("SHO3 what has expired is not shown, waiting or just come", () => {
    const queue = play([0, apart("a")], [0, apart("b", { expires_ms: 3_000 })], [SHOWN_MS + GAP_MS, TICK]);
    expect([shown(queue), queue.stale]).toEqual([null, 1]);
    expect(shown(play([5_000, apart("c", { expires_ms: 5_000 })]))).toBeNull();
  });

  it("SHO3 a draw's result does not grow stale, it only expires", () => {
    const result = shout("d", { kind: "draw_result", rank: 0, params: {} });
    expect(shown(play([0, { type: "pause" }], [0, result], [STALE_MS * 5, { type: "resume" }]))).toBe("d");
  });

  it("SHO4 over twenty waiting, the oldest of the lowest rank goes and is counted", () => {
    const many = Array.from({ length: MOST_WAITING }, (_, index) => [0, apart(`m${index}`, index === 7 ? { rank: 2 } : {})] as const);
    const queue = play([0, apart("x")], ...many, [0, apart("last")]);
    expect(waiting(queue)).toHaveLength(MOST_WAITING);
    expect(waiting(queue)).not.toContain("m7");
    expect(queue.dropped).toBe(1);
    expect(waiting(advance(queue, apart("more"), 0))).not.toContain("m0");
  });

  it("SHO4 however many come, twenty wait", () => {
    const kind = fc.constantFrom("level_up", "redeemed", "first_n", "entrance", "welcome_offer");
    const script = fc.array(fc.record({ kind, rank: fc.integer({ min: 1, max: 3 }), tier: fc.constantFrom("silver", "gold"), gap: fc.nat(3_000) }), { maxLength: 120 });
    fc.assert(
      fc.property(script, (moments) => {
        let now = 0;
        let queue = emptyQueue();
        moments.forEach(({ gap, tier, ...over }, index) => {
          now += gap;
          queue = advance(queue, shout(`m${index}`, { ...over, params: { name: "x", tier } }), now);
          expect(waiting(queue).length).toBeLessThanOrEqual(MOST_WAITING);
        });
        for (let at = nextTickMs(queue); at !== null; at = nextTickMs(queue)) {
          expect(at).toBeGreaterThanOrEqual(now);
          now = at;
          queue = advance(queue, TICK, now);
        }
        expect([shown(queue), waiting(queue)]).toEqual([null, []]);
      }),
    );
  });
});

describe("taken back", () => {
  const retract = (over: { ids?: readonly string[]; author?: string }): ShoutEvent => ({ type: "retract", retract: { ids: over.ids ?? [], author: over.author ?? null } });

  it("SHO5 by id from the queue, by author from the screen", () => {
    const queue = play([0, apart("a")], [0, apart("b")], [0, apart("c")]);
    const without = advance(advance(queue, retract({ ids: ["b"] }), 10), retract({ author: "a-a" }), 10);
    expect([shown(without), waiting(without)]).toEqual([null, ["c"]]);
    expect(shown(advance(without, TICK, 10 + GAP_MS))).toBe("c");
  });

  it("SHO5 one of a folded burst takes the whole away", () => {
    const queue = play([0, apart("x")], [1, shout("a")], [2, shout("b")], [3, shout("c")], [4, retract({ ids: ["b"] })]);
    expect(waiting(queue)).toEqual([]);
  });
});

describe("hidden and held", () => {
  it("SHO6 hidden, nothing moves; back, it gets the rest of its time", () => {
    const hidden = play([0, apart("a")], [0, apart("b")], [1_000, { type: "pause" }], [20_000, TICK]);
    expect([shown(hidden), nextTickMs(hidden)]).toEqual(["a", null]);
    const back = advance(hidden, { type: "resume" }, 21_000);
    expect([shown(back), nextTickMs(back)]).toEqual(["a", 21_000 + SHOWN_MS - 1_000]);
  });

  it("SHO7 held it stays two seconds more and not longer", () => {
    const held = play([0, apart("a")], [1_000, { type: "hold", on: true }], [SHOWN_MS + 500, TICK]);
    expect([shown(held), nextTickMs(held)]).toEqual(["a", SHOWN_MS + WATCHDOG_MS]);
    expect(shown(advance(held, TICK, SHOWN_MS + WATCHDOG_MS))).toBeNull();
    expect(shown(advance(held, { type: "hold", on: false }, SHOWN_MS + 600))).toBeNull();
  });

  it("SHO7 a clock that steps back leaves nothing on screen for ever", () => {
    expect(shown(play([1_000_000, apart("a")], [5_000, TICK]))).toBeNull();
  });
});

describe("how they join", () => {
  it("SHO8 one's own comes next and is not folded", () => {
    const queue = play([0, apart("x")], [1, shout("a")], [2, shout("b")], [3, shout("me", { mine: true })], [4, shout("c")]);
    expect(waiting(queue)).toEqual(["me", "a"]);
  });

  it("SHO8 an entrance does not wait", () => {
    const entrance = shout("e", { kind: "entrance", rank: 3, params: {} });
    expect(shown(play([0, entrance]))).toBe("e");
    const busy = play([0, apart("a")], [0, entrance]);
    expect([waiting(busy), busy.dropped]).toEqual([[], 1]);
  });

  it("SHO8 a first-N counter replaces its older self and a draw result goes before others", () => {
    const first = (id: string) => shout(id, { kind: "first_n", params: { name: id, taken: 1, n: 50 } });
    const queue = play([0, apart("x")], [0, first("f1")], [0, apart("a")], [0, first("f2")], [0, shout("d", { kind: "draw_result", rank: 0, params: {} })]);
    expect(waiting(queue)).toEqual(["d", "a", "f2"]);
  });

  it("SHO8 a kind of a later version waits its turn like any other", () => {
    expect(waiting(play([0, apart("x")], [0, shout("n", { kind: "fireworks", params: {} })]))).toEqual(["n"]);
  });
});

describe("the host's hand", () => {
  const halt = (on: boolean): ShoutEvent => ({ type: "halt", on });

  it("SHO10 a pause lets what is on screen end, holds back the rest, and wants no timer", () => {
    const queue = play([0, apart("a")], [0, apart("b")], [1_000, halt(true)], [1_000, apart("c")]);
    expect(shown(queue)).toBe("a");
    const over = advance(queue, TICK, SHOWN_MS);
    expect([shown(over), waiting(over), nextTickMs(over)]).toEqual([null, ["b", "c"], null]);
    const on = advance(over, halt(false), 20_000);
    expect([shown(on), waiting(on)]).toEqual(["b", ["c"]]);
  });

  it("SHO10 nothing grows old in a pause, however long, nor comes twice", () => {
    const late = STALE_MS * 10;
    const queue = play([0, halt(true)], [1_000, apart("a", { expires_ms: STALE_MS })], [late, halt(false)], [late, halt(false)]);
    expect([shown(queue), queue.stale]).toEqual(["a", 0]);
    expect(onScreen(queue, "shoutout")?.shoutout.expiresMs).toBe(late + STALE_MS - 1_000);
  });

  it("SHO10 a draw's result and the other lanes are not held back", () => {
    const queue = play([0, halt(true)], [0, apart("a")], [0, apart("d", { kind: "draw_result", rank: 0 })], [0, shout("t", { kind: "task_done" })]);
    expect([shown(queue), waiting(queue), onScreen(queue, "task")?.shoutout.moment.id]).toEqual(["d", ["a"], "t"]);
  });

  it("SHO5 SHO10 what is skipped or cleared goes at once, in a pause too, and the next one follows", () => {
    const take = (...ids: readonly string[]): ShoutEvent => ({ type: "retract", retract: { ids, author: null } });
    const skipped = play([0, apart("a")], [0, apart("b")], [500, take("a")], [500 + GAP_MS, TICK]);
    expect(shown(skipped)).toBe("b");
    const cleared = play([0, apart("a")], [0, apart("b")], [100, halt(true)], [500, take("a", "b")]);
    expect([shown(cleared), waiting(cleared)]).toEqual([null, []]);
  });
});
