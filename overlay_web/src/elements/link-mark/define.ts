import { define, TAG } from "../../names.js";
import { LinkMark } from "./link-mark.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-link-mark": LinkMark;
  }
}

export const defineLinkMark = (): void => {
  define(TAG.linkMark, LinkMark);
};
