import { define, TAG } from "../../names.js";
import { defineTierBadge } from "../tier-badge/define.js";
import { MemberCardElement } from "./member-card.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-member-card": MemberCardElement;
  }
}

export const defineMemberCard = (): void => {
  defineTierBadge();
  define(TAG.memberCard, MemberCardElement);
};
