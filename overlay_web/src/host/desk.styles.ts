import { css } from "lit";
import { element } from "../elements/foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: grid;
      gap: calc(14 * var(--u));
      min-inline-size: 0;
    }
    h3 {
      margin: 0;
      font-size: calc(15 * var(--u));
      font-weight: 640;
    }
    p {
      margin: 0;
    }
    bdi {
      overflow-wrap: anywhere;
    }
    .quiet {
      color: var(--lro-ink-soft);
      font-size: calc(13 * var(--u));
    }
    .card,
    form,
    details {
      display: grid;
      gap: calc(10 * var(--u));
      padding: calc(14 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: calc(16 * var(--u));
      background: rgb(255 240 225 / 0.045);
      min-inline-size: 0;
    }
    details:not([open]) {
      gap: 0;
    }
    details form {
      padding: 0;
      border: 0;
      background: none;
    }
    details form h3 {
      display: none;
    }
    summary {
      display: flex;
      align-items: center;
      min-block-size: calc(28 * var(--u));
      font-size: calc(15 * var(--u));
      font-weight: 640;
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    summary::after {
      content: "";
      margin-inline-start: auto;
      inline-size: calc(8 * var(--u));
      block-size: calc(8 * var(--u));
      border-inline-end: calc(1.8 * var(--u)) solid var(--lro-ink-soft);
      border-block-end: calc(1.8 * var(--u)) solid var(--lro-ink-soft);
      transform: rotate(45deg) translate(-25%, -25%);
    }
    details[open] summary::after {
      transform: rotate(-135deg) translate(-25%, -25%);
    }
    .fields {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: calc(10 * var(--u));
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .fields {
        grid-template-columns: minmax(0, 1fr);
      }
    }
    .wide {
      grid-column: 1 / -1;
    }
    label {
      display: grid;
      gap: calc(4 * var(--u));
      align-content: end;
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
      min-inline-size: 0;
    }
    input,
    select {
      inline-size: 100%;
      min-block-size: calc(44 * var(--u));
      padding: 0 calc(12 * var(--u));
      border: 1px solid rgb(255 238 222 / 0.2);
      border-radius: calc(11 * var(--u));
      background: #211915;
      color: var(--lro-ink);
      /* Below 16 px a phone zooms into the field. */
      font-size: max(16px, calc(15 * var(--u)));
    }
    select {
      appearance: none;
    }
    input::placeholder {
      color: #a69b91;
    }
    input:user-invalid {
      border-color: var(--lro-accent);
    }
    .press,
    .filled {
      min-block-size: calc(44 * var(--u));
      padding: calc(4 * var(--u)) calc(14 * var(--u));
      border-radius: calc(12 * var(--u));
      font-size: calc(14.5 * var(--u));
      font-weight: 620;
      line-height: 1.2;
    }
    .press {
      border: 1px solid rgb(255 238 222 / 0.24);
      color: var(--lro-ink);
    }
    .filled {
      background: var(--lro-accent-deep);
      color: #fff;
      min-block-size: calc(48 * var(--u));
    }
    button:active:not(:disabled) {
      filter: brightness(1.2);
    }
    button:disabled {
      opacity: 0.5;
      cursor: default;
    }
    .row {
      display: grid;
      grid-auto-flow: column;
      grid-auto-columns: minmax(0, 1fr);
      gap: calc(8 * var(--u));
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .row {
        grid-auto-flow: row;
      }
    }
    .unsure {
      color: #ffb49d;
      font-size: calc(12.5 * var(--u));
    }
  `,
];
