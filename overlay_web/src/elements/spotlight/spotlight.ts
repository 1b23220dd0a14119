import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { pricesOf } from "../../state/prices.js";
import type { Prices } from "../../state/prices.js";
import { catalogue } from "../../text/catalogue.js";
import { formatMoney } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { tierName } from "../../text/tiers.js";
import type { Spotlight } from "../../wire/items.js";
import type { MemberCard, Tier } from "../../wire/views.js";
import { bag } from "../icons.js";
import { styles } from "./spotlight.styles.js";

/**
 * The product on show: both prices, “your price” and what it saves (B7). On a broadcast surface both prices only.
 *
 * @attr surface - `viewer`, or `broadcast`: nothing personal
 */
export class SpotlightElement extends LitElement {
  static override styles = styles;
  static override properties = {
    shown: { attribute: false },
    card: { attribute: false },
    tiers: { attribute: false },
    now: { attribute: false },
    surface: { reflect: true },
    currency: { attribute: false },
    language: { attribute: false },
    broken: { state: true },
  };
  declare shown: Spotlight | null;
  declare card: MemberCard | null;
  declare tiers: Readonly<Record<string, Tier>>;
  /** The server's clock. */
  declare now: number;
  declare surface: "viewer" | "broadcast";
  declare currency: string;
  declare language: Language;
  /** The picture that could not be shown. */
  declare protected broken: string | null;

  constructor() {
    super();
    this.shown = null;
    this.card = null;
    this.tiers = {};
    this.now = 0;
    this.surface = "viewer";
    this.currency = "CNY";
    this.language = "zh-CN";
    this.broken = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { shown } = this;
    if (shown === null) return nothing;
    const { spotlight } = catalogue(this.language).board;
    const prices = pricesOf(shown, this.surface === "broadcast" ? null : this.card, this.now);
    return html`<section aria-label=${spotlight.label}>
      ${this.#picture(shown)}
      <div class="words">
        <h3><bdi>${shown.title}</bdi></h3>
        ${this.#both(prices)}
        ${prices.rise === null
          ? nothing
          : html`<p class="rise">${spotlight.rise(tierName(prices.rise.tier, this.tiers, this.language), this.#money(prices.rise.price))}</p>`}
      </div>
      ${this.#mine(prices)}
    </section>`;
  }

  #picture({ image }: Spotlight): TemplateResult {
    // Only what a shop's page itself would load; a picture that is away leaves the sign of a product.
    if (image === null || image === this.broken || !/^https?:\/\//u.test(image)) return html`<span class="picture">${bag()}</span>`;
    return html`<img class="picture" src=${image} alt="" referrerpolicy="no-referrer" @error=${() => { this.broken = image; }} />`;
  }

  #both({ price, memberFrom, mine, saved }: Prices): TemplateResult {
    const { spotlight } = catalogue(this.language).board;
    // Beside one's own price the regular one is the one that is not paid.
    const isOff = mine !== null && saved > 0;
    return html`<p class="both">
      ${memberFrom === null ? nothing : html`<span><i>${spotlight.memberPrice}</i> <b>${spotlight.memberFrom(this.#money(memberFrom))}</b></span>`}
      <span><i>${spotlight.price}</i> <b class=${isOff ? "off" : ""}>${this.#money(price)}</b></span>
    </p>`;
  }

  #mine({ mine, saved }: Prices): TemplateResult | typeof nothing {
    if (mine === null) return nothing;
    const { spotlight } = catalogue(this.language).board;
    return html`<p class="mine">
      <i>${spotlight.mine}</i>
      <strong>${this.#money(mine)}</strong>
      ${saved > 0 ? html`<span class="save">${spotlight.save(this.#money(saved))}</span>` : nothing}
    </p>`;
  }

  #money(minor: number): string {
    return formatMoney(minor, this.currency, this.language);
  }
}
