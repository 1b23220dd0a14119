/** A draw's proof as `GET /v1/draws/{draw}/proof` gives it or as somebody pastes it, read strictly. */

export type DrawState = "open" | "closed" | "drawn" | "cancelled";
export type ProofPrize = { readonly name: string; readonly count: number };
export type ProofWinner = { readonly prize: number; readonly ticket: number; readonly name: string };
export type Proof = {
  readonly algorithm: string;
  readonly draw: string;
  readonly title: string;
  readonly state: DrawState;
  readonly ends_ms: number;
  readonly prizes: readonly ProofPrize[];
  readonly commitment: string;
  readonly entries: number;
  readonly entry_list: string | null;
  readonly list_hash: string | null;
  readonly seed: string | null;
  readonly winners: readonly ProofWinner[] | null;
};

const STATES: readonly string[] = ["open", "closed", "drawn", "cancelled"];
type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isState = (value: unknown): value is DrawState => isText(value) && STATES.includes(value);
const isPrize = (value: unknown): value is ProofPrize => isPlain(value) && isText(value.name) && isCount(value.count);
const isWinner = (value: unknown): value is ProofWinner => isPlain(value) && isCount(value.prize) && isCount(value.ticket) && isText(value.name);

/** Null when it is no proof of a draw. */
export function readProof(value: unknown): Proof | null {
  if (!isPlain(value)) return null;
  const { algorithm, draw, title, state, ends_ms, prizes, commitment, entries, entry_list, list_hash, seed, winners } = value;
  if (!isText(algorithm) || !isText(draw) || !isText(title) || !isState(state) || !isCount(ends_ms)) return null;
  if (!Array.isArray(prizes) || !prizes.every(isPrize) || !isText(commitment) || !isCount(entries)) return null;
  if (!isTextOrNull(entry_list) || !isTextOrNull(list_hash) || !isTextOrNull(seed)) return null;
  if (winners !== null && !(Array.isArray(winners) && winners.every(isWinner))) return null;
  return { algorithm, draw, title, state, ends_ms, prizes, commitment, entries, entry_list, list_hash, seed, winners };
}

/** Null when the text is no JSON, or no proof. */
export function parseProof(text: string): Proof | null {
  try {
    return readProof(JSON.parse(text));
  } catch {
    // Not JSON: the same to whoever pasted it.
    return null;
  }
}
