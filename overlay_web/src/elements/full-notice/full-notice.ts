import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import { catalogue } from "../../text/catalogue.js";
import type { Catalogue } from "../../text/catalogue.js";
import type { Language } from "../../text/language.js";
import { styles } from "./full-notice.styles.js";

/**
 * In the middle of the surface, when there is nothing else to show: entering for the first time, or stopped.
 *
 * @fires retry-request - try again
 */
export class FullNotice extends LitElement {
  static override styles = styles;
  static override properties = {
    code: { attribute: false },
    language: { attribute: false },
    still: { type: Boolean, reflect: true },
  };
  /** The close code that stopped the link; null: still entering. */
  declare code: number | null;
  declare language: Language;
  declare still: boolean;

  constructor() {
    super();
    this.code = null;
    this.language = "zh-CN";
    this.still = false;
  }

  protected override render(): TemplateResult {
    const { full } = catalogue(this.language);
    if (this.code === null) return html`<p class="entering" role="status"><span class="ring"></span>${full.connecting}</p>`;
    const { title, text } = wordsFor(this.code, full);
    return html`<section role="alert">
      <h2>${title}</h2>
      <p>${text}</p>
      <div>
        ${this.code === 4504
          ? nothing
          : html`<button @click=${() => { request(this, EVENT.retryRequest, null); }}>${full.again}</button>`}
        <slot></slot>
      </div>
    </section>`;
  }
}

function wordsFor(code: number, full: Catalogue["full"]): { readonly title: string; readonly text: string } {
  switch (code) {
    case 4501:
    case 4005:
      return { title: full.unauthorisedTitle, text: full.unauthorisedText };
    case 4502:
      return { title: full.notFoundTitle, text: full.notFoundText };
    case 4504:
      return { title: full.bannedTitle, text: full.bannedText };
    case 4505:
      return { title: full.replacedTitle, text: full.replacedText };
    default:
      return { title: full.stoppedTitle, text: full.stoppedText(code) };
  }
}
