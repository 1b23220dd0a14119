/** Every frame of PROTOCOL §1.2, read at the edge. */
import { anything, attempt, flag, integer, isMap, list, mapOf, orElse, orNull, record, ShapeError, text } from "./shape.js";
import type { JsonMap, Read, Reader } from "./shape.js";
import { localised, memberCard, roomItems } from "./views.js";

export type Position = { readonly epoch: string; readonly offset: number };

/** Epochs are compared, never counted with: a number is taken as its digits. */
const epoch: Reader<string> = (value, path) => (typeof value === "number" ? String(value) : text(value, path));

const comment = record({
  id: text,
  author: orElse(text, ""),
  name: orElse(text, ""),
  tier: orElse(text, ""),
  text,
  at_ms: orElse(integer, 0),
});
export type PostedComment = Read<typeof comment>;

/** A card of a wrong shape must not keep a viewer out of the room: the next `card` frame brings another. */
const cardOrNull: Reader<Read<typeof memberCard> | null> = (value, path) =>
  value === null || value === undefined ? null : attempt(memberCard, value, path);

const readableComments: Reader<readonly PostedComment[]> = (value, path) =>
  list(anything)(value, path)
    .map((item) => attempt(comment, item))
    .filter((item) => item !== null);

const typed = <const T extends string, S extends Readonly<Record<string, Reader<unknown>>>>(type: T, shape: S) => {
  const fields = record(shape);
  return (value: unknown, path: string) => ({ type, ...fields(value, path) });
};

const map: Reader<JsonMap> = (value, path) => {
  if (!isMap(value)) throw new ShapeError(path, "a map");
  return value as JsonMap;
};

const rank: Reader<number> = (value, path) => {
  const read = integer(value, path);
  if (read < 0 || read > 3) throw new ShapeError(path, "0 to 3");
  return read;
};

/** What somebody lacks who was not let into a members-only room or show (L6). */
const missing = record({
  tier: text,
  /** The operator's name of the tier; empty: the server did not say. */
  name: orElse(text, ""),
  /** Null: nobody is signed in. */
  growth_to_go: orNull(integer),
  spend_to_go: orNull(integer),
});
export type Missing = Read<typeof missing>;

/** The `details` of a `bye`, if it is about membership. */
export const missingOf = (details: unknown): Missing | null => attempt(missing, details);

/** One reader per frame type. A type that is not here is not an error: see `readFrame`. */
export const readers = {
  welcome: typed("welcome", {
    protocol: orElse(integer, 1),
    features: orElse(list(text), []),
    session: orElse(text, ""),
    server_time_ms: integer,
    epoch,
    offset: integer,
    recovered: flag,
    room: orNull(roomItems),
    pulses: orElse(mapOf(anything), {}),
    comments: orElse(readableComments, []),
    card: cardOrNull,
    beat_s: orElse(integer, 15),
    reconnect_spread_ms: orElse(integer, 1000),
  }),
  room: typed("room", { offset: integer, patch: map }),
  moment: typed("moment", {
    offset: integer,
    id: text,
    kind: text,
    rank: orElse(rank, 1),
    text: localised,
    params: orElse(map, {}),
    author: orNull(text),
    expires_ms: integer,
    is_test: orElse(flag, false),
  }),
  retract: typed("retract", { offset: integer, ids: orElse(list(text), []), author: orNull(text) }),
  void: typed("void", { offset: integer }),
  pulse: typed("pulse", { key: text, value: anything }),
  comment: (value: unknown, path: string) => ({ type: "comment" as const, ...comment(value, path) }),
  beacon: typed("beacon", { epoch, offset: integer, server_time_ms: integer, nonce: anything }),
  card: typed("card", { card: orNull(memberCard) }),
  notice: typed("notice", { id: text, kind: text, text: localised, params: orElse(map, {}), expires_ms: orNull(integer) }),
  time: typed("time", { t0: integer, t1: integer, t2: integer }),
  done: typed("done", { ref: text, result: orElse(map, {}) }),
  refused: typed("refused", {
    ref: orElse(text, ""),
    code: text,
    message: orElse(text, ""),
    details: orElse(anything, null),
    retry_after_ms: orNull(integer),
  }),
  bye: typed("bye", { code: integer, reason: orElse(text, ""), retry_after_ms: orElse(integer, 0), details: orElse(anything, null) }),
} as const;

export type ServerFrame = ReturnType<(typeof readers)[keyof typeof readers]>;
export type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { readonly type: T }>;
export type Welcome = FrameOf<"welcome">;
export type Moment = FrameOf<"moment">;
export type Notice = FrameOf<"notice">;
export type Retract = FrameOf<"retract">;

/** A type of a later version. Its number still counts, otherwise every one of them would look like a gap. */
export type UnknownFrame = { readonly type: "unknown"; readonly offset: number | null };
/** A known type of a wrong shape: nothing of it is used; the link asks for a whole snapshot if it was numbered. */
export type UnreadableFrame = { readonly type: "unreadable"; readonly offset: number | null; readonly fault: ShapeError };
export type ReadFrame = ServerFrame | UnknownFrame | UnreadableFrame;

const isKnown = (type: string): type is keyof typeof readers => Object.hasOwn(readers, type);

/** Read one frame. Never throws for what came: what cannot be read is returned as such. */
export function readFrame(value: unknown): ReadFrame {
  const offset = isMap(value) ? attempt(integer, value.offset) : null;
  if (!isMap(value) || typeof value.type !== "string") {
    return { type: "unreadable", offset, fault: new ShapeError("frame", "a map with a type") };
  }
  const { type } = value;
  if (!isKnown(type)) return { type: "unknown", offset };
  try {
    return readers[type](value, type);
  } catch (error) {
    if (error instanceof ShapeError) return { type: "unreadable", offset, fault: error };
    throw error;
  }
}

