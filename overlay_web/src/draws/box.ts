/**
 * Recomputes one opened blind box from `GET /v1/boxes/{opening}/proof`, with nothing but WebCrypto: what
 * `server/domain/fairness.py` does, held to the same vectors. The scheme is docs/decisions/0054-blind-boxes.md. Rule P3.
 */
import { below, commitmentOf, seedOf, Words } from "./fairness.js";
import type { Verdict } from "./verify.js";

export const BOX_ALGORITHM = "liveroom-box-1";
/** How the ids of opened boxes begin. */
export const OPENING = "bx_";
export type BoxContent = { readonly name: string; readonly weight: number };
export type BoxProof = {
  readonly algorithm: string;
  readonly opening: string;
  readonly series: string;
  readonly day: number;
  readonly commitment: string;
  readonly client_seed: string;
  readonly nonce: number;
  readonly contents: readonly BoxContent[];
  readonly holds: number;
  readonly prize: string;
  readonly seed: string | null;
};

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isContent = (value: unknown): value is BoxContent => isPlain(value) && isText(value.name) && isCount(value.weight) && value.weight > 0;

/** Null when it is no proof of a box. */
export function readBoxProof(value: unknown): BoxProof | null {
  if (!isPlain(value)) return null;
  const { algorithm, opening, series, day, commitment, client_seed, nonce, contents, holds, prize, seed } = value;
  if (!isText(algorithm) || !isText(opening) || !isText(series) || !isCount(day) || !isText(commitment)) return null;
  if (!isText(client_seed) || !isCount(nonce) || !isCount(holds) || !isText(prize)) return null;
  if (!Array.isArray(contents) || contents.length === 0 || !contents.every(isContent)) return null;
  if (seed !== null && !isText(seed)) return null;
  return { algorithm, opening, series, day, commitment, client_seed, nonce, contents, holds, prize, seed };
}

/** Null when the text is no JSON, or no proof. */
export function parseBoxProof(text: string): BoxProof | null {
  try {
    return readBoxProof(JSON.parse(text));
  } catch {
    // Not JSON: the same to whoever pasted it.
    return null;
  }
}

/** Which of the contents a box holds, from 0; weights are whole and > 0. */
export async function boxOf(seed: Uint8Array<ArrayBuffer>, clientSeed: string, nonce: number, weights: readonly number[]): Promise<number> {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let left = await below(sum, new Words(seed, `${clientSeed}:${nonce}`));
  return weights.findIndex((weight) => {
    if (left < weight) return true;
    left -= weight;
    return false;
  });
}

/** `seed` is the promised one · `prize` follows from it, the opener's word, the count and the weights. */
export type BoxVerified = { readonly seed: Verdict; readonly prize: Verdict };

/** Throws when this browser has no WebCrypto (a page that is neither local nor https). */
export async function verifyBox(proof: BoxProof): Promise<BoxVerified> {
  if (proof.algorithm !== BOX_ALGORITHM) return { seed: "broken", prize: "broken" };
  if (proof.seed === null) return { seed: "waiting", prize: "waiting" };
  const seed = seedOf(proof.seed);
  if (seed === null) return { seed: "broken", prize: "broken" };
  const promised = (await commitmentOf(seed, `${proof.series}_${proof.day}`)) === proof.commitment;
  const holds = await boxOf(seed, proof.client_seed, proof.nonce, proof.contents.map(({ weight }) => weight));
  const follows = holds === proof.holds && proof.contents[holds]?.name === proof.prize;
  return { seed: promised ? "holds" : "broken", prize: follows ? "holds" : "broken" };
}
