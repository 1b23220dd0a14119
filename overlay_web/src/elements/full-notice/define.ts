import { define, TAG } from "../../names.js";
import { defineTierBadge } from "../tier-badge/define.js";
import { FullNotice } from "./full-notice.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-full-notice": FullNotice;
  }
}

export const defineFullNotice = (): void => {
  defineTierBadge();
  define(TAG.fullNotice, FullNotice);
};
