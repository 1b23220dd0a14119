import { css } from "lit";
import { element, surface } from "../elements/foundation.js";
import { readingPage } from "../elements/reading-page.styles.js";

export const styles = [
  element,
  surface,
  readingPage,
  css`
    ul {
      display: grid;
      gap: calc(10 * var(--u));
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: flex;
      align-items: stretch;
      border: 1px solid var(--lro-line);
      border-radius: calc(18 * var(--u));
      background: rgb(255 240 225 / 0.055);
      overflow: hidden;
    }
    a {
      color: inherit;
      text-decoration: none;
    }
    a:focus-visible {
      outline-offset: calc(-3 * var(--u));
    }
    .enter {
      flex: 1;
      min-inline-size: 0;
      display: flex;
      align-items: center;
      gap: calc(14 * var(--u));
      padding: calc(15 * var(--u)) calc(16 * var(--u));
    }
    .enter:hover,
    .overlay:hover {
      background: rgb(255 240 225 / 0.06);
    }
    .sign {
      flex: none;
      display: inline-flex;
      align-items: center;
      justify-content: center;
      gap: calc(3 * var(--u));
      inline-size: calc(44 * var(--u));
      block-size: calc(44 * var(--u));
      border-radius: 50%;
      background: linear-gradient(150deg, #4a3a30, #2a201a);
    }
    .sign.live {
      background: linear-gradient(150deg, #f0704b, #c23a1b);
    }
    .sign i {
      inline-size: calc(3.5 * var(--u));
      block-size: calc(11 * var(--u));
      border-radius: 2px;
      background: #fff;
    }
    .sign:not(.live) i {
      block-size: calc(4 * var(--u));
      opacity: 0.6;
    }
    .sign.live i:nth-child(2) {
      block-size: calc(19 * var(--u));
    }
    .words {
      flex: 1;
      min-inline-size: 0;
    }
    strong {
      display: block;
      font-size: calc(16.5 * var(--u));
      font-weight: 640;
      line-height: 1.35;
      /* Two rooms of one shop may differ only at the end of their names. */
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      line-clamp: 2;
      overflow: hidden;
      overflow-wrap: anywhere;
    }
    .words > span {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: calc(2 * var(--u)) calc(9 * var(--u));
      margin-block-start: calc(2 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
    }
    em {
      font-style: normal;
    }
    .now {
      color: var(--lro-accent);
      font-weight: 600;
    }
    .go {
      color: var(--lro-ink-soft);
      font-size: calc(22 * var(--u));
    }
    .overlay {
      display: grid;
      place-items: center;
      padding: 0 calc(18 * var(--u));
      border-inline-start: 1px solid var(--lro-line);
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
    }
    .empty {
      padding: calc(26 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(20 * var(--u));
      background: rgb(255 240 225 / 0.045);
    }
    h2 {
      margin: 0;
      font-size: calc(18 * var(--u));
      font-weight: 650;
    }
    .empty p {
      margin: calc(10 * var(--u)) 0;
      color: var(--lro-ink-soft);
    }
    pre {
      margin: 0;
      padding: calc(14 * var(--u)) calc(16 * var(--u));
      border-radius: calc(12 * var(--u));
      background: rgb(0 0 0 / 0.36);
      color: #ffdfc2;
      font:
        calc(12.5 * var(--u)) / 1.65 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
      overflow-x: auto;
    }
    .filled {
      min-block-size: calc(40 * var(--u));
      padding: 0 calc(22 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent-deep);
      color: #fff;
      font-weight: 620;
    }
    .loading {
      color: var(--lro-ink-soft);
    }
  `,
];
