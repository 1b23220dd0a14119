/** Bytes ⇄ frames and messages, for both subprotocols. The only place that knows msgpack and JSON. */
import { decode, encode } from "@msgpack/msgpack";
import { readFrame } from "./frames.js";
import type { ReadFrame } from "./frames.js";
import type { ClientMessage } from "./messages.js";
import { ShapeError } from "./shape.js";

export const MSGPACK = "liveroom.v1.msgpack";
export const JSON_TEXT = "liveroom.v1.json";
/** In order of preference. */
export const SUBPROTOCOLS: readonly string[] = [MSGPACK, JSON_TEXT];

/** One message to the server. Anything but the msgpack subprotocol is written as JSON, its default. */
export function encodeMessage(message: ClientMessage, subprotocol: string): Uint8Array<ArrayBuffer> | string {
  if (subprotocol !== MSGPACK) return JSON.stringify(message);
  // A copy: the encoder's own buffer is larger and is used again.
  return new Uint8Array(encode(message, { ignoreUndefined: true }));
}

/** All frames of one server message, in order. Broken bytes give one unreadable frame, never an exception. */
export function decodeFrames(data: ArrayBuffer | string): readonly ReadFrame[] {
  const values = decodeValues(data);
  if (!Array.isArray(values)) {
    return [{ type: "unreadable", offset: null, fault: new ShapeError("message", "a list of frames") }];
  }
  return values.map((value) => readFrame(value));
}

function decodeValues(data: ArrayBuffer | string): unknown {
  try {
    return typeof data === "string" ? (JSON.parse(data) as unknown) : decode(data);
  } catch {
    // Both decoders throw errors of several kinds for broken input; the caller reports it as unreadable.
    return undefined;
  }
}
