import { css } from "lit";
import { element, surface } from "../elements/foundation.js";

export const styles = [
  element,
  surface,
  css`
    :host {
      pointer-events: none;
    }
    /* Where a full board, toasts and a shout leave no room, the comments give way: the bar is never pushed off. */
    .surface {
      --edge: calc(12 * var(--u));
      display: grid;
      grid-template:
        "top" auto
        "card" auto
        "board" auto
        "shouts" minmax(auto, 1fr)
        "toasts" auto
        "pinned" auto
        "stream" minmax(0, 30cqh)
        "spotlight" auto
        "actions" auto / minmax(0, 1fr);
      gap: calc(9 * var(--u));
      padding:
        max(var(--edge), env(safe-area-inset-top))
        max(var(--edge), env(safe-area-inset-right))
        max(var(--edge), env(safe-area-inset-bottom))
        max(var(--edge), env(safe-area-inset-left));
    }
    .top {
      grid-area: top;
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: calc(10 * var(--u));
      min-inline-size: 0;
    }
    /* However much the corner has to say, the room keeps its name; a long name gives way before the corner does. */
    lro-room-header {
      flex: 0 1000 auto;
      min-inline-size: 45%;
    }
    .corner {
      flex: 0 1 auto;
      min-inline-size: 0;
      display: inline-flex;
      align-items: center;
      gap: calc(7 * var(--u));
      pointer-events: auto;
    }
    .top {
      z-index: 4;
    }
    .corner > button {
      flex: none;
    }
    .language {
      min-inline-size: calc(32 * var(--u));
      min-block-size: calc(32 * var(--u));
      padding: 0 calc(8 * var(--u));
      border-radius: 99px;
      background: var(--lro-scrim);
      border: 1px solid var(--lro-line);
      color: var(--lro-ink-soft);
      font-size: calc(12 * var(--u));
      font-weight: 600;
    }
    .card {
      grid-area: card;
      pointer-events: auto;
      z-index: 2;
    }
    /* Opened, it may not push what is said and the buttons off the screen: it scrolls within itself. */
    .card[open] {
      max-block-size: 62cqh;
      overflow-y: auto;
      scrollbar-width: none;
      border-radius: calc(18 * var(--u));
    }
    @container surface (max-aspect-ratio: 0.999) {
      .surface.surface:has(> .card[open]) {
        grid-template-rows: auto auto auto auto auto auto minmax(0, 1fr) auto auto;
      }
    }
    .board {
      grid-area: board;
      align-self: start;
      pointer-events: auto;
      z-index: 1;
    }
    .spotlight {
      grid-area: spotlight;
      pointer-events: auto;
    }
    .pinned {
      grid-area: pinned;
      justify-self: start;
      display: flex;
      align-items: baseline;
      gap: calc(6 * var(--u));
      max-inline-size: 86%;
      margin: 0;
      padding: calc(5 * var(--u)) calc(13 * var(--u)) calc(5 * var(--u)) calc(10 * var(--u));
      border-radius: calc(14 * var(--u));
      background: var(--lro-scrim);
      font-size: calc(13 * var(--u));
      line-height: 1.35;
    }
    .pinned svg {
      flex: none;
      color: #ffd9a8;
      transform: translateY(calc(2 * var(--u)));
    }
    .pinned bdi {
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      line-clamp: 2;
      overflow: hidden;
      overflow-wrap: anywhere;
    }
    .shouts {
      grid-area: shouts;
      display: flex;
      flex-direction: column;
      align-items: center;
      gap: calc(8 * var(--u));
      min-block-size: calc(78 * var(--u));
      padding-block-start: calc(4 * var(--u));
      perspective: 900px;
      z-index: 3;
    }
    .shouts > * {
      flex: none;
    }
    .toasts {
      grid-area: toasts;
    }
    .stream {
      grid-area: stream;
      inline-size: 80%;
    }
    .actions {
      grid-area: actions;
    }
    /* At the foot, below the middle of the picture. */
    .sheet {
      position: absolute;
      inset: auto calc(8 * var(--u)) max(calc(8 * var(--u)), env(safe-area-inset-bottom));
      max-block-size: 47cqh;
      display: flex;
      flex-direction: column;
      pointer-events: auto;
      z-index: 4;
    }
    .full {
      position: absolute;
      inset: 0;
    }
    .over {
      background: rgb(18 12 9 / 0.62);
      backdrop-filter: blur(14px);
    }
    /* A tall surface that is shorter than a phone: what is shouted lies over the rest, the pinned line is one line. */
    @container surface (min-aspect-ratio: 1/2) {
      .surface {
        grid-template-rows: auto auto auto minmax(0, 1fr) auto auto minmax(0, 30cqh) auto auto;
      }
      .shouts {
        min-block-size: 0;
      }
      .pinned bdi {
        -webkit-line-clamp: 1;
        line-clamp: 1;
      }
    }
    @container surface (min-aspect-ratio: 1/1) {
      .surface {
        --edge: calc(24 * var(--u));
        grid-template:
          "top shouts corner" auto
          ". shouts card" auto
          ". shouts board" minmax(0, 1fr)
          "pinned . board" auto
          "stream toasts board" minmax(0, 38cqh)
          "stream toasts spotlight" auto
          "actions . spotlight" minmax(calc(44 * var(--u)), max-content) / minmax(0, calc(380 * var(--u))) minmax(0, 1fr) minmax(0, calc(330 * var(--u)));
        column-gap: calc(28 * var(--u));
      }
      .top {
        display: contents;
      }
      lro-room-header {
        grid-area: top;
      }
      .corner {
        grid-area: corner;
        justify-self: end;
      }
      .card {
        align-self: start;
      }
      /* Where it has no room for all it scrolls within itself, and fades to say so: what is on show stays uncovered. */
      .board {
        max-block-size: 100%;
        padding-block-end: calc(12 * var(--u));
        overflow-y: auto;
        scrollbar-width: none;
        mask-image: linear-gradient(to top, transparent, #000 calc(12 * var(--u)));
      }
      /* A card that scrolls would be content with less than it takes, and lie over the board. */
      .surface:has(> .card[open]) {
        grid-template-rows: auto max-content minmax(0, 1fr) auto minmax(0, 38cqh) auto minmax(calc(44 * var(--u)), max-content);
      }
      .stream {
        inline-size: 100%;
      }
      .toasts {
        align-self: end;
      }
      .spotlight {
        align-self: end;
      }
      .sheet {
        inset: auto var(--edge) var(--edge) auto;
        inline-size: calc(330 * var(--u));
        max-block-size: 66cqh;
      }
    }
    /* A phone at 200 %: all in one column that scrolls. The bar, what is said and the sheet stay where the eye is. */
    @container surface (max-width: 300px) and (max-aspect-ratio: 0.999) {
      .surface.surface {
        --edge: calc(9 * var(--u));
        --bar: calc(112 * var(--u));
        grid-template-rows: auto auto auto 0 0 auto auto auto var(--bar);
        align-content: start;
        overflow: hidden auto;
        overscroll-behavior: contain;
        scrollbar-width: none;
        scroll-padding-block-end: var(--bar);
      }
      .top {
        flex-wrap: wrap;
      }
      lro-room-header {
        flex: 1 1 100%;
      }
      .corner {
        margin-inline-start: auto;
        max-inline-size: 100%;
      }
      .card[open] {
        max-block-size: none;
      }
      .stream {
        inline-size: 100%;
        block-size: calc(150 * var(--u));
      }
      .pinned {
        max-inline-size: 100%;
      }
      .surface > :is(.shouts, .toasts, .actions, .sheet) {
        grid-area: 1 / 1 / -1 / -1;
        position: sticky;
      }
      .shouts {
        align-self: start;
        inset-block-start: 0;
        z-index: 5;
        pointer-events: none;
      }
      .toasts {
        align-self: end;
        inset-block-end: var(--bar);
      }
      .actions {
        align-self: end;
        inset-block-end: 0;
        z-index: 3;
      }
      .surface > .sheet {
        align-self: end;
        inset: auto 0 0;
        max-block-size: calc(100cqh - 2 * var(--edge));
        z-index: 5;
      }
      .full {
        overflow-y: auto;
      }
    }
  `,
];
