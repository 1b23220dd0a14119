import { css } from "lit";
import { element, surface } from "../elements/foundation.js";
import { readingPage } from "../elements/reading-page.styles.js";

export const styles = [
  element,
  surface,
  readingPage,
  css`
    .surface {
      --holds: #7ddba0;
      --broken: #ff9d8a;
    }
    .panel {
      scroll-margin-block: calc(24 * var(--u));
      padding: calc(20 * var(--u)) calc(22 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(18 * var(--u));
      background: rgb(255 240 225 / 0.055);
    }
    .panel.holds {
      border-color: rgb(125 219 160 / 0.45);
    }
    .panel.broken {
      border-color: rgb(255 157 138 / 0.6);
    }
    h2 {
      display: flex;
      align-items: baseline;
      gap: calc(10 * var(--u));
      margin: calc(26 * var(--u)) 0 calc(10 * var(--u));
      font-size: calc(17 * var(--u));
      font-weight: 650;
    }
    .panel h2 {
      margin: 0;
    }
    .panel p {
      margin: calc(8 * var(--u)) 0 0;
      color: var(--lro-ink-soft);
    }
    .panel .filled {
      margin-block-start: calc(14 * var(--u));
    }
    .mark {
      flex: none;
      inline-size: calc(18 * var(--u));
      font-weight: 700;
      text-align: center;
      color: var(--lro-ink-soft);
    }
    .holds .mark {
      color: var(--holds);
    }
    .broken .mark {
      color: var(--broken);
    }
    ol,
    ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    ol {
      margin-block-start: calc(16 * var(--u));
    }
    ol > li {
      display: flex;
      gap: calc(12 * var(--u));
      padding: calc(12 * var(--u)) calc(22 * var(--u));
      border-block-end: 1px solid var(--lro-line);
      color: var(--lro-ink-soft);
    }
    ol > li:last-child {
      border: 0;
    }
    strong {
      display: block;
      color: var(--lro-ink);
      font-weight: 640;
    }
    /* One grid, so that tickets stand below each other whatever the names beside them. */
    .winners {
      display: grid;
      grid-template-columns: minmax(0, 1fr) max-content minmax(0, 1.35fr);
    }
    .winners li {
      display: grid;
      grid-column: 1 / -1;
      grid-template-columns: subgrid;
      align-items: baseline;
      gap: calc(12 * var(--u));
      padding: calc(9 * var(--u)) calc(22 * var(--u));
      border-radius: calc(10 * var(--u));
    }
    .winners li:nth-child(odd) {
      background: rgb(255 240 225 / 0.045);
    }
    /* By the page's side, not by the name's own: an Arabic name stands where the others do. */
    .winners bdi {
      overflow-wrap: anywhere;
      text-align: left;
    }
    .winners span {
      color: var(--lro-ink-soft);
    }
    .winners .prize {
      text-align: right;
    }
    dl {
      margin: calc(26 * var(--u)) 0 0;
    }
    dl > div {
      margin-block-end: calc(12 * var(--u));
    }
    dt,
    summary,
    .quiet {
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
    }
    dd,
    pre,
    textarea {
      margin: calc(2 * var(--u)) 0 0;
      font:
        calc(12.5 * var(--u)) / 1.6 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
      overflow-wrap: anywhere;
    }
    pre,
    textarea {
      inline-size: 100%;
      max-block-size: calc(320 * var(--u));
      padding: calc(12 * var(--u)) calc(14 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(12 * var(--u));
      background: rgb(0 0 0 / 0.36);
      color: var(--lro-ink);
      overflow: auto;
      resize: vertical;
    }
    details {
      margin-block-start: calc(18 * var(--u));
    }
    summary {
      min-block-size: calc(32 * var(--u));
      cursor: pointer;
    }
    details p {
      margin: 0 0 calc(8 * var(--u));
      color: var(--lro-ink-soft);
    }
    .filled {
      min-block-size: calc(40 * var(--u));
      margin-block-start: calc(10 * var(--u));
      padding: 0 calc(22 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent-deep);
      color: #fff;
      font-weight: 620;
    }
  `,
];
