/**
 * Recomputes a draw with nothing but WebCrypto: what `server/domain/fairness.py` does, held to the same vectors
 * (`tests/golden/fairness.json`). The scheme is docs/decisions/0043-provably-fair.md. Rule P3.
 */

export const ALGORITHM = "liveroom-draw-1";
const WORDS = 2 ** 32;
const SEED = /^[0-9a-f]{64}$/;
const utf8 = new TextEncoder();

/** Bytes of lower-case hex; null unless it is a seed of 32 bytes. */
export function seedOf(hex: string): Uint8Array<ArrayBuffer> | null {
  if (!SEED.test(hex)) return null;
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const hexOf = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** SHA-256 of text in UTF-8, in hex. */
export const listHashOf = async (text: string): Promise<string> => hexOf(await crypto.subtle.digest("SHA-256", utf8.encode(text)));

/** SHA-256 of (seed ‖ name), in hex. */
export async function commitmentOf(seed: Uint8Array<ArrayBuffer>, name: string): Promise<string> {
  const bytes = utf8.encode(name);
  const both = new Uint8Array(seed.length + bytes.length);
  both.set(seed);
  both.set(bytes, seed.length);
  return hexOf(await crypto.subtle.digest("SHA-256", both));
}

export type CountedPrize = { readonly name: string; readonly count: number };

/** The list as it must begin: all but the tickets. */
export function listHead(draw: string, commitment: string, prizes: readonly CountedPrize[]): string {
  const lines = [ALGORITHM, draw, commitment, `prizes ${prizes.length}`, ...prizes.map(({ name, count }) => `${count} ${name}`)];
  return `${lines.join("\n")}\n`;
}

/** The closed list to the byte; tickets are numbered from 1. */
export const entryList = (draw: string, commitment: string, prizes: readonly CountedPrize[], tickets: readonly string[]): string =>
  listHead(draw, commitment, prizes) + tickets.map((tag, at) => `${at + 1} ${tag}\n`).join("");

/** 32-bit words of HMAC-SHA256(seed, `message:block`), without end. */
export class Words {
  readonly #key: Promise<CryptoKey>;
  readonly #message: string;
  #block = 0;
  #left: number[] = [];

  constructor(seed: Uint8Array<ArrayBuffer>, message: string) {
    this.#key = crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    this.#message = message;
  }

  async next(): Promise<number> {
    const word = this.#left.shift();
    if (word !== undefined) return word;
    const view = new DataView(await crypto.subtle.sign("HMAC", await this.#key, utf8.encode(`${this.#message}:${this.#block}`)));
    this.#block += 1;
    this.#left = Array.from({ length: view.byteLength / 4 }, (_, at) => view.getUint32(at * 4));
    return this.next();
  }
}

/** A number from 0 to n − 1, each as likely as the others; 1 ≤ n ≤ 2³². */
export async function below(n: number, words: { next(): Promise<number> }): Promise<number> {
  const limit = WORDS - (WORDS % n);
  for (;;) {
    const word = await words.next();
    if (word < limit) return word % n;
  }
}

/** The tickets that win, in the order of the prizes: the first places of a Fisher–Yates shuffle. */
export async function winningTickets(seed: Uint8Array<ArrayBuffer>, listHash: string, entries: number, places: number): Promise<number[]> {
  const words = new Words(seed, listHash);
  const moved = new Map<number, number>();
  const drawn: number[] = [];
  for (let place = 0; place < Math.min(entries, places); place += 1) {
    const other = place + (await below(entries - place, words));
    drawn.push((moved.get(other) ?? other) + 1);
    moved.set(other, moved.get(place) ?? place);
  }
  return drawn;
}
