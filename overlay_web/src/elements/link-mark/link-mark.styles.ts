import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: inline-flex;
      min-inline-size: 0;
    }
    .mark {
      display: inline-flex;
      align-items: center;
      gap: calc(6 * var(--u));
      min-block-size: calc(24 * var(--u));
      padding: 0 calc(10 * var(--u));
      border-radius: 99px;
      background: var(--lro-scrim);
      color: var(--lro-ink-soft);
      font-size: calc(11.5 * var(--u));
      min-inline-size: 0;
      white-space: nowrap;
    }
    .words {
      min-inline-size: 0;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .mark.live {
      padding: 0;
      background: none;
      min-inline-size: calc(14 * var(--u));
      justify-content: center;
    }
    .dot {
      flex: none;
      inline-size: calc(7 * var(--u));
      block-size: calc(7 * var(--u));
      border-radius: 50%;
      background: #f2b04a;
    }
    .live .dot {
      background: #5fd08a;
      box-shadow: 0 0 0 calc(2 * var(--u)) rgb(12 9 7 / 0.45);
    }
    .stopped .dot {
      background: #b9aea4;
    }
  `,
];
