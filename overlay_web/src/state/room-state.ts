/** Everything a surface shows, folded from frames. Pure: snapshot + frames = snapshot (tested with the golden frames). */
import type { Notice, ServerFrame, Welcome } from "../wire/frames.js";
import type { Json } from "../wire/shape.js";
import type { RoomSnapshot } from "../wire/snapshot.js";
import type { MemberCard, RoomItems, RoomView } from "../wire/views.js";
import { roomView } from "../wire/views.js";
import { withoutRetracted, withPosted, withWelcome } from "./comments.js";
import type { Comments } from "./comments.js";
import { patchRoom } from "./room.js";

export type Pulses = Readonly<Record<string, Json>>;

export type RoomState = {
  /** Null until the first welcome. */
  readonly items: RoomItems | null;
  /** `items`, as the screens read them. */
  readonly room: RoomView | null;
  readonly pulses: Pulses;
  readonly comments: Comments;
  readonly card: MemberCard | null;
  /** Newest last. */
  readonly notices: readonly Notice[];
};

export const nothingYet: RoomState = { items: null, room: null, pulses: {}, comments: [], card: null, notices: [] };

const NOTICES_KEPT = 20;

/** The state after one frame that the link let through. A frame that changes nothing returns the same object. */
export function fold(state: RoomState, frame: ServerFrame): RoomState {
  switch (frame.type) {
    case "welcome":
      return foldWelcome(state, frame);
    case "room":
      return withItems(state, patchRoom(state.items ?? {}, frame.patch));
    case "pulse":
      return { ...state, pulses: { ...state.pulses, [frame.key]: frame.value } };
    case "comment":
      return { ...state, comments: withPosted(state.comments, frame) };
    case "retract":
      return { ...state, comments: withoutRetracted(state.comments, frame) };
    case "card":
      return { ...state, card: newerCard(state.card, frame.card) };
    case "notice":
      if (state.notices.some(({ id }) => id === frame.id)) return state;
      return { ...state, notices: [...state.notices, frame].slice(-NOTICES_KEPT) };
    case "moment":
    case "void":
    case "beacon":
    case "time":
    case "done":
    case "refused":
    case "bye":
      return state;
  }
}

/** The state after a whole snapshot that was asked for without a socket; comments and card are not in it and stay. */
export const foldSnapshot = (state: RoomState, { room, pulses }: RoomSnapshot): RoomState => ({ ...withItems(state, room), pulses });

function foldWelcome(state: RoomState, frame: Welcome): RoomState {
  const items = frame.room === null ? state : withItems(state, frame.room);
  return {
    ...items,
    pulses: frame.recovered ? { ...state.pulses, ...frame.pulses } : frame.pulses,
    comments: withWelcome(state.comments, frame.comments, frame.recovered),
    card: newerCard(state.card, frame.card),
  };
}

const withItems = (state: RoomState, items: RoomItems): RoomState => ({ ...state, items, room: roomView(items) });

/**
 * The newer card of the two: higher version, then higher `as_of_ms`. A card of another member replaces in any case;
 * none at all (the server could not read it yet) leaves the last known on screen (O6).
 */
export function newerCard(shown: MemberCard | null, came: MemberCard | null): MemberCard | null {
  if (came === null) return shown;
  if (shown?.member !== came.member) return came;
  if (came.version !== shown.version) return came.version > shown.version ? came : shown;
  return came.as_of_ms >= shown.as_of_ms ? came : shown;
}

/** A pulse that is a whole number: `online`, `likes`, `overload`. Null when it has not come. */
export function countOf(pulses: Pulses, key: string): number | null {
  const value = pulses[key];
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : null;
}
