import { css, html, LitElement } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { element } from "../elements/foundation.js";
import type { Language } from "../text/language.js";
import { down, HOLD_MS, idle, passed, up } from "./hold.js";
import type { Hold } from "./hold.js";
import { HELD } from "./names.js";
import { hostWords } from "./words.js";

/**
 * A button for what cannot be taken back: a pointer, Enter or Space must stay on it for a second; it fills
 * meanwhile. A mere click says how it works.
 *
 * @prop label - what it does
 * @fires held-request - it was held long enough
 */
export class HoldButton extends LitElement {
  static override styles = [
    element,
    css`
      :host {
        display: block;
        min-inline-size: 0;
      }
      button {
        position: relative;
        inline-size: 100%;
        min-block-size: calc(44 * var(--u));
        padding: calc(4 * var(--u)) calc(12 * var(--u));
        border: 1px solid rgb(255 141 107 / 0.45);
        border-radius: calc(12 * var(--u));
        overflow: hidden;
        color: #ffb49d;
        font-size: calc(13.5 * var(--u));
        font-weight: 600;
        line-height: 1.2;
        user-select: none;
        -webkit-user-select: none;
        -webkit-touch-callout: none;
        touch-action: none;
      }
      button:disabled {
        opacity: 0.45;
        cursor: default;
      }
      .fill {
        position: absolute;
        inset: 0;
        background: var(--lro-accent-deep);
        transform: scaleX(0);
        transform-origin: left;
        transition: transform 160ms ease-out;
      }
      .holding .fill {
        transform: scaleX(1);
        transition: transform var(--hold) linear;
      }
      .words {
        position: relative;
        display: grid;
        justify-items: center;
      }
      .holding .words {
        color: #fff;
      }
      small {
        font-size: calc(10.5 * var(--u));
        font-weight: 500;
        opacity: 0.8;
      }
      .hinting small {
        opacity: 1;
        color: var(--lro-ink);
      }
      /* Less motion: the fill is a colour that comes at once, the second is the same. */
      @media (prefers-reduced-motion: reduce) {
        .holding .fill {
          transition: none !important;
        }
      }
    `,
  ];
  static override properties = {
    label: { attribute: false },
    disabled: { type: Boolean, reflect: true },
    language: { attribute: false },
    hold: { state: true },
    hinting: { state: true },
  };
  declare label: string;
  declare disabled: boolean;
  declare language: Language;
  declare protected hold: Hold;
  declare protected hinting: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.label = "";
    this.disabled = false;
    this.language = "zh-CN";
    this.hold = idle;
    this.hinting = false;
  }

  override disconnectedCallback(): void {
    this.#release();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("disabled") && this.disabled) this.#release();
  }

  protected override render(): TemplateResult {
    const words = hostWords(this.language);
    const state = this.hold.phase === "idle" ? (this.hinting ? "hinting" : "") : "holding";
    return html`<button
      class=${state}
      style="--hold: ${HOLD_MS}ms"
      ?disabled=${this.disabled}
      aria-label=${words.holdHint(this.label)}
      @pointerdown=${this.#pointerDown}
      @pointerup=${this.#letGo}
      @pointercancel=${this.#release}
      @pointerleave=${this.#release}
      @keydown=${this.#keyDown}
      @keyup=${this.#letGo}
      @blur=${this.#release}
      @contextmenu=${this.#noMenu}
    >
      <span class="fill"></span>
      <span class="words"><span>${this.label}</span><small aria-hidden="true">${this.hinting ? words.holdLonger : words.hold}</small></span>
    </button><span class="unseen" role="status">${this.hinting ? words.holdLonger : ""}</span>`;
  }

  #pointerDown = (event: PointerEvent): void => {
    if (event.button === 0) this.#begin();
  };

  #keyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.#release();
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) this.#begin();
  };

  // A long press opens a menu on some phones, which would take the finger away.
  #noMenu = (event: Event): void => {
    event.preventDefault();
  };

  #begin(): void {
    if (this.disabled) return;
    this.hinting = false;
    this.hold = down(this.hold, performance.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, HOLD_MS);
  }

  #look = (): void => {
    const next = passed(this.hold, performance.now());
    this.hold = next.hold;
    if (next.fired) this.dispatchEvent(new CustomEvent(HELD, { detail: null, bubbles: true, composed: true }));
    // A timer may ring a little early.
    else if (this.hold.phase === "holding") this.#timer = setTimeout(this.#look, 20);
  };

  #letGo = (): void => {
    // Too short: the words say what is wanted.
    this.hinting = this.hold.phase === "holding";
    this.#release();
  };

  #release = (): void => {
    clearTimeout(this.#timer);
    this.hold = up();
  };
}
