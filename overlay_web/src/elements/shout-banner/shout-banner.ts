import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { EVENT, request } from "../../names.js";
import type { OnScreen } from "../../state/shoutouts.js";
import { catalogue } from "../../text/catalogue.js";
import { cleanName } from "../../text/clean.js";
import { formatSpokenMoney } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { materialOf, tierName } from "../../text/tiers.js";
import { levelUpParams } from "../../wire/params.js";
import type { LevelUp } from "../../wire/params.js";
import type { Tier } from "../../wire/views.js";
import { METALS } from "../palette.js";
import { styles } from "./shout-banner.styles.js";

/** Sparks of the metal that fly once when it comes up: where to, and how late. */
const SPARKS = [-150, -108, -66, -32, 8, 44, 84, 122, 164] as const;

/**
 * One shout-out: who rose to which tier, and what it brings (L2). Comes, stays, goes; nothing of it remains.
 *
 * @attr surface - `viewer`, or `broadcast`: larger, without anything to press
 * @fires hold-request - pointer or focus rests on it
 * @fires details-request - a stranger's rise makes one ask: how far am I?
 */
export class ShoutBanner extends LitElement {
  static override styles = styles;
  static override properties = {
    shown: { attribute: false },
    tiers: { attribute: false },
    surface: { reflect: true },
    still: { type: Boolean, reflect: true },
    askable: { attribute: false },
    currency: { attribute: false },
    language: { attribute: false },
  };
  declare shown: OnScreen | null;
  declare tiers: Readonly<Record<string, Tier>>;
  declare surface: "viewer" | "broadcast";
  declare still: boolean;
  /** The viewer has a card to look at. */
  declare askable: boolean;
  declare currency: string;
  declare language: Language;

  constructor() {
    super();
    this.shown = null;
    this.tiers = {};
    this.surface = "viewer";
    this.still = false;
    this.askable = false;
    this.currency = "CNY";
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult | typeof nothing {
    const { shown } = this;
    if (shown === null) return nothing;
    const { moment } = shown.shoutout;
    const levelUp = moment.kind === "level_up" ? levelUpParams(moment.params) : null;
    return html`${keyed(moment.id, levelUp === null ? this.#plain(shown) : this.#levelUp(shown, levelUp))}`;
  }

  #levelUp({ shoutout, sinceMs, endsMs }: OnScreen, { name, tier, offer }: LevelUp): TemplateResult {
    const words = catalogue(this.language);
    const material = materialOf(tier, this.tiers);
    const metal = METALS[material];
    const { mine } = shoutout;
    const title = tierName(tier, this.tiers, this.language);
    const who = cleanName(name) === "" ? words.someone : cleanName(name);
    const said = words.shout.levelUp({ name: who, people: shoutout.people, tier: title });
    return html`<div
      class="banner ${mine ? "mine" : ""}"
      style="--light:${metal.facets[0]};--metal:${metal.facets[1]};--dark:${metal.facets[3]};--tint:${metal.tint};--stay:${endsMs - sinceMs}ms"
      @pointerenter=${() => { this.#hold(true); }}
      @pointerleave=${() => { this.#hold(false); }}
      @focusin=${() => { this.#hold(true); }}
      @focusout=${() => { this.#hold(false); }}
    >
      <span class="jewel">
        <span class="halo"></span>
        <lro-tier-badge material=${material} bare></lro-tier-badge>
        <span class="sparks" aria-hidden="true">${SPARKS.map((angle) => html`<i style="--angle:${angle}deg"></i>`)}</span>
      </span>
      <span class="words">
        ${shoutout.moment.is_test ? html`<span class="test">${words.testMark}</span>` : nothing}
        <span class="line">
          ${mine
            ? html`<strong class="tier">${words.shout.mine(title)}</strong>`
            : html`${said.before === "" ? nothing : html`<span class="bit">${said.before}</span> `}<bdi class="who bit">${said.who}</bdi> <span class="bit">${said.after}</span>
                <strong class="tier">${said.tier}</strong>`}
        </span>
        ${this.#callToAction(mine, offer)}
      </span>
      <span class="sheen" aria-hidden="true"></span>
    </div>`;
  }

  #callToAction(mine: boolean, offer: LevelUp["offer"]): TemplateResult | typeof nothing {
    const { shout } = catalogue(this.language);
    const coupon = offer === null ? nothing : html`<b class="coupon">${shout.off(formatSpokenMoney(offer.off, this.currency, this.language))}</b>`;
    if (mine) return html`<span class="offer">${coupon}<span>${offer === null ? shout.mineNoOffer : shout.mineOffer}</span></span>`;
    const ask =
      this.surface === "viewer" && this.askable
        ? html`<button @click=${() => { request(this, EVENT.detailsRequest, null); }}>${shout.myTurn}</button>`
        : nothing;
    if (offer === null && ask === nothing) return nothing;
    return html`<span class="offer">${offer === null ? nothing : html`<span>${shout.offerLead}</span>${coupon}`}${ask}</span>`;
  }

  /** Other kinds, in the words the server sends with them. */
  #plain({ shoutout, sinceMs, endsMs }: OnScreen): TemplateResult {
    const words = catalogue(this.language);
    return html`<div class="banner plain" style="--stay:${endsMs - sinceMs}ms">
      <span class="words">
        ${shoutout.moment.is_test ? html`<span class="test">${words.testMark}</span>` : nothing}
        <span class="line"><bdi>${shoutout.moment.text[this.language]}</bdi></span>
      </span>
    </div>`;
  }

  #hold(on: boolean): void {
    if (this.surface === "viewer") request(this, EVENT.holdRequest, { on });
  }
}
