import { css } from "lit";
import { element } from "../foundation.js";

/** Only transform and opacity move. In for half a second, out in the last 320 ms of the time it stays. */
export const styles = [
  element,
  css`
    :host {
      display: block;
      --size: 1;
    }
    :host([surface="broadcast"]) {
      --size: 1.5;
    }
    .banner {
      --b: calc(var(--u) * var(--size));
      position: relative;
      display: inline-flex;
      align-items: center;
      gap: calc(12 * var(--b));
      max-inline-size: 100%;
      padding: calc(9 * var(--b)) calc(22 * var(--b)) calc(9 * var(--b)) calc(12 * var(--b));
      border-radius: calc(26 * var(--b));
      color: var(--lro-ink);
      background:
        radial-gradient(120% 180% at 0% 50%, color-mix(in srgb, var(--metal, #c98) 30%, transparent), transparent 46%),
        rgb(26 18 14 / 0.9);
      box-shadow:
        0 0 0 1px color-mix(in srgb, var(--metal, #b99) 62%, transparent) inset,
        0 calc(14 * var(--b)) calc(36 * var(--b)) rgb(0 0 0 / 0.34);
      pointer-events: auto;
      animation:
        arrive 520ms var(--lro-spring) both,
        leave 320ms ease-in calc(var(--stay) - 320ms) forwards;
    }
    @keyframes arrive {
      from {
        transform: translateY(calc(-16 * var(--u))) scale(0.9);
        opacity: 0;
      }
    }
    @keyframes leave {
      to {
        transform: translateY(calc(-10 * var(--u))) scale(0.97);
        opacity: 0;
      }
    }
    /* Held by pointer or focus, it does not go away under the hand: the queue takes it down. */
    .banner:hover,
    .banner:focus-within {
      animation-play-state: running, paused;
    }
    /* With less motion it is there, and then it is not: the rule for all would end the leaving as soon as it came. */
    @media (prefers-reduced-motion: reduce) {
      .banner {
        animation: none !important;
      }
    }
    :host([still]) .banner {
      animation: none !important;
    }
    .jewel {
      position: relative;
      flex: none;
      display: grid;
      place-items: center;
    }
    .jewel lro-tier-badge {
      --stone: calc(46 * var(--b));
      position: relative;
      filter: drop-shadow(0 calc(3 * var(--b)) calc(6 * var(--b)) rgb(0 0 0 / 0.45));
      animation: turn 820ms 90ms var(--lro-spring) both;
    }
    @keyframes turn {
      from {
        transform: rotateY(-200deg) scale(0.4);
        opacity: 0;
      }
    }
    .halo {
      position: absolute;
      inset: calc(-13 * var(--b));
      border-radius: 50%;
      background: radial-gradient(closest-side, color-mix(in srgb, var(--light) 62%, transparent), transparent);
      animation: glow 1500ms 200ms ease-out both;
    }
    @keyframes glow {
      from {
        transform: scale(0.2);
        opacity: 0;
      }
      35% {
        opacity: 1;
      }
      to {
        transform: scale(1.25);
        opacity: 0.32;
      }
    }
    .sparks {
      position: absolute;
      inset: 50% auto auto 50%;
    }
    .sparks i {
      position: absolute;
      inline-size: calc(4 * var(--b));
      block-size: calc(4 * var(--b));
      margin: calc(-2 * var(--b));
      border-radius: 1px;
      background: var(--light);
      opacity: 0;
      animation: fly 900ms 240ms cubic-bezier(0.1, 0.8, 0.3, 1) both;
    }
    .sparks i:nth-child(even) {
      inline-size: calc(2.5 * var(--b));
      block-size: calc(2.5 * var(--b));
      animation-delay: 320ms;
      animation-duration: 1100ms;
    }
    @keyframes fly {
      from {
        transform: rotate(var(--angle)) translateY(calc(-16 * var(--b))) rotate(45deg) scale(1);
        opacity: 1;
      }
      to {
        transform: rotate(var(--angle)) translateY(calc(-46 * var(--b))) rotate(45deg) scale(0.2);
        opacity: 0;
      }
    }
    .words {
      display: grid;
      gap: calc(4 * var(--b));
      min-inline-size: 0;
    }
    .line {
      font-size: calc(15.5 * var(--b));
      line-height: 1.35;
    }
    /* A line may end between the parts of the sentence, not inside 升级为. */
    .bit {
      display: inline-block;
      max-inline-size: 100%;
    }
    .who {
      font-weight: 600;
    }
    .tier {
      color: var(--tint);
      font-weight: 740;
      white-space: nowrap;
    }
    .mine .offer {
      padding-block-start: calc(2 * var(--b));
    }
    .offer {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: calc(4 * var(--b)) calc(8 * var(--b));
      font-size: calc(13 * var(--b));
      color: var(--lro-ink-soft);
    }
    .coupon {
      --notch: calc(3.5 * var(--b));
      padding: calc(2 * var(--b)) calc(12 * var(--b));
      border-radius: calc(5 * var(--b));
      background: linear-gradient(100deg, #ffe3c4, #ffc48f);
      color: #8a2208;
      font-size: calc(14.5 * var(--b));
      font-weight: 760;
      white-space: nowrap;
      mask:
        radial-gradient(circle var(--notch) at 0 50%, transparent 96%, #000) 0 0 / 51% 100% no-repeat,
        radial-gradient(circle var(--notch) at 100% 50%, transparent 96%, #000) 100% 0 / 51% 100% no-repeat;
      animation: pop 480ms 420ms var(--lro-spring) both;
    }
    @keyframes pop {
      from {
        transform: scale(0.5);
        opacity: 0;
      }
    }
    .offer button {
      min-block-size: calc(24 * var(--b));
      color: var(--lro-accent);
      font-weight: 600;
      text-decoration: underline;
      text-decoration-color: color-mix(in srgb, var(--lro-accent) 45%, transparent);
      text-underline-offset: 0.25em;
    }
    /* One pass of light over the metal. */
    .sheen {
      position: absolute;
      inset: 0;
      overflow: hidden;
      border-radius: inherit;
      pointer-events: none;
    }
    .sheen::before {
      content: "";
      position: absolute;
      inset: -40% auto -40% 0;
      inline-size: 26%;
      background: linear-gradient(100deg, transparent, color-mix(in srgb, var(--light) 30%, transparent), transparent);
      transform: translateX(-140%) skewX(-18deg);
      animation: sweep 1100ms 460ms ease-out both;
    }
    @keyframes sweep {
      to {
        transform: translateX(520%) skewX(-18deg);
      }
    }
    .mine {
      --size: 1.14;
      background:
        radial-gradient(120% 200% at 0% 50%, color-mix(in srgb, var(--metal) 38%, transparent), transparent 58%),
        rgb(26 18 14 / 0.93);
    }
    .mine .line {
      font-size: calc(18 * var(--b));
    }
    .plain {
      padding-inline: calc(20 * var(--b));
      --light: #ffe9d6;
      --metal: #d9a98a;
    }
    .test {
      justify-self: start;
      padding: 0 calc(7 * var(--b));
      border-radius: 99px;
      background: #ffd54a;
      color: #2b2100;
      font-size: calc(11 * var(--b));
      font-weight: 700;
    }
  `,
];
