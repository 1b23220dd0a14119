import { css } from "lit";
import { styles as desk } from "./desk.styles.js";

export const styles = [
  ...desk,
  css`
    .top {
      display: flex;
      align-items: center;
      gap: calc(10 * var(--u));
    }
    .top .full {
      margin-inline-start: auto;
    }
    ol {
      display: grid;
      gap: calc(8 * var(--u));
      margin: 0;
      padding: 0;
      list-style: none;
      min-inline-size: 0;
    }
    li {
      position: relative;
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      align-items: center;
      gap: calc(12 * var(--u));
      padding: calc(10 * var(--u)) calc(10 * var(--u)) calc(10 * var(--u)) calc(16 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(16 * var(--u));
      background: rgb(255 240 225 / 0.045);
    }
    li p {
      font-size: calc(17.5 * var(--u));
      font-weight: 560;
      line-height: 1.35;
      text-wrap: pretty;
      text-spacing-trim: trim-start;
    }
    li span {
      display: inline-block;
      max-inline-size: 100%;
    }
    .first {
      background: rgb(255 240 225 / 0.09);
    }
    .first p {
      font-size: calc(21 * var(--u));
      font-weight: 640;
    }
    .urgent::before {
      content: "";
      position: absolute;
      inset-block: calc(12 * var(--u));
      inset-inline-start: calc(6 * var(--u));
      inline-size: calc(3.5 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent);
    }
    .marked p {
      color: var(--lro-ink-soft);
    }
    .marked span {
      text-decoration: line-through;
      text-decoration-thickness: 1px;
    }
    li .press {
      min-block-size: calc(52 * var(--u));
      min-inline-size: calc(76 * var(--u));
    }
    .first:not(.marked) .say {
      border-color: transparent;
      background: var(--lro-accent-deep);
      color: #fff;
    }
    .empty {
      display: grid;
      justify-items: center;
      align-content: center;
      gap: calc(6 * var(--u));
      min-block-size: calc(150 * var(--u));
      text-align: center;
      text-wrap: balance;
    }
    .empty strong {
      font-size: calc(16 * var(--u));
    }
    .keys {
      display: none;
    }
    @media (hover: hover) and (pointer: fine) {
      .keys {
        display: block;
      }
    }
    .gone {
      color: #ffb49d;
      font-size: calc(13.5 * var(--u));
      font-weight: 600;
    }

    /* The teleprompter: one line to be read from two metres, and what comes next. */
    :host([full]) {
      --line: clamp(30px, min(11cqw, 9.5cqh), 132px);
      grid-row: 1 / -1;
      grid-template-rows: auto minmax(0, 1fr);
      gap: calc(var(--line) * 0.3);
      padding: max(calc(14 * var(--u)), env(safe-area-inset-top)) calc(20 * var(--u)) max(calc(20 * var(--u)), env(safe-area-inset-bottom));
      background: #0d0907;
    }
    :host([full]) ol {
      grid-template-rows: minmax(0, 1fr);
      grid-auto-rows: auto;
      gap: 0;
      min-block-size: 0;
    }
    :host([full]) li {
      padding: calc(var(--line) * 0.2) 0;
      border: 0;
      border-block-start: 1px solid var(--lro-line);
      border-radius: 0;
      background: none;
    }
    :host([full]) .first {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(0, 1fr) auto;
      border-block-start: 0;
      min-block-size: 0;
    }
    :host([full]) li p {
      color: var(--lro-ink-soft);
      font-size: calc(var(--line) * 0.42);
      font-weight: 540;
    }
    :host([full]) .first p {
      align-self: center;
      color: var(--lro-ink);
      font-size: var(--line);
      font-weight: 660;
      line-height: 1.24;
      text-wrap: balance;
      overflow: hidden;
    }
    :host([full]) .first.marked p {
      color: var(--lro-ink-soft);
    }
    :host([full]) .first .press {
      min-block-size: max(56px, calc(var(--line) * 0.8));
      font-size: max(18px, calc(var(--line) * 0.34));
    }
    :host([full]) li:not(.first) .press {
      min-block-size: 44px;
    }
    :host([full]) .urgent::before {
      display: none;
    }
    :host([full]) .first.urgent:not(.marked) p {
      color: var(--lro-accent);
    }
    :host([full]) .empty {
      min-block-size: 0;
    }
    :host([full]) .empty strong {
      font-size: calc(var(--line) * 0.6);
    }
    :host([full]) .empty .quiet {
      font-size: calc(var(--line) * 0.34);
    }

    /* A phone on its side: the line, one that comes next, and the press beside what is read. */
    @container (max-height: 520px) {
      :host([full]) {
        gap: 0;
        padding-block: max(6px, env(safe-area-inset-top)) max(6px, env(safe-area-inset-bottom));
      }
      :host([full]) .first {
        grid-template-columns: minmax(0, 1fr) auto;
        grid-template-rows: minmax(0, 1fr);
      }
      :host([full]) .first .press {
        min-inline-size: 120px;
      }
      :host([full]) li:nth-child(n + 3) {
        display: none;
      }
      :host([full]) li.marked:last-child {
        display: grid;
      }
    }
  `,
];
