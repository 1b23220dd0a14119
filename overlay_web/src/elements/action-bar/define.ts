import { define, TAG } from "../../names.js";
import { ActionBar } from "./action-bar.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-action-bar": ActionBar;
  }
}

export const defineActionBar = (): void => {
  define(TAG.actionBar, ActionBar);
};
