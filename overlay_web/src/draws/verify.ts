/** Goes through a proof step by step: what holds, what does not, and what cannot be known yet. Rule P3. */
import { ALGORITHM, commitmentOf, listHashOf, listHead, seedOf, winningTickets } from "./fairness.js";
import type { Proof } from "./proof.js";

export const STEPS = ["list", "hash", "seed", "winners"] as const;
/** `list` says what is drawn for and numbers its entries · `hash` is the list's · `seed` is the promised one · `winners` follow. */
export type Step = (typeof STEPS)[number];
export type Verdict = "holds" | "broken" | "waiting";
export type Verified = Readonly<Record<Step, Verdict>>;

/** Throws when this browser has no WebCrypto (a page that is neither local nor https). */
export async function verify(proof: Proof): Promise<Verified> {
  if (proof.algorithm !== ALGORITHM) return { list: "broken", hash: "broken", seed: "broken", winners: "broken" };
  const { entry_list: list, list_hash: hash } = proof;
  const seed = proof.seed === null ? null : seedOf(proof.seed);
  const listHolds = list !== null && saysWhatItShould(list, proof);
  const hashHolds = list !== null && hash !== null && (await listHashOf(list)) === hash;
  const seedHolds = seed !== null && (await commitmentOf(seed, proof.draw)) === proof.commitment;
  return {
    list: list === null ? "waiting" : said(listHolds),
    hash: hash === null ? "waiting" : said(hashHolds),
    // A seed without a list would be the wrong order: nobody may know it before.
    seed: proof.seed === null ? "waiting" : said(seedHolds && hash !== null),
    winners: proof.seed === null || proof.winners === null ? (proof.state === "drawn" ? "broken" : "waiting") : said(await winnersFollow(proof, seed)),
  };
}

const said = (holds: boolean): Verdict => (holds ? "holds" : "broken");

function saysWhatItShould(list: string, proof: Proof): boolean {
  const head = listHead(proof.draw, proof.commitment, proof.prizes);
  if (!list.startsWith(head)) return false;
  const lines = list.slice(head.length).split("\n");
  return lines.pop() === "" && lines.length === proof.entries && lines.every((line, at) => /^\d+ [A-Za-z0-9_.:-]+$/.test(line) && line.startsWith(`${at + 1} `));
}

async function winnersFollow(proof: Proof, seed: Uint8Array<ArrayBuffer> | null): Promise<boolean> {
  if (seed === null || proof.winners === null || proof.list_hash === null) return false;
  const prizes = proof.prizes.flatMap(({ count }, prize) => Array.from({ length: count }, () => prize));
  const tickets = await winningTickets(seed, proof.list_hash, proof.entries, prizes.length);
  return tickets.length === proof.winners.length && proof.winners.every(({ ticket, prize }, place) => ticket === tickets[place] && prize === prizes[place]);
}
