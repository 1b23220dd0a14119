import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import { catalogue } from "../../text/catalogue.js";
import type { Catalogue } from "../../text/page-words.js";
import { formatDate, formatMoney, formatNumber, formatSpokenMoney, formatTime } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { materialOf, tierName } from "../../text/tiers.js";
import type { Coupon, MemberCard, Tier } from "../../wire/views.js";
import { METALS } from "../palette.js";
import { chevron, clock, gift, spark } from "../icons.js";
import { styles } from "./member-card.styles.js";

/**
 * The three widgets of L7, always: the tier, the distance to the next one (T10: in growth, in money for one order,
 * and as the nearest free action) and the points still to be had today. Opened, it lists where they are to be had
 * and the coupons held.
 *
 * @fires act-request - check in, follow the host
 * @fires sign-in-request - an anonymous viewer wants a card of their own
 * @fires details-request - open or close the details
 */
export class MemberCardElement extends LitElement {
  static override styles = styles;
  static override properties = {
    card: { attribute: false },
    tiers: { attribute: false },
    anonymous: { type: Boolean, reflect: true },
    open: { type: Boolean, reflect: true },
    still: { type: Boolean, reflect: true },
    now: { attribute: false },
    currency: { attribute: false },
    language: { attribute: false },
    risen: { state: true },
  };
  declare card: MemberCard | null;
  declare tiers: Readonly<Record<string, Tier>>;
  declare anonymous: boolean;
  declare open: boolean;
  declare still: boolean;
  /** The server's clock. */
  declare now: number;
  declare currency: string;
  declare language: Language;
  /** The tier has just changed on screen: the stone turns once. */
  declare protected risen: boolean;

