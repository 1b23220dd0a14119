import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import { catalogue } from "../../text/catalogue.js";
import type { Catalogue } from "../../text/page-words.js";
import type { Language } from "../../text/language.js";
import { formatMoney, formatNumber } from "../../text/format.js";
import { materialOf, tierName } from "../../text/tiers.js";
import type { Missing } from "../../wire/frames.js";
import type { Tier } from "../../wire/views.js";
import { styles } from "./full-notice.styles.js";

/**
 * In the middle of the surface, when there is nothing else to show: entering for the first time, or stopped.
 *
 * @fires retry-request - try again
 * @fires sign-in-request - an anonymous viewer stands before a members-only room
 */
export class FullNotice extends LitElement {
  static override styles = styles;
  static override properties = {
    code: { attribute: false },
    missing: { attribute: false },
    tiers: { attribute: false },
    currency: { attribute: false },
    language: { attribute: false },
    still: { type: Boolean, reflect: true },
  };
  /** The close code that stopped the link; null: still entering. */
  declare code: number | null;
  /** What is missing to be let in, when that is why; null: it is not. */
  declare missing: Missing | null;
  /** The ladder, as far as this page has ever seen it. */
  declare tiers: Readonly<Record<string, Tier>>;
  declare currency: string;
  declare language: Language;
  declare still: boolean;

  constructor() {
    super();
    this.code = null;
    this.missing = null;
    this.tiers = {};
    this.currency = "CNY";
    this.language = "zh-CN";
    this.still = false;
  }

  protected override render(): TemplateResult {
    const { full } = catalogue(this.language);
    if (this.code === null) return html`<p class="entering" role="status"><span class="ring"></span>${full.connecting}</p>`;
    if (this.missing !== null) return this.#members(this.missing, full);
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

  /** Kindly: for whom it is, what is missing, and that nothing needs to be done about the page. */
  #members({ tier, name, growth_to_go: growth, spend_to_go: spend }: Missing, full: Catalogue["full"]): TemplateResult {
    const tiers = { ...this.tiers, [tier]: { color: null, growth: 0, order: 0, ...this.tiers[tier], name } };
    const called = tierName(tier, tiers, this.language);
    const isMember = growth !== null;
    return html`<section role="alert" class="members">
      <lro-tier-badge .material=${materialOf(tier, tiers)}></lro-tier-badge>
      <h2>${full.membersTitle(called)}</h2>
      ${isMember
        ? html`<p class="gap">${full.membersToGo(formatNumber(growth, this.language))}</p>
            <p>${spend === null ? nothing : full.membersBySpending(formatMoney(spend, this.currency, this.language))} ${full.membersWait}</p>`
        : html`<p>${full.membersSignIn(called)}</p>`}
      <div>
        ${isMember ? nothing : html`<button @click=${() => { request(this, EVENT.signInRequest, null); }}>${catalogue(this.language).card.signIn}</button>`}
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
