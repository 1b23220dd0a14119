import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boxOf, readBoxProof, verifyBox } from "./box.js";
import type { BoxProof } from "./box.js";
import { commitmentOf, seedOf } from "./fairness.js";

type Case = { name: string; seed: string; series: string; commitment: string; client_seed: string; nonce: number; weights: number[]; holds: number };
const { boxes } = JSON.parse(readFileSync(new URL("../../../tests/golden/fairness.json", import.meta.url), "utf8")) as { boxes: Case[] };
const bytes = (hex: string): Uint8Array<ArrayBuffer> => {
  const seed = seedOf(hex);
  if (seed === null) throw new Error("the vectors hold a seed that is none");
  return seed;
};
const [first] = boxes;
if (first === undefined) throw new Error("there are no vectors");
const proof: BoxProof = {
  algorithm: "liveroom-box-1",
  opening: "bx_1",
  series: first.series.slice(0, first.series.lastIndexOf("_")),
  day: Number(first.series.slice(first.series.lastIndexOf("_") + 1)),
  commitment: first.commitment,
  client_seed: first.client_seed,
  nonce: first.nonce,
  contents: first.weights.map((weight, at) => ({ name: `p${at}`, weight })),
  holds: first.holds,
  prize: `p${first.holds}`,
  seed: first.seed,
};

describe("boxes", () => {
  it.each(boxes)("P3 $name holds what it holds on the server", async ({ seed, series, commitment, client_seed, nonce, weights, holds }) => {
    expect(await commitmentOf(bytes(seed), series)).toBe(commitment);
    expect(await boxOf(bytes(seed), client_seed, nonce, weights)).toBe(holds);
  });

  it("P3 finds nothing wrong with a right proof, and waits for a seed", async () => {
    expect(await verifyBox(proof)).toEqual({ seed: "holds", prize: "holds" });
    expect(await verifyBox({ ...proof, seed: null })).toEqual({ seed: "waiting", prize: "waiting" });
  });

  it.each<[string, Partial<BoxProof>, string[]]>([
    ["another promise", { commitment: "00".repeat(32) }, ["seed"]],
    ["another day", { day: proof.day + 1 }, ["seed"]],
    ["another prize", { prize: "p9" }, ["prize"]],
    ["another place", { holds: proof.holds + 1 }, ["prize"]],
    ["no seed at all", { seed: "secret" }, ["seed", "prize"]],
    ["an unknown scheme", { algorithm: "trust-me-1" }, ["seed", "prize"]],
    ["other weights", { contents: proof.contents.map((one, at) => ({ ...one, weight: at === proof.holds ? 1 : 1_000_000 })) }, ["prize"]],
  ])("P3 sees %s", async (_, change, broken) => {
    const verified = await verifyBox({ ...proof, ...change });
    expect(Object.entries(verified).filter(([, verdict]) => verdict === "broken").map(([step]) => step)).toEqual(broken);
  });

  it("P3 takes what the server gives, and more keys; nothing else is a proof", () => {
    expect(readBoxProof({ ...proof, at_ms: 5 })).toEqual(proof);
    for (const wrong of [null, [], {}, { ...proof, contents: [] }, { ...proof, nonce: -1 }, { ...proof, seed: 5 }, { ...proof, contents: [{ name: "a", weight: 0 }] }]) expect(readBoxProof(wrong)).toBeNull();
  });
});
