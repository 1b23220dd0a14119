import { define, TAG } from "../../names.js";
import { Stage } from "./stage.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-stage": Stage;
  }
}

export const defineStage = (): void => {
  define(TAG.stage, Stage);
};
