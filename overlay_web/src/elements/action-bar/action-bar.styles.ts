import { css } from "lit";
import { element } from "../foundation.js";

export const styles = [
  element,
  css`
    :host {
      display: block;
      position: relative;
    }
    .say {
      pointer-events: none;
    }
    .say p {
      inline-size: fit-content;
      max-inline-size: 100%;
      margin: 0 0 calc(8 * var(--u));
      padding: calc(6 * var(--u)) calc(14 * var(--u));
      border-radius: calc(14 * var(--u));
      background: rgb(30 22 17 / 0.94);
      box-shadow: 0 0 0 1px var(--lro-line) inset, 0 calc(6 * var(--u)) calc(18 * var(--u)) rgb(0 0 0 / 0.25);
      font-size: calc(13 * var(--u));
      animation: up 240ms var(--lro-spring) both;
    }
    @keyframes up {
      from {
        transform: translateY(calc(8 * var(--u))) scale(0.95);
        opacity: 0;
      }
    }
    /* Over the two buttons: good news needs no room of its own. */
    .say .earned {
      position: absolute;
      inset: auto 0 100% auto;
      margin-block-end: calc(14 * var(--u));
      z-index: 1;
      background: linear-gradient(100deg, #ffe3c4, #ffcb9a);
      color: #7a2408;
      font-weight: 660;
    }
    .say .refused {
      color: #ffd2bf;
    }
    .bar {
      display: flex;
      align-items: center;
      gap: calc(9 * var(--u));
      pointer-events: auto;
    }
    form {
      position: relative;
      flex: 1;
      min-inline-size: 0;
    }
    input {
      inline-size: 100%;
      block-size: calc(44 * var(--u));
      padding: 0 calc(46 * var(--u)) 0 calc(18 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      background: var(--lro-scrim);
      color: var(--lro-ink);
      font-size: max(16px, calc(14.5 * var(--u)));
    }
    input::placeholder {
      color: var(--lro-ink-soft);
      opacity: 1;
    }
    input:focus {
      outline: none;
      border-color: var(--lro-accent);
    }
    :host([anonymous]) input {
      cursor: pointer;
    }
    .send {
      position: absolute;
      inset: calc(5 * var(--u)) calc(5 * var(--u)) calc(5 * var(--u)) auto;
      display: grid;
      place-items: center;
      inline-size: calc(34 * var(--u));
      border-radius: 50%;
      background: var(--lro-accent-deep);
      color: #fff;
      font-size: calc(18 * var(--u));
    }
    .send[hidden] {
      display: none;
    }
    .round {
      flex: none;
      display: grid;
      place-items: center;
      inline-size: calc(44 * var(--u));
      block-size: calc(44 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 50%;
      background: var(--lro-scrim);
      font-size: calc(22 * var(--u));
      transition: transform 140ms var(--lro-ease);
    }
    .round:active {
      transform: scale(0.88);
    }
    .points {
      color: #ffd9a8;
    }
    .like {
      background: linear-gradient(150deg, #f26d48, #cf3f1f);
      border-color: rgb(255 225 205 / 0.35);
      color: #fff;
    }
    .hearts {
      position: relative;
      flex: none;
      display: grid;
      place-items: center;
    }
    .hearts > button {
      z-index: 1;
    }
    .count {
      position: absolute;
      inset-block-start: calc(-9 * var(--u));
      z-index: 2;
      padding: 0 calc(7 * var(--u));
      border-radius: 99px;
      background: #fff3e8;
      color: #9a2c10;
      font-size: calc(11 * var(--u));
      font-weight: 660;
      line-height: 1.5;
      white-space: nowrap;
      pointer-events: none;
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .bar {
        flex-wrap: wrap;
        justify-content: flex-end;
        padding: calc(6 * var(--u));
        border: 1px solid var(--lro-line);
        border-radius: calc(22 * var(--u));
        background: rgb(30 22 17 / 0.94);
      }
      form {
        flex: 1 0 100%;
      }
    }
    .heart {
      position: absolute;
      inline-size: calc(26 * var(--u));
      block-size: calc(26 * var(--u));
      pointer-events: none;
    }
  `,
];
