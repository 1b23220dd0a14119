import { css } from "lit";
import { element, surface } from "../elements/foundation.js";

export const styles = [
  element,
  surface,
  css`
    :host {
      pointer-events: none;
    }
    .surface {
      --edge: calc(12 * var(--u));
      display: grid;
      grid-template:
        "top" auto
        "card" auto
        "shouts" minmax(0, 1fr)
        "toasts" auto
        "stream" minmax(0, 34cqh)
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
    .corner {
      flex: none;
      display: inline-flex;
      align-items: center;
      gap: calc(7 * var(--u));
      pointer-events: auto;
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
    .shouts {
      grid-area: shouts;
      display: flex;
      flex-direction: column;
      align-items: center;
      gap: calc(8 * var(--u));
      padding-block-start: calc(4 * var(--u));
      perspective: 900px;
      z-index: 3;
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
    .full {
      position: absolute;
      inset: 0;
    }
    .over {
      background: rgb(18 12 9 / 0.62);
      backdrop-filter: blur(14px);
    }
    @container surface (min-aspect-ratio: 1/1) {
      .surface {
        --edge: calc(24 * var(--u));
        grid-template:
          "top shouts corner" auto
          ". shouts card" minmax(0, 1fr)
          "stream . toasts" minmax(0, 42cqh)
          "actions . ." auto / minmax(0, calc(380 * var(--u))) minmax(0, 1fr) minmax(0, calc(330 * var(--u)));
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
      .stream {
        inline-size: 100%;
      }
      .toasts {
        align-self: end;
      }
    }
  `,
];
