/** Names of elements, attributes and events: one typed table. State flows down, requests bubble up. */
import type { Act } from "./wire/messages.js";

export const TAG = {
  overlay: "live-room-overlay",
  broadcast: "lro-broadcast",
  rooms: "lro-rooms",
  drawProof: "lro-draw-proof",
  tierBadge: "lro-tier-badge",
  memberCard: "lro-member-card",
  roomHeader: "lro-room-header",
  shoutBanner: "lro-shout-banner",
  commentStream: "lro-comment-stream",
  actionBar: "lro-action-bar",
  linkMark: "lro-link-mark",
  toasts: "lro-toasts",
  liveBoard: "lro-live-board",
  spotlight: "lro-spotlight",
  pointsSheet: "lro-points-sheet",
  fullNotice: "lro-full-notice",
  leaderboard: "lro-leaderboard",
  stage: "lro-stage",
} as const;

/** Attributes of `<live-room-overlay>`. */
export const ATTRIBUTE = {
  server: "server",
  room: "room",
  token: "token",
  lang: "lang",
  currency: "currency",
  motion: "motion",
} as const;

export const EVENT = {
  /** The token is about to end: the page sets the attribute `token` anew. */
  tokenRequest: "token-request",
  /** An anonymous viewer wants to take part. */
  signInRequest: "sign-in-request",
  actRequest: "act-request",
  languageRequest: "language-request",
  retryRequest: "retry-request",
  detailsRequest: "details-request",
  holdRequest: "hold-request",
  /** Another of the room's activities is to be in front. */
  frontRequest: "front-request",
  /** The sheet of what points are good for: open it, or close it. */
  sheetRequest: "sheet-request",
  /** Ask for the reward shop again. */
  shelfRequest: "shelf-request",
  /** The picture under the layer plays or stands still: proof of watching needs to know. */
  playingChange: "playing-change",
} as const;

export type EventDetails = {
  "token-request": null;
  "sign-in-request": null;
  "act-request": Act;
  "language-request": null;
  "retry-request": null;
  "details-request": null;
  "hold-request": { readonly on: boolean };
  "front-request": { readonly key: string };
  "sheet-request": { readonly open: boolean };
  "shelf-request": null;
  "playing-change": { readonly playing: boolean };
};

declare global {
  interface HTMLElementEventMap {
    "token-request": CustomEvent<null>;
    "sign-in-request": CustomEvent<null>;
    "act-request": CustomEvent<Act>;
    "language-request": CustomEvent<null>;
    "retry-request": CustomEvent<null>;
    "details-request": CustomEvent<null>;
    "hold-request": CustomEvent<{ readonly on: boolean }>;
    "front-request": CustomEvent<{ readonly key: string }>;
    "sheet-request": CustomEvent<{ readonly open: boolean }>;
    "shelf-request": CustomEvent<null>;
    "playing-change": CustomEvent<{ readonly playing: boolean }>;
  }
}

/** Ask for something: bubbles out of every shadow root, up to the page. */
export function request<Name extends keyof EventDetails>(from: EventTarget, name: Name, detail: EventDetails[Name]): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}

/** Register once, at the caller's time: a page may load two of our bundles. */
export function define(tag: string, element: CustomElementConstructor): void {
  if (customElements.get(tag) === undefined) customElements.define(tag, element);
}
