import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseProof, readProof } from "./proof.js";
import type { Proof } from "./proof.js";
import { verify } from "./verify.js";

type Case = { name: string; draw: string; seed: string; commitment: string; prizes: { name: string; count: number }[]; tickets: string[]; entry_list: string; list_hash: string; winning: number[] };
const { draws } = JSON.parse(readFileSync(new URL("../../../tests/golden/fairness.json", import.meta.url), "utf8")) as { draws: Case[] };

function drawn(name: string): Proof {
  const found = draws.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector is called ${name}`);
  const prizes = found.prizes.flatMap(({ count }, prize) => Array.from({ length: count }, () => prize));
  return {
    algorithm: "liveroom-draw-1",
    draw: found.draw,
    title: "开播福利",
    state: "drawn",
    ends_ms: 1,
    prizes: found.prizes,
    commitment: found.commitment,
    entries: found.tickets.length,
    entry_list: found.entry_list,
    list_hash: found.list_hash,
    seed: found.seed,
    winners: found.winning.map((ticket, place) => ({ ticket, prize: prizes[place] ?? -1, name: "小美" })),
  };
}
const RIGHT = { list: "holds", hash: "holds", seed: "holds", winners: "holds" };
const small = drawn("a small draw");
const list = small.entry_list ?? "";

describe("verify", () => {
  it.each(draws.map(({ name }) => name))("P3 finds nothing wrong with %s", async (name) => {
    expect(await verify(drawn(name))).toEqual(RIGHT);
  });

  it.each<[string, Partial<Proof>, string[]]>([
    ["another seed", { seed: "00".repeat(32) }, ["seed", "winners"]],
    ["no seed at all", { seed: "secret" }, ["seed", "winners"]],
    ["another promise", { commitment: "00".repeat(32) }, ["list", "seed"]],
    ["an entry that came later", { entry_list: `${list}8 t_late\n`, entries: 8 }, ["hash", "winners"]],
    ["an entry taken out", { entry_list: list.split("\n").slice(0, -2).join("\n") + "\n", entries: 6 }, ["hash", "winners"]],
    ["an entry exchanged", { entry_list: list.replace(/1 t_\S+/, "1 t_friend") }, ["hash"]],
    ["a line that is not ended", { entry_list: list.slice(0, -1) }, ["list", "hash"]],
    ["numbers out of order", { entry_list: list.replace("\n2 t_", "\n3 t_") }, ["list", "hash"]],
    ["another prize", { prizes: [{ name: "口红", count: 2 }, { name: "满100减10", count: 1 }] }, ["list", "winners"]],
    ["another number of entries", { entries: 6 }, ["list", "winners"]],
    ["the hash of another list", { list_hash: "00".repeat(32) }, ["hash", "winners"]],
    ["a winner exchanged", { winners: (small.winners ?? []).map((one, at) => (at === 0 ? { ...one, ticket: one.ticket === 7 ? 6 : 7 } : one)) }, ["winners"]],
    ["prizes exchanged", { winners: (small.winners ?? []).map((one) => ({ ...one, prize: 1 - one.prize })) }, ["winners"]],
    ["a winner too few", { winners: (small.winners ?? []).slice(1) }, ["winners"]],
    ["winners kept back", { winners: null }, ["winners"]],
    ["another draw", { draw: "d_9" }, ["list", "seed"]],
    ["an unknown scheme", { algorithm: "trust-me-1" }, ["list", "hash", "seed", "winners"]],
    ["a seed without a list", { entry_list: null, list_hash: null }, ["seed", "winners"]],
  ])("P3 sees %s", async (_, change, broken) => {
    const verified = await verify({ ...small, ...change });
    expect(Object.entries(verified).filter(([, verdict]) => verdict === "broken").map(([step]) => step)).toEqual(broken);
  });

  it("P3 before the end there is nothing to hold against", async () => {
    const open = { ...small, state: "open" as const, entry_list: null, list_hash: null, seed: null, winners: null };
    expect(await verify(open)).toEqual({ list: "waiting", hash: "waiting", seed: "waiting", winners: "waiting" });
    const closed = { ...small, state: "closed" as const, seed: null, winners: null };
    expect(await verify(closed)).toEqual({ list: "holds", hash: "holds", seed: "waiting", winners: "waiting" });
  });
});

describe("readProof", () => {
  it("P3 takes what the server gives, and more keys", () => {
    expect(readProof({ ...small, room: "demo", cost: 100 })).toEqual(small);
    expect(parseProof(JSON.stringify(small))).toEqual(small);
  });

  it.each(["", "{", "[]", "null", "{}", JSON.stringify({ ...small, winners: "x" }), JSON.stringify({ ...small, entries: -1 }), JSON.stringify({ ...small, seed: 5 }), JSON.stringify({ ...small, state: "won" })])(
    "P3 %j is no proof",
    (text) => {
      expect(parseProof(text)).toBeNull();
    },
  );
});