  constructor() {
    super();
    this.card = null;
    this.tiers = {};
    this.anonymous = false;
    this.open = false;
    this.still = false;
    this.now = 0;
    this.currency = "CNY";
    this.language = "zh-CN";
    this.risen = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("card")) return;
    const before = changed.get("card");
    if (before !== undefined && before !== null) this.risen = before.tier !== this.card?.tier || (this.risen && before.member === this.card.member);
  }

  protected override render(): TemplateResult {
    const words = catalogue(this.language);
    if (this.card !== null) return this.#member(this.card, words);
    return this.anonymous ? this.#stranger(words) : html`<section class="glass waiting"><p>${words.card.waitingForCard}</p></section>`;
  }

  #stranger({ card }: Catalogue): TemplateResult {
    return html`<section class="glass stranger" aria-label=${card.label}>
      <lro-tier-badge material="basic" bare></lro-tier-badge>
      <p><strong>${card.anonymous}</strong><span>${card.anonymousWhy}</span></p>
      <button class="filled" @click=${() => { request(this, EVENT.signInRequest, null); }}>${card.signIn}</button>
    </section>`;
  }

  #member(card: MemberCard, words: Catalogue): TemplateResult {
    const { next, today } = card;
    const n = (value: number): string => formatNumber(value, this.language);
    const material = materialOf(card.tier, this.tiers);
    const name = tierName(card.tier, this.tiers, this.language);
    return html`<section
      class="glass"
      aria-label=${words.card.label}
      style="--metal:${METALS[material].facets[1]};--metal-light:${METALS[material].facets[0]};--tint:${METALS[material].tint}"
    >
      <button
        class="head"
        aria-expanded=${this.open}
        aria-label="${name} · ${this.open ? words.card.fewer : words.card.details}"
        @click=${() => { request(this, EVENT.detailsRequest, null); }}
      >
        <lro-tier-badge class=${this.risen ? "stone risen" : "stone"} material=${material} bare></lro-tier-badge>
        <span class="tier">${name}</span>
        <span class="today ${today.claimable > 0 ? "" : "none"}">${gift()}${today.claimable > 0 ? words.card.today(n(today.claimable)) : words.card.todayNone}</span>
        <span class="turn">${chevron()}</span>
      </button>
      ${this.#progress(card, words)} ${this.#keep(card, words)} ${this.#lent(card, words)}
      <div class="lines">
        ${next === null
          ? html`<p class="to-go">${words.card.highest}</p>`
          : html`<p class="to-go">${this.#strong(words.card.toGo(n(Math.max(0, next.growth_to_go)), tierName(next.tier, this.tiers, this.language)), n(Math.max(0, next.growth_to_go)))}</p>
              ${next.spend_to_go === null || next.spend_to_go <= 0
                ? nothing
                : html`<p class="by-order">${this.#byOrder(next.spend_to_go, words)}</p>`}
              ${next.hint === null ? nothing : html`<p class="hint">${spark()}<span>${next.hint[this.language]}</span></p>`}`}
      </div>
      ${this.#quick(card, words)}
      <div class="more" ?inert=${!this.open}><div>${this.#details(card, words)}</div></div>
    </section>`;
  }

  /** What every order gives alone reaches some tiers: then the smallest sum, a hundredth, would only puzzle. */
  #byOrder(spendToGo: number, { card }: Catalogue): string {
    if (spendToGo < ANY_ORDER) return card.byAnyOrder;
    return card.byOrder(formatSpokenMoney(spendToGo, this.currency, this.language));
  }

  /** The number inside a sentence, made to stand out wherever the language puts it. */
  #strong(sentence: string, figure: string): TemplateResult {
    const at = sentence.indexOf(figure);
    return html`${sentence.slice(0, at)}<b>${figure}</b>${sentence.slice(at + figure.length)}`;
  }

  /** Before a drop (T7): what keeps the tier, and how long there is for it. */
  #keep({ retention, tier, real_tier: realTier }: MemberCard, { card }: Catalogue): TemplateResult | typeof nothing {
    if (retention === null || retention.deadline_ms <= this.now) return nothing;
    const days = formatNumber(Math.ceil((retention.deadline_ms - this.now) / DAY_MS), this.language);
    const said = retention.hint?.[this.language] ?? card.keep(formatNumber(retention.growth_to_keep, this.language), tierName(realTier ?? tier, this.tiers, this.language), days);
    return html`<p class="keep">${clock()}<span>${said}</span></p>`;
  }

  /** A tier for the day or as a present is not the member's own: the way to the next one starts from that (T8). */
  #lent({ tier, real_tier: realTier, until_ms: untilMs, boost }: MemberCard, { card }: Catalogue): TemplateResult | typeof nothing {
    if (realTier === null || realTier === tier) return nothing;
    const name = (id: string): string => tierName(id, this.tiers, this.language);
    const until = boost?.tier === tier ? boost.until_ms : untilMs;
    return html`<p class="lent">${card.lent(name(tier), until === null ? null : formatTime(until, this.now, this.language), name(realTier))}</p>`;
  }

  #progress({ growth, next, tier, real_tier: realTier }: MemberCard, { card }: Catalogue): TemplateResult {
    const floor = this.tiers[realTier ?? tier]?.growth ?? 0;
    const ceiling = next === null ? 0 : growth + next.growth_to_go;
    const done = next === null ? 1 : share(growth - floor, ceiling - floor);
    return html`<div
      class="bar"
      role="progressbar"
      aria-label=${card.progress}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(done * 100)}
    >
      <span style="transform:scaleX(${Math.max(LEAST_BAR, done)})"></span>
    </div>`;
  }

  /** What the points are good for (P8). The shop's own name stands apart, whichever way it is written. */
  #reward(reward: MemberCard["nearest_reward"], { card }: Catalogue): TemplateResult | typeof nothing {
    if (reward === null) return nothing;
    const points = formatNumber(reward.points_to_go, this.language);
    const [before = "", after = ""] = (reward.points_to_go > 0 ? card.rewardToGo(points, NAME) : card.rewardReached(NAME)).split(NAME);
    return html`<p class="reward">${gift()}<span>${before}<bdi>${reward.name}</bdi>${after}</span></p>`;
  }

  /** What one press earns today: it is gone when the card says that it is done. */
  #quick({ today }: MemberCard, { board }: Catalogue): TemplateResult | typeof nothing {
    const open = today.ways.filter(({ rule, left }) => isQuick(rule) && left > 0);
    if (open.length === 0) return nothing;
    return html`<div class="quick">
      ${open.map(
        ({ rule, points }) => html`<button @click=${() => { if (isQuick(rule)) request(this, EVENT.actRequest, { name: rule, data: {} }); }}>
          ${rule === "check_in" ? board.checkIn : board.follow} <b>+${formatNumber(points, this.language)}</b>
        </button>`,
      )}
    </div>`;
  }

  #extras({ service, member_day: day }: MemberCard, { board }: Catalogue): TemplateResult {
    const link = service?.link ?? null;
    const words = service === null ? nothing : html`${board.service}<bdi>${service.text}</bdi>`;
    const percent = day === null || day.percent <= 0 ? "" : `${formatNumber(day.percent, this.language)}%`;
    const times = day === null || day.multiplier <= 1 ? "" : formatNumber(day.multiplier, this.language);
    return html`${day === null || this.now >= day.until_ms ? nothing : html`<p class="extra">${board.memberDay(percent, times)}</p>`}
      ${service === null
        ? nothing
        : html`<p class="extra">
            ${link !== null && /^https?:\/\//u.test(link) ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${words}</a>` : words}
          </p>`}`;
  }

  #details(card: MemberCard, words: Catalogue): TemplateResult {
    const { growth, points, today, coupons, nearest_reward: nearestReward } = card;
    const n = (value: number): string => formatNumber(value, this.language);
    return html`<dl>
        <div><dt>${words.card.points}</dt><dd>${n(points)}</dd></div>
        <div><dt>${words.card.growth}</dt><dd>${n(growth)}</dd></div>
      </dl>
      ${this.#standing(card, words)} ${this.#reward(nearestReward, words)} ${this.#extras(card, words)}
      ${today.ways.length === 0
        ? nothing
        : html`<h2>${words.card.ways}</h2>
            <ul class="ways">
              ${today.ways.map((way) => html`<li><span>${words.card.way(way.rule, way.left)}</span><b>+${n(way.points)}</b></li>`)}
            </ul>`}
      ${coupons.length === 0
        ? nothing
        : html`<h2>${words.card.coupons}</h2>
            <ul class="coupons">${coupons.map((coupon) => this.#coupon(coupon, words))}</ul>`}`;
  }

  /** What else is the member's: points that wait, the multiplier, days in a row, how long the tier is good for. */
  #standing({ held, multiplier, streak, until_ms: untilMs, real_tier: realTier }: MemberCard, { card, sheet }: Catalogue): TemplateResult | typeof nothing {
    const n = (value: number): string => formatNumber(value, this.language);
    const said = [
      ...(held > 0 ? [sheet.held(n(held))] : []),
      ...(multiplier > 1 ? [card.multiplier(n(multiplier))] : []),
      ...(streak > 1 ? [card.streak(n(streak))] : []),
      ...(realTier === null && untilMs !== null ? [card.validUntil(formatDate(untilMs, this.language))] : []),
    ];
    return said.length === 0 ? nothing : html`<p class="standing">${said.join(" · ")}</p>`;
  }

  #coupon({ off, min, title, expires_ms: expiresMs }: Coupon, words: Catalogue): TemplateResult {
    const money = (value: number): string => formatMoney(value, this.currency, this.language);
    return html`<li>
      <b>${off > 0 ? money(off) : title}</b>
      <span>
        <strong><bdi>${title}</bdi></strong>
        <small
          >${min > 0 ? words.card.couponMin(money(min)) : words.card.couponNoMin}${expiresMs === null
            ? nothing
            : html` · ${words.card.couponUntil(formatTime(expiresMs, this.now, this.language))}`}</small
        >
      </span>
    </li>`;
  }
}

const isQuick = (rule: string): rule is "check_in" | "follow" => rule === "check_in" || rule === "follow";

/** In minor units: nobody sells anything for less. */
const ANY_ORDER = 100;

/** Stands for the name in a sentence until it is put in as an element of its own. */
const NAME = "\u0000";

const DAY_MS = 86_400_000;

/** A bar that has just been reset is still a bar. */
const LEAST_BAR = 0.025;

const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole)));
