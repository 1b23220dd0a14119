import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: block;
      min-inline-size: 0;
    }
    header {
      display: inline-flex;
      align-items: center;
      gap: calc(9 * var(--u));
      max-inline-size: 100%;
      padding: calc(5 * var(--u)) calc(16 * var(--u)) calc(5 * var(--u)) calc(5 * var(--u));
      border-radius: 99px;
      background: var(--lro-scrim);
      border: 1px solid var(--lro-line);
    }
    .sign {
      flex: none;
      display: inline-flex;
      align-items: center;
      justify-content: center;
      gap: calc(2.5 * var(--u));
      inline-size: calc(34 * var(--u));
      block-size: calc(34 * var(--u));
      border-radius: 50%;
      background: linear-gradient(150deg, #4a3a30, #2a201a);
    }
    .sign.live {
      background: linear-gradient(150deg, #f0704b, #c23a1b);
    }
    /* Three still bars: a sign, not an animation that runs all evening. */
    .sign i {
      inline-size: calc(3 * var(--u));
      block-size: calc(9 * var(--u));
      border-radius: 2px;
      background: #fff;
    }
    .sign i:nth-child(2) {
      block-size: calc(15 * var(--u));
    }
    .words {
      min-inline-size: 0;
    }
    h1 {
      margin: 0;
      font-size: calc(14 * var(--u));
      font-weight: 640;
      line-height: 1.25;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    p {
      display: flex;
      align-items: center;
      gap: calc(9 * var(--u));
      margin: calc(1 * var(--u)) 0 0;
      color: var(--lro-ink-soft);
      font-size: calc(11.5 * var(--u));
      line-height: 1.3;
      white-space: nowrap;
      overflow: hidden;
    }
    .now {
      color: var(--lro-accent);
      font-weight: 600;
    }
    .count {
      display: inline-flex;
      align-items: center;
      gap: calc(3 * var(--u));
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      header {
        border-radius: calc(20 * var(--u));
      }
      h1 {
        white-space: normal;
        overflow-wrap: anywhere;
      }
      p {
        flex-wrap: wrap;
        row-gap: 0;
      }
    }
  `,
];
