import { define, TAG } from "../../names.js";
import { Toasts } from "./toasts.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-toasts": Toasts;
  }
}

export const defineToasts = (): void => {
  define(TAG.toasts, Toasts);
};
