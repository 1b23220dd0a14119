/** What the conversation says: to the page, and to the shell that holds socket and timer. */
import type { Missing, ServerFrame } from "../wire/frames.js";
import type { ClientMessage, Surface } from "../wire/messages.js";
import type { ShapeError } from "../wire/shape.js";
import type { RoomSnapshot } from "../wire/snapshot.js";
import type { Answer } from "./pending-acts.js";

export type LinkStatus =
  | { readonly phase: "idle" | "live" | "needs-token" }
  /** `polled`: meanwhile the room is asked for every few seconds, so what is on screen is true. */
  | { readonly phase: "connecting" | "waiting"; readonly polled?: true }
  /**
   * `code` says why (PROTOCOL §1.5). Does not come back by itself, unless membership is `missing`: then it knocks
   * again quietly, and whoever has become a member is let in.
   */
  | { readonly phase: "stopped"; readonly code: number; readonly missing?: Missing };

/** What the page hears of. */
export type LinkEvent =
  | { readonly kind: "status"; readonly status: LinkStatus }
  /** In order, without gap and repetition; ready to be folded. */
  | { readonly kind: "frame"; readonly frame: ServerFrame }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "clock"; readonly offsetMs: number }
  /** The room as it was asked for while there is no socket. Newer than what came before. */
  | { readonly kind: "snapshot"; readonly snapshot: RoomSnapshot }
  | { readonly kind: "token-request" }
  | { readonly kind: "fault"; readonly fault: ShapeError };

/** What the shell must do, in this order. `open` closes an older socket first. */
export type Effect =
  | { readonly do: "open" }
  | { readonly do: "close" }
  | { readonly do: "send"; readonly message: ClientMessage }
  /** Ask for the room's snapshot, and say what became of it. */
  | { readonly do: "poll" }
  | { readonly do: "tell"; readonly event: LinkEvent };

export type ConversationOptions = {
  readonly room: string;
  readonly surface: Surface;
  /** Null: anonymous. */
  readonly token: string | null;
  readonly visible: boolean;
  /** Evenly from 0 to 1. */
  readonly random: () => number;
  /** A broadcast page may start before its room exists: it asks again where a viewer page stops. */
  readonly awaitRoom: boolean;
  /** A ticket is brought for every connection, and one that is over is no reason to stop. */
  readonly ticketed?: boolean;
  /** Ask for snapshots while sockets fail. Absent: no; a page that acts on what it shows must not guess. */
  readonly polls?: boolean;
};
