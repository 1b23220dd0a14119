import { css } from "lit";
import { element } from "../foundation.js";

/** One card is open on a tall surface, three on a wide one; the rest are chips. Only transform and opacity move. */
export const styles = [
  element,
  css`
    :host {
      display: block;
      --size: 1;
      --b: calc(var(--u) * var(--size));
      --filled: #c93c1d;
    }
    section {
      display: grid;
      gap: calc(6 * var(--b));
    }
    .cards {
      display: grid;
      gap: calc(6 * var(--b));
    }
    .card {
      display: grid;
      gap: calc(6 * var(--b));
      min-inline-size: 0;
      padding: calc(9 * var(--b)) calc(13 * var(--b)) calc(10 * var(--b));
      border: 1px solid var(--lro-line);
      border-radius: calc(16 * var(--b));
      background: var(--lro-scrim);
      box-shadow: 0 calc(8 * var(--b)) calc(22 * var(--b)) rgb(0 0 0 / 0.2);
      font-size: calc(13 * var(--b));
      animation: come 320ms var(--lro-ease) both;
    }
    @keyframes come {
      from {
        transform: translateY(calc(-8 * var(--u)));
        opacity: 0;
      }
    }
    .card:nth-child(n + 2) {
      display: none;
    }
    .chip:nth-child(1) {
      display: none;
    }
    .row {
      display: flex;
      align-items: center;
      gap: calc(10 * var(--b));
      min-inline-size: 0;
    }
    .row.low {
      flex-wrap: wrap;
      gap: calc(4 * var(--b)) calc(10 * var(--b));
    }
    .row.low:not(:has(*)) {
      display: none;
    }
    .fill {
      flex: 1;
    }
    .room {
      margin-inline-start: auto;
    }
    h3 {
      flex: 1;
      min-inline-size: 0;
      margin: 0;
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      line-clamp: 2;
      overflow: hidden;
      overflow-wrap: anywhere;
      font-size: calc(14 * var(--b));
      font-weight: 640;
      line-height: 1.32;
    }
    p {
      margin: 0;
    }
    .clock {
      flex: none;
      font-size: calc(19 * var(--b));
      font-weight: 720;
      line-height: 1.1;
      letter-spacing: -0.01em;
      color: var(--lro-ink);
    }
    .clock.hurry {
      color: var(--lro-accent);
    }
    .clock.paused {
      color: var(--lro-ink-soft);
    }
    .soft {
      color: var(--lro-ink-soft);
      font-size: calc(12 * var(--b));
    }
    .strong {
      color: var(--lro-ink);
      font-weight: 600;
      font-size: calc(12.5 * var(--b));
    }
    .gain,
    .price {
      flex: none;
      color: #ffd9a8;
      font-weight: 680;
    }
    .price {
      font-size: calc(16 * var(--b));
    }
    .good {
      color: #ffd9a8;
      font-size: calc(12.5 * var(--b));
      font-weight: 620;
    }
    .good svg {
      vertical-align: -0.12em;
    }
    .said {
      color: #ffd2bf;
      font-size: calc(12 * var(--b));
    }
    .progress {
      display: flex;
      align-items: center;
      gap: calc(8 * var(--b));
    }
    .pips {
      flex: 1;
      display: flex;
      gap: calc(3 * var(--b));
    }
    .pips i,
    .bar {
      flex: 1;
      block-size: calc(5 * var(--b));
      border-radius: 99px;
      background: rgb(255 240 225 / 0.2);
      overflow: hidden;
    }
    .pips i.on {
      background: var(--lro-accent);
    }
    .bar i {
      display: block;
      block-size: 100%;
      border-radius: 99px;
      background: linear-gradient(90deg, var(--lro-accent-deep), var(--lro-accent));
      transform-origin: left;
      transition: transform 500ms var(--lro-ease);
    }
    .small,
    .filled {
      flex: none;
      display: inline-flex;
      align-items: center;
      justify-content: center;
      gap: calc(5 * var(--b));
      min-block-size: calc(34 * var(--b));
      padding: 0 calc(16 * var(--b));
      border-radius: 99px;
      background: var(--filled);
      color: #fff;
      font-size: calc(13 * var(--b));
      font-weight: 640;
      text-decoration: none;
      white-space: nowrap;
    }
    .small {
      background: rgb(255 240 225 / 0.14);
      color: var(--lro-ink);
    }
    button:disabled {
      opacity: 0.7;
      cursor: default;
    }
    .link {
      color: #ffd9a8;
      font-size: calc(12 * var(--b));
      text-underline-offset: 0.2em;
      padding-block: calc(6 * var(--b));
      margin-block: calc(-6 * var(--b));
    }
    /* Everybody's times, the viewer's own in the light. */
    .steps {
      display: flex;
      flex-wrap: wrap;
      gap: calc(5 * var(--b));
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .steps li {
      padding: calc(2 * var(--b)) calc(9 * var(--b));
      border-radius: 99px;
      background: rgb(255 240 225 / 0.1);
      color: var(--lro-ink-soft);
      font-size: calc(12 * var(--b));
    }
    .steps time {
      font-weight: 620;
    }
    .steps .mine {
      background: rgb(255 217 168 / 0.2);
      color: #ffe6c6;
      box-shadow: 0 0 0 1px rgb(255 217 168 / 0.5) inset;
    }
    /* Open, not over: a time struck through would say the opposite. */
    .steps .past::before {
      content: "✓" / "";
      margin-inline-end: 0.35em;
      color: #ffd9a8;
      font-weight: 700;
    }
    .options {
      display: grid;
      gap: calc(5 * var(--b));
      margin: 0;
      padding: 0;
      list-style: none;
      max-block-size: calc(176 * var(--b));
      overflow-y: auto;
    }
    .option {
      position: relative;
      display: flex;
      align-items: center;
      gap: calc(8 * var(--b));
      inline-size: 100%;
      min-block-size: calc(34 * var(--b));
      padding: calc(4 * var(--b)) calc(11 * var(--b));
      border-radius: calc(10 * var(--b));
      background: rgb(255 240 225 / 0.1);
      text-align: start;
      overflow: hidden;
    }
    .option .share {
      position: absolute;
      inset: 0;
      background: rgb(255 141 107 / 0.26);
      transform-origin: left;
      transition: transform 500ms var(--lro-ease);
    }
    .option.mine {
      box-shadow: 0 0 0 1px var(--lro-accent) inset;
    }
    .option.best .share {
      background: rgb(255 199 140 / 0.36);
    }
    .name {
      position: relative;
      flex: 1;
      min-inline-size: 0;
      display: flex;
      align-items: center;
      gap: calc(5 * var(--b));
      line-height: 1.3;
      overflow-wrap: anywhere;
    }
    .name bdi {
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      line-clamp: 2;
      overflow: hidden;
    }
    .tick {
      flex: none;
      display: inline-flex;
      color: #ffd9a8;
    }
    .option b {
      position: relative;
      flex: none;
      font-size: calc(12.5 * var(--b));
      font-weight: 640;
    }
    .prizes,
    .winners {
      overflow: hidden;
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      line-clamp: 2;
      overflow-wrap: anywhere;
    }
    .winners bdi {
      font-weight: 640;
      color: #ffd9a8;
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: calc(6 * var(--b));
    }
    .chip {
      display: inline-flex;
      align-items: center;
      gap: calc(5 * var(--b));
      min-block-size: calc(32 * var(--b));
      padding: 0 calc(12 * var(--b)) 0 calc(10 * var(--b));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      background: var(--lro-scrim);
      color: var(--lro-ink);
      font-size: calc(12.5 * var(--b));
      font-weight: 600;
      white-space: nowrap;
    }
    .chip svg {
      color: #ffd9a8;
      font-size: calc(15 * var(--b));
    }
    .chip.more {
      color: var(--lro-ink-soft);
      padding-inline: calc(11 * var(--b));
    }
    :host([surface="broadcast"]) {
      --size: 1.06;
    }
    :host([surface="broadcast"]) .card {
      background: rgb(23 17 14 / 0.88);
    }
    @container (min-aspect-ratio: 1/1) {
      .card:nth-child(n + 2) {
        display: grid;
      }
      .card:nth-child(n + 4) {
        display: none;
      }
      .chip:nth-child(-n + 3) {
        display: none;
      }
      :host([surface="broadcast"]) {
        --size: 1.28;
      }
      :host([surface="broadcast"]) .card:nth-child(n + 3) {
        display: none;
      }
      :host([surface="broadcast"]) .chip:nth-child(3) {
        display: inline-flex;
      }
    }
  `,
];
