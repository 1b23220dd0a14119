import { define, TAG } from "../../names.js";
import { PointsSheet } from "./points-sheet.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-points-sheet": PointsSheet;
  }
}

export const definePointsSheet = (): void => {
  define(TAG.pointsSheet, PointsSheet);
};
