import { css } from "lit";
import { element, glass } from "../foundation.js";

export const styles = [
  element,
  glass,
  css`
    :host {
      display: block;
    }
    section {
      position: relative;
      padding: calc(10 * var(--u)) calc(14 * var(--u)) calc(11 * var(--u));
      overflow: hidden;
    }
    /* A thin edge of the tier's metal along the top. */
    section::before {
      content: "";
      position: absolute;
      inset: 0 0 auto;
      block-size: calc(1.5 * var(--u));
      background: linear-gradient(90deg, transparent, var(--metal, transparent) 18%, var(--metal-light, transparent) 50%, var(--metal, transparent) 82%, transparent);
      opacity: 0.75;
    }
    .waiting p {
      margin: 0;
      color: var(--lro-ink-soft);
      font-size: calc(13 * var(--u));
    }
    .head {
      display: flex;
      align-items: center;
      gap: calc(8 * var(--u));
      inline-size: 100%;
      min-block-size: calc(28 * var(--u));
      text-align: start;
      border-radius: calc(8 * var(--u));
    }
    .stone {
      --stone: calc(26 * var(--u));
      margin-inline-start: calc(-2 * var(--u));
    }
    .stone.risen {
      animation: rise 900ms var(--lro-spring) both;
    }
    @keyframes rise {
      from {
        transform: scale(0.3) rotate(-120deg);
        opacity: 0;
      }
    }
    .tier {
      flex: 1;
      min-inline-size: 0;
      font-size: calc(15 * var(--u));
      font-weight: 660;
      color: var(--tint);
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .today {
      display: inline-flex;
      align-items: center;
      gap: calc(4 * var(--u));
      color: #ffd9a8;
      font-size: calc(12.5 * var(--u));
      font-weight: 560;
      white-space: nowrap;
    }
    .today.none {
      color: var(--lro-ink-soft);
      font-weight: 450;
    }
    .turn {
      display: inline-flex;
      color: var(--lro-ink-soft);
      font-size: calc(16 * var(--u));
      margin-inline-end: calc(-4 * var(--u));
      transition: transform 220ms var(--lro-ease);
    }
    :host([open]) .turn {
      transform: rotate(180deg);
    }
    .bar {
      block-size: calc(5 * var(--u));
      margin-block: calc(7 * var(--u)) calc(7 * var(--u));
      border-radius: 99px;
      background: rgb(255 240 225 / 0.16);
      overflow: hidden;
    }
    .bar span {
      display: block;
      block-size: 100%;
      border-radius: 99px;
      background: linear-gradient(90deg, var(--lro-accent-deep), var(--lro-accent));
      transform-origin: left;
      transition: transform 700ms var(--lro-ease);
    }
    .lines {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      justify-content: space-between;
      column-gap: calc(14 * var(--u));
    }
    .hint {
      flex-basis: 100%;
    }
    .lines p {
      margin: 0;
      font-size: calc(12.5 * var(--u));
      line-height: 1.5;
    }
    .to-go b {
      color: var(--lro-accent);
      font-size: 1.16em;
      font-weight: 720;
      padding-inline: 0.08em;
    }
    .by-order {
      color: var(--lro-ink-soft);
    }
    .hint {
      display: flex;
      align-items: baseline;
      gap: calc(4 * var(--u));
      color: #ffd9a8;
    }
    .hint svg {
      flex: none;
      font-size: calc(10.5 * var(--u));
      transform: translateY(calc(1 * var(--u)));
    }
    .keep,
    .lent,
    .standing {
      margin: 0 0 calc(3 * var(--u));
      font-size: calc(12.5 * var(--u));
      line-height: 1.45;
      overflow-wrap: anywhere;
    }
    /* The one thing on the card that is lost by not reading it. */
    .keep {
      display: flex;
      align-items: baseline;
      gap: calc(5 * var(--u));
      margin-block-end: calc(5 * var(--u));
      padding: calc(4 * var(--u)) calc(9 * var(--u));
      border-radius: calc(9 * var(--u));
      background: rgb(255 176 80 / 0.16);
      color: #ffdf9e;
      font-weight: 600;
    }
    .keep svg {
      flex: none;
      font-size: calc(11.5 * var(--u));
      transform: translateY(calc(1.5 * var(--u)));
    }
    .lent,
    .standing {
      color: var(--lro-ink-soft);
    }
    .standing {
      margin-block: calc(6 * var(--u)) 0;
    }
    .quick {
      display: flex;
      flex-wrap: wrap;
      gap: calc(7 * var(--u));
      margin-block-start: calc(6 * var(--u));
    }
    .quick button {
      min-block-size: calc(32 * var(--u));
      padding: 0 calc(13 * var(--u));
      border-radius: 99px;
      background: rgb(255 240 225 / 0.14);
      font-size: calc(12.5 * var(--u));
      font-weight: 600;
    }
    .quick b {
      color: #ffd9a8;
    }
    .extra {
      margin: calc(8 * var(--u)) 0 0;
      font-size: calc(12.5 * var(--u));
      overflow-wrap: anywhere;
    }
    .extra a {
      color: #ffd9a8;
      text-underline-offset: 0.2em;
    }
    .more {
      display: grid;
      grid-template-rows: 0fr;
      visibility: hidden;
      transition:
        grid-template-rows 260ms var(--lro-ease),
        visibility 0s 260ms;
    }
    :host([open]) .more {
      grid-template-rows: 1fr;
      visibility: visible;
      transition: grid-template-rows 260ms var(--lro-ease);
    }
    .more > div {
      min-block-size: 0;
      overflow: hidden;
    }
    dl {
      display: grid;
      grid-template-columns: 1fr 1fr;
      margin: calc(10 * var(--u)) 0 0;
      padding-block-start: calc(10 * var(--u));
      border-block-start: 1px solid var(--lro-line);
    }
    dl div {
      display: flex;
      flex-direction: column-reverse;
    }
    dt {
      color: var(--lro-ink-soft);
      font-size: calc(11.5 * var(--u));
    }
    dd {
      margin: 0;
      font-size: calc(21 * var(--u));
      font-weight: 640;
      line-height: 1.2;
      letter-spacing: -0.01em;
    }
    .reward {
      display: flex;
      align-items: baseline;
      gap: calc(4 * var(--u));
      margin: calc(8 * var(--u)) 0 0;
      font-size: calc(12.5 * var(--u));
      color: #ffd9a8;
    }
    .reward svg {
      flex: none;
      font-size: calc(10.5 * var(--u));
      transform: translateY(calc(1 * var(--u)));
    }
    .reward span {
      min-inline-size: 0;
      overflow-wrap: anywhere;
    }
    h2 {
      margin: calc(12 * var(--u)) 0 calc(6 * var(--u));
      font-size: calc(11.5 * var(--u));
      font-weight: 500;
      color: var(--lro-ink-soft);
    }
    ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .ways {
      display: flex;
      flex-wrap: wrap;
      gap: calc(6 * var(--u));
    }
    .ways li {
      display: inline-flex;
      gap: calc(5 * var(--u));
      padding: calc(3 * var(--u)) calc(10 * var(--u));
      border-radius: 99px;
      background: rgb(255 240 225 / 0.09);
      font-size: calc(12 * var(--u));
    }
    .ways b {
      color: #ffd9a8;
      font-weight: 640;
    }
    .coupons {
      display: grid;
      gap: calc(6 * var(--u));
      max-block-size: calc(170 * var(--u));
      overflow-y: auto;
    }
    /* A ticket: the notch between value and words is cut out of it. */
    .coupons li {
      --notch: calc(5 * var(--u));
      --at: calc(74 * var(--u));
      display: grid;
      grid-template-columns: var(--at) 1fr;
      align-items: center;
      border-radius: calc(9 * var(--u));
      background: #fff1e4;
      color: #3a1a0c;
      mask:
        radial-gradient(circle var(--notch) at var(--at) 0, transparent 97%, #000) 0 0 / 100% 51% no-repeat,
        radial-gradient(circle var(--notch) at var(--at) 100%, transparent 97%, #000) 0 100% / 100% 51% no-repeat;
    }
    .coupons b {
      padding: calc(9 * var(--u)) 0;
      text-align: center;
      color: #b93214;
      font-size: calc(17 * var(--u));
      font-weight: 740;
      border-inline-end: 1px dashed rgb(150 60 20 / 0.35);
    }
    .coupons span {
      padding: calc(7 * var(--u)) calc(12 * var(--u));
      min-inline-size: 0;
    }
    .coupons strong {
      display: block;
      font-size: calc(12.5 * var(--u));
      font-weight: 620;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .coupons small {
      font-size: calc(11 * var(--u));
      color: #6d4632;
    }
    .stranger {
      display: flex;
      align-items: center;
      gap: calc(10 * var(--u));
    }
    .stranger lro-tier-badge {
      --stone: calc(28 * var(--u));
    }
    .stranger p {
      flex: 1;
      text-wrap: balance;
      min-inline-size: 0;
      margin: 0;
      line-height: 1.35;
    }
    .stranger strong {
      display: block;
      font-size: calc(13.5 * var(--u));
      font-weight: 620;
    }
    .stranger p span {
      color: var(--lro-ink-soft);
      font-size: calc(11.5 * var(--u));
    }
    .filled {
      flex: none;
      min-block-size: calc(34 * var(--u));
      padding: 0 calc(18 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent-deep);
      color: #fff;
      font-size: calc(13.5 * var(--u));
      font-weight: 620;
    }
    @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .head {
        flex-wrap: wrap;
        row-gap: calc(2 * var(--u));
      }
      .tier {
        white-space: normal;
      }
      .today {
        order: 1;
        flex-basis: 100%;
        white-space: normal;
      }
    }
  `,
];
