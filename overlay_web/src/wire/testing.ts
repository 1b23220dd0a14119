/** Frames and views for tests: whole and valid, with the part that matters put over it. */
import { encode } from "@msgpack/msgpack";
import { readFrame } from "./frames.js";
import type { FrameOf, ReadFrame, ServerFrame } from "./frames.js";
import type { MemberCard } from "./views.js";
import { memberCard } from "./views.js";

type Fields = Readonly<Record<string, unknown>>;

export const TIERS: Fields = {
  basic: { name: "普通用户", growth: 0, order: 0 },
  bronze: { name: "青铜会员", growth: 15, order: 1 },
  silver: { name: "白银会员", growth: 300, order: 2 },
  gold: { name: "黄金会员", growth: 2000, order: 3 },
  black: { name: "黑钻会员", growth: 10000, order: 4 },
};

export const aRoom = (over: Fields = {}): Fields => ({
  id: "r1",
  name: "山茶小筑",
  writers: "all",
  slow_s: 0,
  show: { id: "s1", status: "live", title: "秋冬专场" },
  tiers: TIERS,
  ...over,
});

export const aCardMap = (over: Fields = {}): Fields => ({
  member: "m1",
  author: "a-me",
  name: "晚风",
  version: 1,
  as_of_ms: 1_000,
  tier: "bronze",
  growth: 15,
  points: 86,
  next: { tier: "silver", growth_to_go: 285, spend_to_go: 26_500, hint: { "zh-CN": "分享一次", en: "Share once" } },
  today: { earned: 0, claimable: 228, ways: [{ rule: "share", points: 10, left: 3 }] },
  ...over,
});

export const aCard = (over: Fields = {}): MemberCard => memberCard(aCardMap(over), "card");

export const welcomeMap = (over: Fields = {}): Fields => ({
  type: "welcome",
  protocol: 1,
  features: [],
  session: "s1",
  server_time_ms: 0,
  epoch: "e1",
  offset: 0,
  recovered: false,
  room: aRoom(),
  pulses: {},
  comments: [],
  card: null,
  beat_s: 15,
  reconnect_spread_ms: 1_000,
  ...over,
});

export const momentMap = (over: Fields = {}): Fields => ({
  type: "moment",
  offset: 1,
  id: "mo1",
  kind: "level_up",
  rank: 1,
  text: { "zh-CN": "恭喜用户@小美 升级为白银会员！", en: "@小美 just reached Silver!" },
  params: { name: "小美", tier: "silver", count: 1, offer: { title: "立减10元", off: 1_000 } },
  author: "a-xiaomei",
  expires_ms: 10_000_000,
  is_test: false,
  ...over,
});

/** Read what a server would send; throws when it is not what the contract says, so that a test cannot pass by that. */
export function read<T extends ServerFrame["type"]>(type: T, map: Fields): FrameOf<T> {
  const frame: ReadFrame = readFrame({ ...map, type });
  if (frame.type === "unreadable") throw frame.fault;
  if (frame.type !== type) throw new Error(`read as ${frame.type}`);
  return frame as FrameOf<T>;
}

/** One message of a server, as bytes. */
export function bytesOf(...maps: readonly Fields[]): ArrayBuffer {
  return new Uint8Array(encode(maps)).buffer;
}
