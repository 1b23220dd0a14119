import { define, TAG } from "../../names.js";
import { TierBadge } from "./tier-badge.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-tier-badge": TierBadge;
  }
}

export const defineTierBadge = (): void => {
  define(TAG.tierBadge, TierBadge);
};
