/** What every element's styles stand on: colours, type, the design pixel, motion. */
import { css, unsafeCSS } from "lit";
import { ACCENT, ACCENT_DEEP, INK, INK_SOFT, SCRIM, SCRIM_LIGHT } from "./palette.js";
import type { Scrim } from "./palette.js";

const rgba = ({ colour, alpha }: Scrim): string => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${red ?? 0} ${green ?? 0} ${blue ?? 0} / ${alpha})`;
};

/**
 * For the outermost element of a surface. `--u` is one design pixel: the layouts are drawn for a phone of 390 and a
 * screen of 1440, and grow with the surface, so that 1080 × 1920 is a large phone and not a small desk.
 */
export const surface = css`
  :host {
    container: surface / size;
    display: block;
    position: relative;
    inline-size: 100%;
    block-size: 100%;
    overflow: hidden;
    font-family:
      -apple-system, BlinkMacSystemFont, "SF Pro Text", "PingFang SC", "HarmonyOS Sans SC", "MiSans", "Noto Sans SC",
      "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "Microsoft YaHei", system-ui, "Segoe UI", Roboto,
      "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif;
    font-variant-numeric: tabular-nums;
    font-feature-settings: "kern", "tnum";
    -webkit-font-smoothing: antialiased;
    text-rendering: optimizeLegibility;
    text-size-adjust: none;
  }
  :host([hidden]) {
    display: none;
  }
  .surface {
    --u: clamp(0.92px, 100cqw / 390, 2.77px);
    --lro-ink: ${unsafeCSS(INK)};
    --lro-ink-soft: ${unsafeCSS(INK_SOFT)};
    --lro-accent: ${unsafeCSS(ACCENT)};
    --lro-accent-deep: ${unsafeCSS(ACCENT_DEEP)};
    --lro-scrim: ${unsafeCSS(rgba(SCRIM))};
    --lro-scrim-light: ${unsafeCSS(rgba(SCRIM_LIGHT))};
    --lro-line: rgb(255 238 222 / 0.13);
    --lro-ease: cubic-bezier(0.2, 0.9, 0.25, 1);
    --lro-spring: cubic-bezier(0.22, 1.4, 0.36, 1);
    position: absolute;
    inset: 0;
    color: var(--lro-ink);
    font-size: calc(14 * var(--u));
    line-height: 1.4;
  }
  @container surface (min-aspect-ratio: 1/1) {
    .surface {
      --u: clamp(0.82px, min(100cqw / 1440, 100cqh / 810), 2.7px);
    }
  }
`;

/** For every element inside. */
export const element = css`
  :host {
    box-sizing: border-box;
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  input {
    font: inherit;
    color: inherit;
    margin: 0;
  }
  button {
    appearance: none;
    border: 0;
    padding: 0;
    background: none;
    cursor: pointer;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }
  /* A thumb needs 44 px: what is drawn smaller takes presses from around itself. */
  :where(button, a.filled) {
    position: relative;
  }
  :where(button, a.filled)::after {
    content: "";
    position: absolute;
    inset: min(0px, (100% - 44px) / 2);
  }
  :focus-visible {
    outline: calc(2 * var(--u)) solid var(--lro-accent);
    outline-offset: calc(2 * var(--u));
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      animation-delay: 0s !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important;
    }
  }
  :host([still]) *,
  :host([still]) *::before,
  :host([still]) *::after {
    animation-duration: 0.01ms !important;
    animation-delay: 0s !important;
    animation-iteration-count: 1 !important;
    transition-duration: 0.01ms !important;
  }
`;

/** A card of warm glass. */
export const glass = css`
  .glass {
    background: var(--lro-scrim);
    border: 1px solid var(--lro-line);
    border-radius: calc(18 * var(--u));
    backdrop-filter: blur(18px) saturate(1.3);
    box-shadow:
      0 1px 0 rgb(255 240 225 / 0.07) inset,
      0 calc(10 * var(--u)) calc(30 * var(--u)) rgb(0 0 0 / 0.22);
  }
`;

/** A small ring that turns while an answer is awaited; `--ring` is its size. */
export const ring = css`
  .ring {
    inline-size: var(--ring);
    block-size: var(--ring);
    border: calc(2 * var(--u)) solid rgb(255 240 225 / 0.22);
    border-top-color: var(--lro-accent);
    border-radius: 50%;
    animation: spin 900ms linear infinite;
  }
  @keyframes spin {
    to {
      transform: rotate(1turn);
    }
  }
`;
