import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { below, commitmentOf, entryList, listHashOf, seedOf, winningTickets, Words } from "./fairness.js";

type Golden = {
  readonly words: { readonly seed: string; readonly message: string; readonly first: readonly number[] };
  readonly draws: readonly {
    readonly name: string;
    readonly draw: string;
    readonly seed: string;
    readonly commitment: string;
    readonly prizes: readonly { readonly name: string; readonly count: number }[];
    readonly tickets: readonly string[];
    readonly entry_list: string;
    readonly list_hash: string;
    readonly winning: readonly number[];
  }[];
};
const golden = JSON.parse(readFileSync(new URL("../../../tests/golden/fairness.json", import.meta.url), "utf8")) as Golden;
const bytes = (hex: string): Uint8Array<ArrayBuffer> => {
  const seed = seedOf(hex);
  if (seed === null) throw new Error("the vectors hold a seed that is none");
  return seed;
};

describe("fairness", () => {
  it.each(golden.draws)("P3 $name comes out as on the server", async ({ draw, seed, commitment, prizes, tickets, entry_list, list_hash, winning }) => {
    expect(await commitmentOf(bytes(seed), draw)).toBe(commitment);
    expect(entryList(draw, commitment, prizes, tickets)).toBe(entry_list);
    expect(await listHashOf(entry_list)).toBe(list_hash);
    const places = prizes.reduce((sum, { count }) => sum + count, 0);
    expect(await winningTickets(bytes(seed), list_hash, tickets.length, places)).toEqual(winning);
  });

  it("P3 the stream of words is the server's", async () => {
    const words = new Words(bytes(golden.words.seed), golden.words.message);
    for (const word of golden.words.first) expect(await words.next()).toBe(word);
  });

  it("P3 words above the last whole multiple are thrown away", async () => {
    const n = 3 * 2 ** 30;
    const given = [2 ** 32 - 1, n, n - 1];
    expect(await below(n, { next: () => Promise.resolve(given.shift() ?? 0) })).toBe(n - 1);
  });

  it.each(["", "ab", "AB".repeat(32), "g0".repeat(32), `${"00".repeat(32)}\n`])("P3 %j is no seed", (hex) => {
    expect(seedOf(hex)).toBeNull();
  });
});
