import { define, TAG } from "../../names.js";
import { defineTierBadge } from "../tier-badge/define.js";
import { ShoutBanner } from "./shout-banner.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-shout-banner": ShoutBanner;
  }
}

export const defineShoutBanner = (): void => {
  defineTierBadge();
  define(TAG.shoutBanner, ShoutBanner);
};
