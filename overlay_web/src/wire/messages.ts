/** Every client message of PROTOCOL §1.1. */
import type { Position } from "./frames.js";
import type { Json } from "./shape.js";

export type Surface = "viewer" | "broadcast" | "host";

/** The acts the screens of today send. */
export type Act =
  | { readonly name: "comment"; readonly data: { readonly text: string } }
  | { readonly name: "like"; readonly data: { readonly count: number } }
  | { readonly name: "share"; readonly data: { readonly channel: string } }
  | { readonly name: "check_in" | "follow"; readonly data: Readonly<Record<string, never>> }
  | { readonly name: "vote"; readonly data: { readonly poll: string; readonly option: string } }
  | { readonly name: "permit"; readonly data: { readonly gate: string } }
  | { readonly name: "enter_draw"; readonly data: { readonly draw: string } }
  | { readonly name: "redeem"; readonly data: { readonly reward: string } }
  | { readonly name: "open_box"; readonly data: Readonly<Record<string, never>> }
  /** `to`: an author tag; null = whoever brings the link. */
  | { readonly name: "give"; readonly data: { readonly to: string | null; readonly points: number } }
  | { readonly name: "claim_gift"; readonly data: { readonly code: string } }
  | { readonly name: "boost"; readonly data: { readonly tier: string } };

/** Acts that cost or bring points at once: what became of them must be known before they are asked for anew. */
const SPENDING: ReadonlySet<Act["name"]> = new Set(["redeem", "open_box", "give", "claim_gift", "boost", "enter_draw"]);
export const isSpending = ({ name }: Act): boolean => SPENDING.has(name);

export type Hello = {
  readonly type: "hello";
  readonly room: string;
  readonly surface: Surface;
  /** Absent on a repeated hello: the connection keeps its identity. */
  readonly token?: string | null;
  readonly position: Position | null;
  readonly visible: boolean;
};

export type ClientMessage =
  | Hello
  | { readonly type: "time"; readonly t0: number }
  | { readonly type: "act"; readonly ref: string; readonly name: Act["name"]; readonly data: Act["data"] }
  | {
      readonly type: "beat";
      readonly nonce: Json;
      readonly playing: boolean;
      readonly visible: boolean;
      readonly card_version: number;
    }
  | { readonly type: "visible"; readonly on: boolean }
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "seen"; readonly ids: readonly string[] };
