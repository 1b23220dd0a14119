import { define, TAG } from "../../names.js";
import { FullNotice } from "./full-notice.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-full-notice": FullNotice;
  }
}

export const defineFullNotice = (): void => {
  define(TAG.fullNotice, FullNotice);
};
