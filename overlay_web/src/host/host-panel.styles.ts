import { css } from "lit";
import { element, surface } from "../elements/foundation.js";

/** Phone: what runs above, what can be started under the thumb. Wide: two columns. */
export const styles = [
  element,
  surface,
  css`
    .surface {
      --u: clamp(1px, 100cqw / 600, 1.75px);
      display: grid;
      grid-template-rows: auto auto minmax(0, 1fr);
      background:
        radial-gradient(90% 40% at 50% -10%, rgb(207 90 50 / 0.2), transparent 70%),
        #17110e;
    }
    .surface > :only-child {
      grid-row: 1 / -1;
    }
    header {
      grid-row: 1;
      display: grid;
      gap: calc(8 * var(--u));
      padding: max(calc(12 * var(--u)), env(safe-area-inset-top)) calc(16 * var(--u)) calc(10 * var(--u));
      border-block-end: 1px solid var(--lro-line);
    }
    .who {
      display: flex;
      align-items: center;
      gap: calc(10 * var(--u));
      min-inline-size: 0;
    }
    .who h1 {
      margin: 0;
      min-inline-size: 0;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      font-size: calc(18 * var(--u));
      font-weight: 660;
    }
    .air {
      flex: none;
      padding: calc(2 * var(--u)) calc(9 * var(--u));
      border: 1px solid rgb(255 238 222 / 0.24);
      border-radius: 99px;
      color: var(--lro-ink-soft);
      font-size: calc(12 * var(--u));
      font-weight: 600;
    }
    .air.on {
      border-color: transparent;
      background: var(--lro-accent-deep);
      color: #fff;
    }
    .language {
      flex: none;
      margin-inline-start: auto;
      min-inline-size: calc(44 * var(--u));
      min-block-size: calc(34 * var(--u));
      padding: 0 calc(10 * var(--u));
      border: 1px solid var(--lro-line);
      border-radius: 99px;
      color: var(--lro-ink-soft);
      font-size: calc(12.5 * var(--u));
      font-weight: 600;
    }
    dl {
      display: flex;
      align-items: baseline;
      flex-wrap: wrap;
      gap: calc(2 * var(--u)) calc(18 * var(--u));
      margin: 0;
      font-size: calc(13 * var(--u));
    }
    .figure {
      display: flex;
      align-items: baseline;
      gap: calc(6 * var(--u));
    }
    dt {
      color: var(--lro-ink-soft);
    }
    dd {
      margin: 0;
      font-weight: 640;
    }
    .link {
      margin-inline-start: auto;
    }
    .link dd {
      color: var(--lro-ink-soft);
      font-weight: 500;
    }
    .link i {
      display: inline-block;
      inline-size: calc(8 * var(--u));
      block-size: calc(8 * var(--u));
      margin-inline-end: calc(6 * var(--u));
      border-radius: 50%;
      background: #7ddba0;
    }
    .alarm dd {
      color: #ffb49d;
    }
    .alarm i {
      background: var(--lro-accent);
    }
    .offline {
      grid-row: 2;
      margin: 0;
      padding: calc(9 * var(--u)) calc(16 * var(--u));
      background: #4a2218;
      color: #ffe2d8;
      font-size: calc(13.5 * var(--u));
    }
    main {
      grid-row: 3;
      display: grid;
      grid-template-rows: minmax(26%, 1fr) minmax(0, auto);
      min-block-size: 0;
    }
    .running {
      overflow-y: auto;
      overscroll-behavior: contain;
      padding: calc(12 * var(--u)) calc(16 * var(--u)) calc(16 * var(--u));
    }
    h2 {
      margin: 0 0 calc(10 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(13 * var(--u));
      font-weight: 600;
    }
    h2.numbers {
      margin-block-start: calc(22 * var(--u));
    }
    .desk {
      position: relative;
      display: grid;
      grid-template-rows: minmax(0, 1fr) auto;
      min-block-size: 0;
      max-block-size: calc(100cqh * 0.56);
      border-block-start: 1px solid var(--lro-line);
      background: #1c1512;
    }
    .body {
      overflow-y: auto;
      overscroll-behavior: contain;
      padding: calc(14 * var(--u)) calc(16 * var(--u));
    }
    lro-host-shouts + lro-host-room {
      margin-block-start: calc(14 * var(--u));
    }
    .tabs {
      display: grid;
      grid-auto-flow: column;
      grid-auto-columns: minmax(0, 1fr);
      gap: calc(4 * var(--u));
      padding: calc(6 * var(--u)) calc(12 * var(--u)) max(calc(8 * var(--u)), env(safe-area-inset-bottom));
      border-block-start: 1px solid var(--lro-line);
    }
    .tabs button {
      min-block-size: calc(48 * var(--u));
      border-radius: calc(12 * var(--u));
      color: var(--lro-ink-soft);
      font-size: calc(14.5 * var(--u));
      font-weight: 600;
    }
    .tabs [aria-selected="true"] {
      background: rgb(255 240 225 / 0.1);
      color: var(--lro-ink);
    }
    .said {
      position: absolute;
      inset-inline: calc(12 * var(--u));
      inset-block-end: calc(100% + 8 * var(--u));
      z-index: 1;
    }
    .said p {
      display: flex;
      align-items: center;
      gap: calc(12 * var(--u));
      inline-size: fit-content;
      max-inline-size: 100%;
      margin: 0 auto;
      padding: calc(6 * var(--u)) calc(8 * var(--u)) calc(6 * var(--u)) calc(16 * var(--u));
      border: 1px solid rgb(255 238 222 / 0.22);
      border-radius: calc(14 * var(--u));
      background: #2c211c;
      box-shadow: 0 calc(8 * var(--u)) calc(24 * var(--u)) rgb(0 0 0 / 0.4);
      font-size: calc(14 * var(--u));
      overflow-wrap: anywhere;
    }
    .said,
    .said .done {
      pointer-events: none;
    }
    .said .done {
      padding-inline-end: calc(16 * var(--u));
    }
    .said .refused {
      pointer-events: auto;
      border-color: rgb(255 141 107 / 0.6);
    }
    .said button {
      flex: none;
      min-block-size: calc(40 * var(--u));
      padding: 0 calc(12 * var(--u));
      color: var(--lro-accent);
      font-weight: 600;
    }
    .entering {
      align-self: center;
      justify-self: center;
      color: var(--lro-ink-soft);
    }
    .full {
      align-self: center;
      justify-self: center;
      display: grid;
      justify-items: center;
      gap: calc(12 * var(--u));
      max-inline-size: calc(360 * var(--u));
      padding: calc(24 * var(--u));
      text-align: center;
      text-wrap: balance;
    }
    .full h1 {
      margin: 0;
      font-size: calc(21 * var(--u));
      font-weight: 660;
    }
    .full p {
      margin: 0;
      color: var(--lro-ink-soft);
      overflow-wrap: anywhere;
    }
    .full a {
      color: var(--lro-accent);
      padding-block: calc(10 * var(--u));
    }
    .again {
      min-block-size: calc(46 * var(--u));
      padding: 0 calc(24 * var(--u));
      border-radius: 99px;
      background: var(--lro-accent-deep);
      color: #fff;
      font-weight: 620;
    }
    @container surface (min-width: 900px) and (min-aspect-ratio: 1/1) {
      .surface {
        --u: clamp(0.95px, 100cqw / 1500, 1.4px);
      }
      header {
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        padding-inline: calc(28 * var(--u));
      }
      dl {
        grid-column: 1 / -1;
      }
      .who {
        grid-column: 1 / -1;
      }
      main {
        grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr);
        grid-template-rows: minmax(0, 1fr);
      }
      .running {
        padding: calc(18 * var(--u)) calc(28 * var(--u)) calc(28 * var(--u));
      }
      .desk {
        grid-template-rows: auto minmax(0, 1fr);
        max-block-size: none;
        border-block-start: 0;
        border-inline-start: 1px solid var(--lro-line);
      }
      .body {
        grid-row: 2;
        padding: calc(18 * var(--u)) calc(28 * var(--u)) calc(28 * var(--u));
      }
      .tabs {
        grid-row: 1;
        padding: calc(10 * var(--u)) calc(28 * var(--u));
        border-block-start: 0;
        border-block-end: 1px solid var(--lro-line);
      }
      .said {
        inset-block-end: calc(20 * var(--u));
      }
    }
    /* A phone at 200 %: one page that scrolls; the tabs stay under the thumb, three to a row. */
    @container surface (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .surface {
        overflow: hidden auto;
        grid-template: repeat(5, auto) / minmax(0, 1fr);
        align-content: start;
        scroll-padding-block-end: calc(116 * var(--u));
      }
      .surface > :only-child {
        block-size: 100cqh;
      }
      header,
      .running,
      .body {
        padding-inline: calc(12 * var(--u));
      }
      .who {
        flex-wrap: wrap;
      }
      .who h1 {
        flex-basis: 100%;
        white-space: normal;
        overflow-wrap: anywhere;
      }
      main,
      .desk {
        display: contents;
      }
      .running,
      .body {
        overflow: visible;
      }
      .running,
      .body,
      .tabs,
      .said {
        grid-column: 1;
      }
      .running {
        grid-row: 3;
      }
      .body {
        grid-row: 4;
        border-block-start: 1px solid var(--lro-line);
        background: #1c1512;
      }
      .tabs {
        grid-row: 5;
        position: sticky;
        inset-block-end: 0;
        z-index: 2;
        grid-auto-flow: row;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        background: #1c1512;
      }
      .said {
        grid-row: 5;
        align-self: start;
        position: sticky;
        inset: auto 0 calc(116 * var(--u));
        block-size: 0;
        display: grid;
        align-items: end;
      }
    }
  `,
];
