import { defineActionBar } from "../elements/action-bar/define.js";
import { defineCommentStream } from "../elements/comment-stream/define.js";
import { defineFullNotice } from "../elements/full-notice/define.js";
import { defineLeaderboard } from "../elements/leaderboard/define.js";
import { defineLinkMark } from "../elements/link-mark/define.js";
import { defineLiveBoard } from "../elements/live-board/define.js";
import { defineMemberCard } from "../elements/member-card/define.js";
import { defineRoomHeader } from "../elements/room-header/define.js";
import { defineShoutBanner } from "../elements/shout-banner/define.js";
import { definePointsSheet } from "../elements/points-sheet/define.js";
import { defineSpotlight } from "../elements/spotlight/define.js";
import { defineToasts } from "../elements/toasts/define.js";
import { define, TAG } from "../names.js";
import { LiveRoomOverlay } from "./live-room-overlay.js";

declare global {
  interface HTMLElementTagNameMap {
    "live-room-overlay": LiveRoomOverlay;
  }
}

/** Register `<live-room-overlay>` and all it is made of. */
export function defineLiveRoomOverlay(): void {
  defineRoomHeader();
  defineLeaderboard();
  defineLinkMark();
  defineMemberCard();
  defineShoutBanner();
  defineLiveBoard();
  definePointsSheet();
  defineSpotlight();
  defineToasts();
  defineCommentStream();
  defineActionBar();
  defineFullNotice();
  define(TAG.overlay, LiveRoomOverlay);
}
