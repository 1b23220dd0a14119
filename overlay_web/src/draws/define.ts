import { define, TAG } from "../names.js";
import { DrawProof } from "./draw-proof.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-draw-proof": DrawProof;
  }
}

export function defineDrawProof(): void {
  define(TAG.drawProof, DrawProof);
}
