import { css } from "lit";
import { element, glass, ring } from "../foundation.js";

export const styles = [
  element,
  glass,
  ring,
  css`
    :host {
      display: block;
      min-block-size: 0;
    }
    section {
      display: flex;
      flex-direction: column;
      max-block-size: 100%;
      overflow: hidden;
      animation: rise 240ms var(--lro-ease) both;
      outline: none;
    }
    @keyframes rise {
      from {
        transform: translateY(calc(18 * var(--u)));
        opacity: 0;
      }
    }
    header {
      display: flex;
      align-items: baseline;
      gap: calc(10 * var(--u));
      padding: calc(10 * var(--u)) calc(8 * var(--u)) 0 calc(16 * var(--u));
    }
    h2 {
      margin: 0;
      font-size: calc(18 * var(--u));
      font-weight: 680;
      color: #ffd9a8;
    }
    h3 {
      margin: 0;
      font-size: calc(14 * var(--u));
      font-weight: 620;
      line-height: 1.35;
      overflow-wrap: anywhere;
    }
    p {
      margin: 0;
    }
    .soft {
      color: var(--lro-ink-soft);
      font-size: calc(12 * var(--u));
      font-weight: 450;
    }
    .close {
      margin-inline-start: auto;
      align-self: center;
      inline-size: calc(44 * var(--u));
      block-size: calc(36 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(22 * var(--u));
      line-height: 1;
    }
    .tabs {
      display: flex;
      gap: calc(4 * var(--u));
      padding: 0 calc(12 * var(--u));
      border-block-end: 1px solid var(--lro-line);
    }
    .tabs button {
      min-block-size: calc(40 * var(--u));
      padding: 0 calc(10 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(14 * var(--u));
      border-block-end: calc(2.5 * var(--u)) solid transparent;
    }
    .tabs button[aria-selected="true"] {
      color: var(--lro-ink);
      font-weight: 640;
      border-color: var(--lro-accent);
    }
    .offline {
      padding: calc(6 * var(--u)) calc(16 * var(--u));
      background: rgb(242 176 74 / 0.16);
      color: #ffd9a8;
      font-size: calc(12.5 * var(--u));
    }
    .panel {
      min-block-size: 0;
      overflow-y: auto;
      overscroll-behavior: contain;
      scrollbar-width: thin;
      scrollbar-color: rgb(255 240 225 / 0.25) transparent;
      padding: calc(4 * var(--u)) calc(16 * var(--u)) calc(12 * var(--u));
    }
    .middle {
      display: grid;
      justify-items: center;
      gap: calc(10 * var(--u));
      padding: calc(28 * var(--u)) 0;
      text-align: center;
    }
    .item {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr) auto;
      align-items: center;
      gap: calc(6 * var(--u)) calc(11 * var(--u));
      padding: calc(10 * var(--u)) 0;
      border-block-end: 1px solid var(--lro-line);
    }
    .item:last-child {
      border: 0;
    }
    .item.block {
      grid-template-columns: minmax(0, 1fr);
      gap: calc(9 * var(--u));
    }
    .gone .picture,
    .gone .what {
      opacity: 0.55;
    }
    .picture {
      display: grid;
      place-items: center;
      inline-size: calc(48 * var(--u));
      block-size: calc(48 * var(--u));
      border-radius: calc(11 * var(--u));
      background: #3a2b22;
      color: #ffd9a8;
      font-size: calc(22 * var(--u));
      object-fit: cover;
    }
    .what p {
      line-height: 1.4;
      overflow-wrap: anywhere;
    }
    .filled,
    .plain {
      min-block-size: calc(38 * var(--u));
      padding: 0 calc(16 * var(--u));
      border-radius: 99px;
      font-size: calc(13.5 * var(--u));
      font-weight: 620;
      white-space: nowrap;
    }
    .filled {
      background: var(--lro-accent-deep);
      color: #fff;
    }
    .plain {
      background: rgb(255 240 225 / 0.14);
    }
    button:disabled {
      cursor: default;
    }
    .filled:disabled {
      background: rgb(255 240 225 / 0.1);
      color: var(--lro-ink-soft);
    }
    .wide {
      min-block-size: calc(44 * var(--u));
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: calc(7 * var(--u));
    }
    .chips button {
      display: inline-flex;
      align-items: center;
      gap: calc(5 * var(--u));
      max-inline-size: 100%;
      min-block-size: calc(38 * var(--u));
      padding: 0 calc(14 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      background: rgb(255 240 225 / 0.07);
      font-size: calc(13.5 * var(--u));
    }
    .chips button:disabled {
      opacity: 0.45;
    }
    .chips button[aria-pressed="true"] {
      border-color: var(--lro-accent);
      background: rgb(207 63 31 / 0.34);
    }
    .chips bdi {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      max-inline-size: calc(120 * var(--u));
    }
    .chips svg {
      flex: none;
      font-size: calc(11 * var(--u));
      color: var(--lro-accent);
    }
    input {
      inline-size: calc(84 * var(--u));
      min-block-size: calc(38 * var(--u));
      padding: 0 calc(12 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      background: rgb(255 240 225 / 0.07);
      color: var(--lro-ink);
      font-size: max(16px, calc(13.5 * var(--u)));
    }
    .sure {
      grid-column: 1 / -1;
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      gap: calc(9 * var(--u));
      padding: calc(11 * var(--u)) calc(12 * var(--u)) calc(12 * var(--u));
      border-radius: calc(14 * var(--u));
      background: rgb(255 240 225 / 0.08);
    }
    .sure p {
      grid-column: 1 / -1;
      display: grid;
      gap: calc(2 * var(--u));
      font-size: calc(13.5 * var(--u));
      line-height: 1.4;
      overflow-wrap: anywhere;
    }
    .sure button {
      min-block-size: calc(44 * var(--u));
    }
    .said {
      grid-column: 1 / -1;
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: calc(3 * var(--u)) calc(7 * var(--u));
      padding: calc(8 * var(--u)) calc(12 * var(--u));
      border-radius: calc(12 * var(--u));
      background: rgb(255 240 225 / 0.07);
      font-size: calc(13 * var(--u));
      line-height: 1.4;
      overflow-wrap: anywhere;
    }
    .said.no {
      color: #ffd2bf;
    }
    .said.yes {
      background: linear-gradient(100deg, #ffe3c4, #ffcb9a);
      color: #7a2408;
      font-weight: 640;
    }
    .said > .soft {
      flex-basis: 100%;
    }
    .said > .soft:empty {
      display: none;
    }
    .said.yes .soft,
    .said.yes a {
      color: #6d3013;
    }
    .said.yes .plain {
      background: rgb(122 36 8 / 0.14);
      color: #7a2408;
    }
    .ring {
      --ring: calc(14 * var(--u));
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      header {
        flex-wrap: wrap;
        padding-inline-start: calc(12 * var(--u));
      }
      h2 {
        font-size: calc(16 * var(--u));
      }
      .tabs {
        flex-wrap: wrap;
      }
      .item:not(.block) {
        grid-template-columns: auto minmax(0, 1fr);
      }
      .item:not(.block) > .filled {
        grid-column: 1 / -1;
        justify-self: end;
      }
      .sure {
        grid-template-columns: minmax(0, 1fr);
      }
      .filled {
        white-space: normal;
      }
    }
  `,
];
