import { define, TAG } from "../../names.js";
import { defineTierBadge } from "../tier-badge/define.js";
import { Leaderboard } from "./leaderboard.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-leaderboard": Leaderboard;
  }
}

export const defineLeaderboard = (): void => {
  defineTierBadge();
  define(TAG.leaderboard, Leaderboard);
};
