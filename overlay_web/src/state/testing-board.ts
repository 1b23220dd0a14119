/** Rooms with things running in them, for tests: whole and valid, with the part that matters put over it. */
import { aRoom } from "../wire/testing.js";
import { roomView } from "../wire/views.js";
import type { RoomItems, RoomView } from "../wire/views.js";
import { boardOf } from "./board.js";
import type { BoardOptions, Entry } from "./board.js";
import { noEndings, withEndings } from "./endings.js";
import type { Endings } from "./endings.js";
import type { Pulses } from "./room-state.js";

type Fields = Readonly<Record<string, unknown>>;

/** 20:00 of some evening. */
export const NOW = 1_800_000_000_000;

export const aTask = (over: Fields = {}): Fields => ({
  kind: "share", title: "分享直播间得100积分", reward: 100, target: 5, starts_ms: NOW - 60_000, ends_ms: NOW + 247_000, state: "running", budget: 100_000, order: 1, rev: 1, ...over,
});
export const aGate = (over: Fields = {}): Fields => ({
  sku: "s1", title: "羊绒大衣", price: 89_900, opens_ms: { basic: NOW + 300_000, bronze: NOW + 300_000, silver: NOW + 300_000, gold: NOW + 300_000, black: NOW },
  public_ms: NOW + 300_000, stock: 50, state: "scheduled", order: 0, rev: 1, ...over,
});
export const aPoll = (over: Fields = {}): Fields => ({
  question: "下一件看什么?", options: [{ id: "a", text: "大衣" }, { id: "b", text: "围巾" }], ends_ms: NOW + 90_000, state: "open", order: 1, rev: 1, ...over,
});
export const aFirstN = (over: Fields = {}): Fields => ({ title: "", n: 50, points: 200, state: "open", order: 0, rev: 1, ...over });
export const aDraw = (over: Fields = {}): Fields => ({
  title: "口红抽奖", cost: 20, prizes: [{ name: "口红", count: 3, kind: "goods" }], ends_ms: NOW + 120_000, commitment: "c", state: "open", order: 1, rev: 1, ...over,
});

export const roomWith = (over: Fields = {}): RoomView => roomView(aRoom(over) as RoomItems);

type Wishes = Partial<BoardOptions> & { readonly pulses?: Pulses };

/** The board of a room with these items, as somebody sees it who has been there since they ran. */
export function board(items: Fields, { pulses = {}, ...over }: Wishes = {}): readonly Entry[] {
  const room = roomWith(items);
  const now = over.now ?? NOW;
  const endings: Endings = over.endings ?? withEndings(noEndings, room.activities, now);
  return boardOf(room, pulses, { card: null, own: {}, isPublic: false, ...over, endings, now });
}

/** The only entry, of the kind that the test expects it to be. */
export function only<Kind extends Entry["kind"]>(kind: Kind, entries: readonly Entry[]): Extract<Entry, { kind: Kind }> {
  const [entry] = entries;
  if (entries.length !== 1 || entry?.kind !== kind) throw new Error(`expected one ${kind}, got ${entries.map(({ key }) => key).join(" ")}`);
  return entry as Extract<Entry, { kind: Kind }>;
}
