import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: inline-flex;
      vertical-align: middle;
      --stone: calc(16 * var(--u));
    }
    .stone {
      display: block;
      flex: none;
      inline-size: var(--stone);
      block-size: var(--stone);
    }
    .chip {
      display: inline-flex;
      align-items: center;
      gap: calc(2.5 * var(--u));
      padding: calc(1.5 * var(--u)) calc(7 * var(--u)) calc(1.5 * var(--u)) calc(2 * var(--u));
      border-radius: 99px;
      background: linear-gradient(100deg, var(--from), var(--to));
      color: var(--on);
      font-size: 0.82em;
      font-weight: 650;
      line-height: 1.3;
      letter-spacing: 0.01em;
      white-space: nowrap;
    }
    :host([material="black"]) .chip {
      box-shadow: 0 0 0 1px rgb(190 170 240 / 0.55) inset;
    }
  `,
];
