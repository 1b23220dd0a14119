/** Names of the panel's own elements and of the one request they make. */
import type { HostCommand } from "./commands.js";

export const HOST_TAG = {
  panel: "lro-host-panel",
  running: "lro-host-running",
  figures: "lro-host-figures",
  tasks: "lro-host-tasks",
  sale: "lro-host-sale",
  play: "lro-host-play",
  comments: "lro-host-comments",
  room: "lro-host-room",
  shouts: "lro-host-shouts",
  overlayChip: "lro-overlay-chip",
  prompter: "lro-host-prompter",
  hold: "lro-hold-button",
} as const;

export const COMMAND_REQUEST = "command-request";
/** A button that was held long enough. */
export const HELD = "held-request";
/** The prompter wants the whole screen (true), or no more. */
export const FULL_REQUEST = "full-request";

declare global {
  interface HTMLElementEventMap {
    "command-request": CustomEvent<HostCommand>;
    "held-request": CustomEvent<null>;
    "full-request": CustomEvent<boolean>;
  }
}

/** Ask the panel for it. */
export function command(from: EventTarget, wanted: HostCommand): void {
  from.dispatchEvent(new CustomEvent(COMMAND_REQUEST, { detail: wanted, bubbles: true, composed: true }));
}
