import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Toast } from "../../state/feedback.js";
import { catalogue } from "../../text/catalogue.js";
import { formatGain } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { earnedParams } from "../../wire/params.js";
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
    const earned = notice.kind === "points" ? earnedParams(notice.params) : null;
    const figure =
      earned === null || earned.points === 0
        ? nothing
        : html`<b>${formatGain(earned.points, this.language)}</b><small>${catalogue(this.language).card.points}</small>`;
    const says = notice.text[this.language];
    return html`<p class=${notice.kind}>
      <i>${notice.kind === "points" || notice.kind === "watch" ? spark() : gift()}</i>${figure}<span>${says}</span>
    </p>`;
  }
}
