import { defineLeaderboard } from "../elements/leaderboard/define.js";
import { defineLiveBoard } from "../elements/live-board/define.js";
import { defineShoutBanner } from "../elements/shout-banner/define.js";
import { define, TAG } from "../names.js";
import { BroadcastOverlay } from "./broadcast-overlay.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-broadcast": BroadcastOverlay;
  }
}

export function defineBroadcastOverlay(): void {
  defineShoutBanner();
  defineLiveBoard();
  defineLeaderboard();
  define(TAG.broadcast, BroadcastOverlay);
}
