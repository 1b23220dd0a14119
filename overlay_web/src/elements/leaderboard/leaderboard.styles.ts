import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: block;
      position: relative;
    }
    ol {
      display: grid;
      grid-template-columns: auto auto minmax(0, 1fr) auto;
      gap: calc(5 * var(--u)) calc(8 * var(--u));
      margin: 0;
      padding: 0;
      list-style: none;
      font-size: calc(13.5 * var(--u));
      line-height: 1.35;
    }
    li {
      display: grid;
      grid-column: 1 / -1;
      grid-template-columns: subgrid;
      align-items: center;
    }
    .place,
    .score {
      font-variant-numeric: tabular-nums;
      text-align: end;
    }
    .place {
      min-inline-size: 1.3em;
      color: var(--lro-ink-soft);
    }
    .place.first {
      color: #ffd9a8;
      font-weight: 680;
    }
    lro-tier-badge {
      font-size: 1.1em;
    }
    bdi {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .hidden {
      color: var(--lro-ink-soft);
    }
    .score {
      font-weight: 620;
    }
    .mine bdi {
      color: #ffd9a8;
      font-weight: 640;
    }
    h2 {
      margin: 0 0 calc(8 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
      font-weight: 600;
    }
    p {
      margin: calc(9 * var(--u)) 0 0;
      color: var(--lro-ink-soft);
      font-size: calc(11.5 * var(--u));
      line-height: 1.4;
    }
    /* Read from across a room, through a compressed picture. */
    :host([surface="broadcast"]) ol {
      font-size: calc(15.5 * var(--u));
    }
    .panel {
      padding: calc(12 * var(--u)) calc(14 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(16 * var(--u));
      background: rgb(28 20 16 / 0.96);
    }
    summary {
      display: inline-flex;
      align-items: center;
      min-block-size: calc(32 * var(--u));
      padding: 0 calc(11 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      background: var(--lro-scrim);
      color: #ffd9a8;
      font-size: calc(12 * var(--u));
      font-weight: 600;
      white-space: nowrap;
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    details .panel {
      position: absolute;
      inset-block-start: calc(100% + 6 * var(--u));
      inset-inline-end: 0;
      z-index: 5;
      inline-size: min(calc(270 * var(--u)), 84cqw);
      box-shadow: 0 calc(10 * var(--u)) calc(30 * var(--u)) rgb(0 0 0 / 0.45);
    }
  `,
];
