import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: block;
      pointer-events: none;
    }
    div {
      display: flex;
      flex-direction: column;
      align-items: flex-end;
      gap: calc(6 * var(--u));
    }
    p {
      display: inline-flex;
      align-items: center;
      gap: calc(7 * var(--u));
      max-inline-size: 100%;
      margin: 0;
      padding: calc(6 * var(--u)) calc(15 * var(--u)) calc(6 * var(--u)) calc(11 * var(--u));
      border-radius: 99px;
      background: rgb(30 22 17 / 0.92);
      box-shadow: 0 0 0 1px rgb(255 214 168 / 0.28) inset, 0 calc(6 * var(--u)) calc(18 * var(--u)) rgb(0 0 0 / 0.24);
      font-size: calc(13 * var(--u));
      animation: slide 360ms var(--lro-spring) both;
    }
    @keyframes slide {
      from {
        transform: translateX(calc(24 * var(--u)));
        opacity: 0;
      }
    }
    i {
      display: inline-flex;
      color: #ffd9a8;
      font-size: calc(15 * var(--u));
    }
    b {
      color: #ffd9a8;
      font-size: 1.14em;
      font-weight: 740;
    }
    .why_nothing i,
    .rules i {
      color: var(--lro-ink-soft);
    }
  `,
];
