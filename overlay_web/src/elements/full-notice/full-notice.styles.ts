import { css } from "lit";
import { element, glass, ring } from "../foundation.js";

export const styles = [
  element,
  glass,
  ring,
  css`
    :host {
      display: grid;
      place-items: center;
      padding: calc(24 * var(--u));
    }
    .entering {
      display: inline-flex;
      align-items: center;
      gap: calc(10 * var(--u));
      margin: 0;
      padding: calc(10 * var(--u)) calc(20 * var(--u)) calc(10 * var(--u)) calc(14 * var(--u));
      border-radius: 99px;
      background: var(--lro-scrim);
      font-size: calc(14 * var(--u));
    }
    .ring {
      --ring: calc(18 * var(--u));
    }
    section {
      max-inline-size: calc(330 * var(--u));
      padding: calc(26 * var(--u)) calc(28 * var(--u)) calc(24 * var(--u));
      border-radius: calc(22 * var(--u));
      background: var(--lro-scrim);
      border: 1px solid var(--lro-line);
      text-align: center;
      pointer-events: auto;
    }
    h2 {
      margin: 0;
      font-size: calc(18 * var(--u));
      font-weight: 660;
    }
    section p {
      margin: calc(8 * var(--u)) 0 calc(20 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(13.5 * var(--u));
      line-height: 1.55;
      text-wrap: balance;
    }
    .members lro-tier-badge {
      --stone: calc(44 * var(--u));
      display: inline-block;
      margin-block-end: calc(10 * var(--u));
    }
    .members .gap {
      margin-block: calc(10 * var(--u)) 0;
      color: var(--lro-accent);
      font-size: calc(17 * var(--u));
      font-weight: 660;
    }
    section div {
      display: grid;
      gap: calc(12 * var(--u));
      justify-items: center;
    }
    button {
      min-inline-size: calc(150 * var(--u));
      min-block-size: calc(42 * var(--u));
      padding: 0 calc(24 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent-deep);
      color: #fff;
      font-size: calc(14.5 * var(--u));
      font-weight: 620;
    }
    ::slotted(a) {
      color: var(--lro-ink-soft);
      font-size: calc(13 * var(--u));
    }
  `,
];
