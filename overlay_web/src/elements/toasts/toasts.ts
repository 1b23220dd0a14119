import { html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Toast } from "../../state/feedback.js";
import type { Language } from "../../text/language.js";
import { gift, spark } from "../icons.js";
import { styles } from "./toasts.styles.js";

/** Personal notices: points that came, a coupon, a word from the rules. Each a few seconds. */
export class Toasts extends LitElement {
  static override styles = styles;
  static override properties = {
    toasts: { attribute: false },
    still: { type: Boolean, reflect: true },
    language: { attribute: false },
  };
  declare toasts: readonly Toast[];
  declare still: boolean;
  declare language: Language;

  constructor() {
    super();
    this.toasts = [];
    this.still = false;
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult {
    return html`<div role="status" aria-live="polite">
      ${repeat(
        this.toasts,
        ({ notice }) => notice.id,
        (toast) => this.#toast(toast),
      )}
    </div>`;
  }

  #toast({ notice }: Toast): TemplateResult {
    return html`<p class=${notice.kind}>
      <i>${notice.kind === "points" || notice.kind === "watch" ? spark() : gift()}</i><span>${figuresStandOut(notice.text[this.language])}</span>
    </p>`;
  }
}

/** `+50`, `-20`: what came or went, wherever the sentence has it. */
const FIGURE = /([+\-−]\d[\d,.]*)/u;

const figuresStandOut = (sentence: string): readonly (TemplateResult | string)[] =>
  sentence.split(FIGURE).map((part, index) => (index % 2 === 1 ? html`<b>${part}</b>` : part));
