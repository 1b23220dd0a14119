import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: block;
      min-inline-size: 0;
      --size: 1;
      --b: calc(var(--u) * var(--size));
    }
    section {
      display: flex;
      align-items: center;
      gap: calc(10 * var(--b));
      padding: calc(8 * var(--b)) calc(12 * var(--b)) calc(8 * var(--b)) calc(8 * var(--b));
      border: 1px solid var(--lro-line);
      border-radius: calc(16 * var(--b));
      background: var(--lro-scrim);
    }
    .picture {
      flex: none;
      inline-size: calc(52 * var(--b));
      block-size: calc(52 * var(--b));
      border-radius: calc(10 * var(--b));
      object-fit: cover;
      background: #3a2b22;
    }
    span.picture {
      display: grid;
      place-items: center;
      color: #ffd9a8;
      font-size: calc(24 * var(--b));
    }
    .words {
      flex: 1;
      min-inline-size: 0;
    }
    h3 {
      margin: 0;
      font-size: calc(13 * var(--b));
      font-weight: 620;
      line-height: 1.3;
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 1;
      line-clamp: 1;
      overflow: hidden;
      overflow-wrap: anywhere;
    }
    p {
      margin: 0;
    }
    i {
      font-style: normal;
      color: var(--lro-ink-soft);
    }
    .both {
      display: flex;
      flex-wrap: wrap;
      gap: 0 calc(10 * var(--b));
      margin-block-start: calc(2 * var(--b));
      font-size: calc(12 * var(--b));
    }
    /* A line for each rather than one over the other's price: in a narrow card long words and five digits meet. */
    .both span {
      max-inline-size: 100%;
    }
    .both b,
    .mine strong {
      white-space: nowrap;
    }
    .both b {
      font-weight: 620;
    }
    .off {
      color: var(--lro-ink-soft);
      text-decoration: line-through;
    }
    .rise {
      color: #ffd9a8;
      font-size: calc(11.5 * var(--b));
      line-height: 1.35;
    }
    .mine {
      flex: none;
      display: grid;
      justify-items: end;
      font-size: calc(11 * var(--b));
      line-height: 1.25;
    }
    .mine strong {
      color: #ffb18f;
      font-size: calc(20 * var(--b));
      font-weight: 740;
      letter-spacing: -0.01em;
    }
    .save {
      padding: 0 calc(7 * var(--b));
      border-radius: 99px;
      background: #ffe0bd;
      color: #7a2408;
      font-weight: 660;
    }
    :host([surface="broadcast"]) {
      --size: 1.06;
    }
    @container (min-aspect-ratio: 1/1) {
      :host([surface="broadcast"]) {
        --size: 1.28;
      }
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      section {
        flex-wrap: wrap;
      }
      .words {
        min-inline-size: calc(96 * var(--b));
      }
      h3 {
        -webkit-line-clamp: 2;
        line-clamp: 2;
      }
      .mine {
        flex-basis: 100%;
        grid-auto-flow: column;
        justify-content: end;
        align-items: baseline;
        gap: calc(8 * var(--b));
      }
    }
  `,
];
