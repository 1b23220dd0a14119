import { define, TAG } from "../../names.js";
import { LiveBoard } from "./live-board.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-live-board": LiveBoard;
  }
}

export const defineLiveBoard = (): void => {
  define(TAG.liveBoard, LiveBoard);
};
