import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: flex;
      flex-direction: column;
      justify-content: flex-end;
      position: relative;
      min-block-size: 0;
    }
    .window {
      min-block-size: 0;
      max-block-size: 100%;
      overflow-y: auto;
      overscroll-behavior: contain;
      scrollbar-width: none;
      pointer-events: auto;
      padding-block-start: calc(26 * var(--u));
      mask: linear-gradient(transparent, #000 calc(44 * var(--u)));
      border-radius: calc(12 * var(--u));
    }
    .window::-webkit-scrollbar {
      display: none;
    }
    ol {
      display: flex;
      flex-direction: column;
      align-items: flex-start;
      gap: calc(5 * var(--u));
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      max-inline-size: 100%;
      padding: calc(4.5 * var(--u)) calc(11 * var(--u));
      border-radius: calc(14 * var(--u));
      background: var(--lro-scrim-light);
      font-size: calc(13.5 * var(--u));
      line-height: 1.45;
      overflow-wrap: anywhere;
      animation: enter 260ms var(--lro-ease) both;
    }
    @keyframes enter {
      from {
        transform: translateY(calc(10 * var(--u)));
        opacity: 0;
      }
    }
    lro-tier-badge {
      --stone: calc(15.5 * var(--u));
      margin-inline-end: calc(4 * var(--u));
      transform: translateY(calc(-1 * var(--u)));
    }
    .name {
      font-weight: 560;
      /* By hand, not by direction: a name that runs to the left would put the gap on its other side. */
      margin-right: calc(7 * var(--u));
    }
    .text {
      color: var(--lro-ink);
    }
    .own {
      background: rgb(74 30 16 / 0.82);
    }
    .sending .text {
      opacity: 0.78;
    }
    .way {
      margin-inline-start: calc(6 * var(--u));
      font-size: calc(11 * var(--u));
      color: var(--lro-ink-soft);
    }
    .gain {
      display: inline-block;
      margin-inline-start: calc(7 * var(--u));
      padding: 0 calc(8 * var(--u));
      border-radius: 99px;
      background: linear-gradient(100deg, #ffe3c4, #ffcb9a);
      color: #7a2408;
      font-size: calc(11.5 * var(--u));
      font-weight: 680;
      animation: gain 420ms var(--lro-spring) both;
    }
    @keyframes gain {
      from {
        transform: scale(0.4);
        opacity: 0;
      }
    }
    button {
      position: absolute;
      inset-block-end: calc(4 * var(--u));
      inset-inline-start: 0;
      pointer-events: auto;
      min-block-size: calc(28 * var(--u));
      padding: 0 calc(13 * var(--u));
      border-radius: 99px;
      background: #fff3e8;
      color: #9a2c10;
      font-size: calc(12 * var(--u));
      font-weight: 620;
    }
  `,
];
