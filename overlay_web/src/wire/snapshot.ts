/** The answer of `GET /v1/rooms/{room}/snapshot` (PROTOCOL §1.6). */
import type { Position } from "./frames.js";
import { anything, attempt, integer, mapOf, orElse, record, text } from "./shape.js";
import type { Read } from "./shape.js";
import { roomItems } from "./views.js";

const snapshot = record({
  epoch: text,
  offset: integer,
  room: roomItems,
  pulses: orElse(mapOf(anything), {}),
  poll_after_ms: orElse(integer, 3_000),
  retry_after_ms: orElse(integer, 0),
});
export type RoomSnapshot = Read<typeof snapshot>;

export const snapshotOf = (body: unknown): RoomSnapshot | null => attempt(snapshot, body);

/** Whether a snapshot is not older than where we stand: a cache on the way may answer with an earlier one. */
export const isNotOlder = ({ epoch, offset }: RoomSnapshot, at: Position | null): boolean =>
  at?.epoch !== epoch || offset >= at.offset;
