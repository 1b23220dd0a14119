import { describe, expect, it } from "vitest";
import { requestOf } from "./commands.js";
import type { HostCommand } from "./commands.js";
import { answered, isFlying, isStale, isUnsure, noPresses, pressed } from "./presses.js";
import type { Outcome, Presses } from "./presses.js";

const GATE: HostCommand = { do: "open-gate", sku: "s1", title: "山茶油", price: 9_900, link: "https://shop.example/1", inSeconds: 300, stock: 10 };
const PAUSE: HostCommand = { do: "pause-task", task: "t1", rev: 3 };
const LOST: Outcome = { kind: "lost" };
const DONE: Outcome = { kind: "done", body: null };
const refused = (code: string): Outcome => ({ kind: "refused", status: 409, code, detail: "", fields: [] });

let keys = 0;
const newKey = (): string => `k${(keys += 1)}`;
const press = (presses: Presses, command: HostCommand, nowMs = 0) => pressed(presses, command, requestOf("r1", command, nowMs), newKey);

function begun(presses: Presses, command: HostCommand, nowMs = 0) {
  const found = press(presses, command, nowMs);
  if (found === null) throw new Error("it is in flight");
  return found;
}

describe("presses", () => {
  it("PNL3 a second press while the first is in flight does nothing", () => {
    const first = begun(noPresses, PAUSE);
    expect(press(first.presses, PAUSE)).toBeNull();
    expect(press(first.presses, { do: "cancel-task", task: "t1", rev: 3 })).toBeNull();
    expect(press(first.presses, { do: "pause-task", task: "t2", rev: 3 })).not.toBeNull();
    expect(isFlying(first.presses, "task t1")).toBe(true);
  });

  it("PNL3 after no answer the same press has the same key and the same body, whatever the clock says", () => {
    const first = begun(noPresses, GATE, 1_000);
    const unsure = answered(first.presses, first.press, LOST);
    expect(isUnsure(unsure, "open-gate")).toBe(true);
    const again = begun(unsure, GATE, 60_000);
    expect(again.press.key).toBe(first.press.key);
    expect(again.press.request).toEqual(first.press.request);
    expect(again.press.request.body).toMatchObject({ public_ms: 301_000 });
  });

  it("PNL3 another wish in its place is another press", () => {
    const first = begun(noPresses, GATE);
    const other = begun(answered(first.presses, first.press, LOST), { ...GATE, stock: 11 });
    expect(other.press.key).not.toBe(first.press.key);
  });

  it.each([["done", DONE], ["refused", refused("closed")]])("PNL3 once %s the next press is a new one", (_, outcome) => {
    const first = begun(noPresses, PAUSE);
    const settled = answered(first.presses, first.press, outcome);
    expect(isFlying(settled, "task t1")).toBe(false);
    expect(begun(settled, PAUSE).press.key).not.toBe(first.press.key);
  });

  it("PNL4 a conflict, and whatever shows that the screen is old, asks anew", () => {
    expect([LOST, refused("conflict"), refused("closed"), refused("not_found")].map(isStale)).toEqual([true, true, true, true]);
    expect([DONE, refused("limit_reached"), refused("wrong_shape")].map(isStale)).toEqual([false, false, false]);
  });
});
