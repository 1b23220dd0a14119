/** The frames that the broadcaster's own tests read, folded here: both languages must come to the same room. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readFrame } from "../wire/frames.js";
import type { ReadFrame, ServerFrame } from "../wire/frames.js";
import type { Json } from "../wire/shape.js";
import { isMap } from "../wire/shape.js";
import { fold, nothingYet } from "./room-state.js";

const FOLDER = new URL("../../../broadcaster/golden/", import.meta.url);

type Golden = {
  readonly name: string;
  readonly snapshot: unknown;
  readonly frames: readonly unknown[];
  readonly expect: { readonly room?: Json; readonly pulses?: Json };
};

/** Files of other shapes (bytes for the codecs, say) are the broadcaster's own business. */
const isGolden = (value: unknown): value is Golden =>
  isMap(value) && "snapshot" in value && Array.isArray(value.frames) && isMap(value.expect);

const goldens = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as unknown)
  .flat()
  .filter(isGolden);

function readable(value: unknown): readonly ServerFrame[] {
  const frame: ReadFrame = readFrame(value);
  if (frame.type === "unreadable") throw frame.fault;
  return frame.type === "unknown" ? [] : [frame];
}

const MAPS_BY_ID = ["tasks", "gates", "polls", "draws", "first_n", "tiers"];

/** A map by id without entries and an absent one are the same room. */
const bare = (room: Json | undefined): unknown =>
  isMap(room)
    ? Object.fromEntries(
        Object.entries(room).filter(([key, value]) => !(MAPS_BY_ID.includes(key) && isMap(value) && Object.keys(value).length === 0)),
      )
    : room;

describe("golden frames", () => {
  it("FLD1 there are some to read", () => {
    expect(goldens.length).toBeGreaterThan(0);
  });

  it.each(goldens)("FLD1 snapshot + frames = snapshot: $name", ({ snapshot, frames, expect: expected }) => {
    const all = [isMap(snapshot) ? { type: "welcome", ...snapshot } : snapshot, ...frames].flatMap(readable);
    const state = all.reduce(fold, nothingYet);
    if (expected.room !== undefined) expect(bare(state.items ?? undefined)).toEqual(bare(expected.room));
    if (expected.pulses !== undefined) expect(state.pulses).toEqual(expected.pulses);
  });
});
