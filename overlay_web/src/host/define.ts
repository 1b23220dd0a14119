import { define } from "../names.js";
import { defineTierBadge } from "../elements/tier-badge/define.js";
import { CommentsDesk } from "./comments-desk.js";
import { defineLeaderboard } from "../elements/leaderboard/define.js";
import { FigureBoard } from "./figures.js";
import { HoldButton } from "./hold-button.js";
import { HostPanel } from "./host-panel.js";
import { HOST_TAG } from "./names.js";
import { OverlayChip } from "./overlay-chip.js";
import { PlayDesk } from "./play-desk.js";
import { Prompter } from "./prompter.js";
import { RoomDesk } from "./room-desk.js";
import { Running } from "./running.js";
import { SaleDesk } from "./sale-desk.js";
import { ShoutsDesk } from "./shouts-desk.js";
import { TasksDesk } from "./tasks-desk.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-host-panel": HostPanel;
    "lro-host-running": Running;
    "lro-host-figures": FigureBoard;
    "lro-host-tasks": TasksDesk;
    "lro-host-sale": SaleDesk;
    "lro-host-play": PlayDesk;
    "lro-host-comments": CommentsDesk;
    "lro-host-room": RoomDesk;
    "lro-host-shouts": ShoutsDesk;
    "lro-overlay-chip": OverlayChip;
    "lro-host-prompter": Prompter;
    "lro-hold-button": HoldButton;
  }
}

/** Register `<lro-host-panel>` and all it is made of. */
export function defineHostPanel(): void {
  define(HOST_TAG.hold, HoldButton);
  define(HOST_TAG.running, Running);
  defineLeaderboard();
  define(HOST_TAG.figures, FigureBoard);
  define(HOST_TAG.tasks, TasksDesk);
  define(HOST_TAG.sale, SaleDesk);
  define(HOST_TAG.play, PlayDesk);
  defineTierBadge();
  define(HOST_TAG.comments, CommentsDesk);
  define(HOST_TAG.room, RoomDesk);
  define(HOST_TAG.shouts, ShoutsDesk);
  define(HOST_TAG.overlayChip, OverlayChip);
  define(HOST_TAG.prompter, Prompter);
  define(HOST_TAG.panel, HostPanel);
}
