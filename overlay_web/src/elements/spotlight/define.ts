import { define, TAG } from "../../names.js";
import { SpotlightElement } from "./spotlight.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-spotlight": SpotlightElement;
  }
}

export const defineSpotlight = (): void => {
  define(TAG.spotlight, SpotlightElement);
};
