import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import { ownOf } from "../../state/own-acts.js";
import type { Own, OwnActs } from "../../state/own-acts.js";
import { catalogue } from "../../text/catalogue.js";
import { formatMoney, formatNumber, formatTime } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import type { PointsWords } from "../../text/points-words.js";
import { tierName } from "../../text/tiers.js";
import type { Act } from "../../wire/messages.js";
import { receiptOf } from "../../wire/params.js";
import type { Reward, Shelf } from "../../wire/shelf.js";
import type { MemberCard, Tier } from "../../wire/views.js";
import { gift, heart, spark, ticket } from "../icons.js";
import { styles } from "./points-sheet.styles.js";

const TABS = ["shop", "gift", "boost"] as const;
type Tab = (typeof TABS)[number];
const AMOUNTS = [10, 50, 100, 500] as const;
/** Fewer than this, and how many are left is worth saying. */
const FEW = 10;
const REACHED = "button:enabled, input:enabled, a[href]";
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Somebody points can be given to: whoever has written in the room. */
export type Friend = { readonly author: string; readonly name: string };

/**
 * What points are good for: rewards, gifts, a tier for the day, boxes. Every press is confirmed before it costs
 * anything, and what became of it stands where it was pressed. Lies at the foot or the side of the surface, never in
 * the middle of the picture. The show goes on beside it, so it is no modal dialog: a finger reaches all the rest. A
 * keyboard that is in it goes round in it until Escape, and is never dropped when what it stood on goes.
 *
 * @fires act-request - the viewer has confirmed something
 * @fires sheet-request - close it
 * @fires shelf-request - ask for the shelf again
 */
export class PointsSheet extends LitElement {
  static override styles = styles;
  static override properties = {
    card: { attribute: false },
    tiers: { attribute: false },
    own: { attribute: false },
    shelf: { attribute: false },
    friends: { attribute: false },
    live: { type: Boolean },
    still: { type: Boolean, reflect: true },
    room: { attribute: false },
    server: { attribute: false },
    currency: { attribute: false },
    language: { attribute: false },
    now: { attribute: false },
    tab: { state: true },
    asking: { state: true },
    friend: { state: true },
    amount: { state: true },
    copied: { state: true },
  };
  declare card: MemberCard | null;
  declare tiers: Readonly<Record<string, Tier>>;
  declare own: OwnActs;
  declare shelf: Shelf;
  /** The newest first. */
  declare friends: readonly Friend[];
  /** Without a link nothing that costs points can be begun. */
  declare live: boolean;
  declare still: boolean;
  declare room: string;
  declare server: string;
  declare currency: string;
  declare language: Language;
  /** The server's clock. */
  declare now: number;
  declare protected tab: Tab;
  /** What waits for a yes: `reward:{id}`, `gift`, `boost`. */
  declare protected asking: string | null;
  /** Null: by link. */
  declare protected friend: Friend | null;
  declare protected amount: number;
  declare protected copied: boolean;
  #held = false;

  constructor() {
    super();
    this.card = null;
    this.tiers = {};
    this.own = {};
    this.shelf = { phase: "loading" };
    this.friends = [];
    this.live = false;
    this.still = false;
    this.room = "";
    this.server = "";
    this.currency = "CNY";
    this.language = "zh-CN";
    this.now = 0;
    this.tab = "shop";
    this.asking = null;
    this.friend = null;
    this.amount = AMOUNTS[1];
    this.copied = false;
    this.addEventListener("keydown", this.#key);
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>(".close")?.focus({ preventScroll: true });
  }

  protected override willUpdate(): void {
    this.#held = this.hasUpdated && this.#active() !== null;
  }

  protected override updated(changed: PropertyValues): void {
    // A question that appears takes the focus, so that a keyboard answers it and a screen reader reads it.
    if (changed.has("asking") && this.asking !== null) this.renderRoot.querySelector<HTMLElement>(".sure .filled")?.focus();
    // What had the focus may be gone, or can be pressed no more: a keyboard goes on from here, and Escape is still heard.
    else if (this.#held && (this.#active()?.matches(":disabled") ?? true)) this.renderRoot.querySelector("section")?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { card } = this;
    const words = this.#words;
    if (card === null) return nothing;
    return html`<section class="glass" role="dialog" tabindex="-1" aria-label=${words.title}>
      <header>
        <h2>${words.balance(this.#n(card.points))}</h2>
        ${card.held > 0 ? html`<span class="soft">${words.held(this.#n(card.held))}</span>` : nothing}
        <button class="close" aria-label=${words.close} @click=${this.#close}>×</button>
      </header>
      <div class="tabs" role="tablist" aria-label=${words.title} @keydown=${this.#tabKey}>
        ${TABS.map(
          (tab) => html`<button role="tab" id="tab-${tab}" aria-controls="panel" aria-selected=${tab === this.tab} tabindex=${tab === this.tab ? 0 : -1} @click=${() => { this.#turn(tab); }}>${words.tabs[tab]}</button>`,
        )}
      </div>
      ${this.live ? nothing : html`<p class="offline" role="status">${words.offline}</p>`}
      <div class="panel" id="panel" role="tabpanel" aria-labelledby="tab-${this.tab}">${this.#panel(card)}</div>
    </section>`;
  }

  #panel(card: MemberCard): TemplateResult | typeof nothing {
    const words = this.#words;
    const { shelf } = this;
    if (shelf.phase === "loading") return html`<p class="soft middle" role="status">${words.loading}</p>`;
    if (shelf.phase === "failed") {
      return html`<div class="middle" role="status">
        <p class="soft">${words.failed}</p>
        <button class="plain" @click=${() => { request(this, EVENT.shelfRequest, null); }}>${words.again}</button>
      </div>`;
    }
    if (this.tab === "shop") return this.#shop(shelf.rewards, card);
    return this.tab === "gift" ? this.#gift(shelf.terms.gifts, card) : this.#boost(shelf.terms.boost, card);
  }

  // --- rewards and boxes -----------------------------------------------------------------------------

  #shop(rewards: readonly Reward[], card: MemberCard): TemplateResult {
    const words = this.#words;
    const boxes = ownOf(this.own, "box");
    return html`${card.tickets > 0 || boxes.said !== null || (boxes.result ?? null) !== null
        ? html`<div class="item">
            <span class="picture">${ticket()}</span>
            <div class="what">
              <h3>${words.tickets(this.#n(card.tickets))}</h3>
            </div>
            <button class="filled" ?disabled=${card.tickets <= 0 || this.#isBusy(boxes)} @click=${() => { this.#act({ name: "open_box", data: {} }); }}>${words.openBox}</button>
            ${this.#became(boxes, "")}
          </div>`
        : nothing}
      ${rewards.length === 0 ? html`<p class="soft middle">${words.empty}</p>` : rewards.map((reward) => this.#reward(reward, card))}`;
  }

  #reward(reward: Reward, card: MemberCard): TemplateResult {
    const words = this.#words;
    const subject = `reward:${reward.id}`;
    const own = ownOf(this.own, subject);
    const usable = card.points - card.held;
    const isGone = reward.stock_left === 0;
    const missing = reward.cost - usable;
    return html`<div class="item ${isGone ? "gone" : ""}" data-reward=${reward.id}>
      ${this.#picture(reward)}
      <div class="what">
        <h3><bdi>${reward.name}</bdi></h3>
        <p class="soft">${this.#terms(reward)}</p>
      </div>
      <button class="filled" ?disabled=${isGone || missing > 0 || this.#isBusy(own)} @click=${() => { this.asking = subject; }}>
        ${isGone ? words.gone : missing > 0 ? words.toGo(this.#n(missing)) : words.redeem}
      </button>
      ${this.asking === subject
        ? this.#sure(words.sure(this.#n(reward.cost), reward.name), words.after(this.#n(card.points - reward.cost)), { name: "redeem", data: { reward: reward.id } })
        : this.#became(own, reward.name)}
    </div>`;
  }

  #terms(reward: Reward): string {
    const words = this.#words;
    const said = [words.cost(this.#n(reward.cost))];
    if (reward.kind === "coupon" && reward.off !== null) said.push(words.couponOf(this.#money(reward.off), reward.min === null || reward.min === 0 ? null : this.#money(reward.min)));
    if (reward.kind === "blind_box" && reward.contents.length > 0) said.push(words.boxOf(reward.contents.map(({ name }) => name).join(this.language === "en" ? ", " : "、")));
    if (reward.stock_left !== null && reward.stock_left > 0) said.push((reward.stock_left < FEW ? words.lastOnes : words.left)(this.#n(reward.stock_left)));
    if (reward.per_member !== null) said.push(words.perMember(this.#n(reward.per_member)));
    if (reward.cooldown_s >= DAY_S) said.push(words.everyDays(this.#n(Math.ceil(reward.cooldown_s / DAY_S))));
    else if (reward.cooldown_s > 0) said.push(words.everyHours(this.#n(Math.ceil(reward.cooldown_s / HOUR_S))));
    return said.join(" · ");
  }

  #picture({ image, kind }: Reward): TemplateResult {
    if (image !== null && /^https?:\/\//u.test(image)) return html`<img class="picture" src=${image} alt="" referrerpolicy="no-referrer" loading="lazy" />`;
    return html`<span class="picture">${kind === "coupon" ? ticket() : kind === "goods" ? gift() : spark()}</span>`;
  }

  // --- gifts -----------------------------------------------------------------------------------------

  #gift(terms: { readonly from_tier: string; readonly min_days: number; readonly out_per_day: number; readonly in_per_day: number } | null, card: MemberCard): TemplateResult {
    const words = this.#words;
    if (terms === null) return html`<p class="soft middle">${words.noGifts}</p>`;
    const own = ownOf(this.own, "gift");
    const most = Math.min(terms.out_per_day, Math.max(0, card.points - card.held));
    const points = this.#n(this.amount);
    const missing = this.amount - Math.max(0, card.points - card.held);
    return html`<div class="item block">
      <h3 id="whom">${words.giveWhom}</h3>
      <div class="chips" role="group" aria-labelledby="whom">
        <button aria-pressed=${this.friend === null} @click=${() => { this.#to(null); }}>${words.giveLink}</button>
        ${this.friends.map((friend) => html`<button aria-pressed=${this.friend?.author === friend.author} @click=${() => { this.#to(friend); }}>${heart()}<bdi>${friend.name}</bdi></button>`)}
      </div>
      ${this.friends.length === 0 ? html`<p class="soft">${words.nobodyYet}</p>` : nothing}
      <h3 id="many">${words.giveHowMany}</h3>
      <div class="chips" role="group" aria-labelledby="many">
        ${AMOUNTS.filter((amount) => amount <= terms.out_per_day).map(
          (amount) => html`<button aria-pressed=${this.amount === amount} ?disabled=${amount > most} @click=${() => { this.#many(amount); }}>${this.#n(amount)}</button>`,
        )}
        <input type="number" inputmode="numeric" min="1" max=${most} step="1" aria-labelledby="many" .value=${String(this.amount)} @input=${this.#typed} />
      </div>
      <p class="soft">${words.caps(this.#n(terms.out_per_day), this.#n(terms.in_per_day))} · ${words.who(tierName(terms.from_tier, this.tiers, this.language), this.#n(terms.min_days))}</p>
      ${this.asking === "gift"
        ? this.#sure(this.friend === null ? words.giveLinkSure(points) : words.giveSure(points, this.friend.name), words.after(this.#n(card.points - this.amount)), {
            name: "give",
            data: { to: this.friend?.author ?? null, points: this.amount },
          })
        : html`<button class="filled wide" ?disabled=${this.amount < 1 || this.amount > most || this.#isBusy(own)} @click=${() => { this.asking = "gift"; }}>${words.give(points)}${missing > 0 ? ` · ${words.toGo(this.#n(missing))}` : nothing}</button>
            ${this.#became(own, this.friend?.name ?? "")}`}
    </div>`;
  }

  #typed = (event: Event): void => {
    const value = event.target instanceof HTMLInputElement ? Number(event.target.value) : 0;
    this.#many(Number.isSafeInteger(value) ? value : 0);
  };

  #many(amount: number): void {
    this.amount = amount;
    this.asking = null;
  }

  #to(friend: Friend | null): void {
    this.friend = friend;
    this.asking = null;
  }

  // --- a tier for the day ----------------------------------------------------------------------------

  #boost(terms: { readonly points: number } | null, card: MemberCard): TemplateResult {
    const words = this.#words;
    const own = ownOf(this.own, "boost");
    const { boost } = card;
    const name = (tier: string): string => tierName(tier, this.tiers, this.language);
    if (boost !== null && boost.until_ms > this.now) return html`<div class="item block">${this.#good(words.boosted(name(boost.tier), formatTime(boost.until_ms, this.now, this.language)))}</div>`;
    const next = card.next?.tier ?? null;
    if (terms === null || next === null) return html`<p class="soft middle">${terms === null ? words.noBoost : words.boostTop}</p>`;
    const missing = terms.points - (card.points - card.held);
    return html`<div class="item block">
      <h3>${words.boostTitle(name(next))}</h3>
      <p class="soft">${words.boostText}</p>
      ${this.asking === "boost"
        ? this.#sure(words.boostSure(this.#n(terms.points), name(next)), words.after(this.#n(card.points - terms.points)), { name: "boost", data: { tier: next } })
        : html`<button class="filled wide" ?disabled=${missing > 0 || this.#isBusy(own)} @click=${() => { this.asking = "boost"; }}>
              ${words.boostBuy(this.#n(terms.points))}${missing > 0 ? ` · ${words.toGo(this.#n(missing))}` : nothing}
            </button>
            ${this.#became(own, name(next))}`}
    </div>`;
  }

  // --- what all share --------------------------------------------------------------------------------

  #sure(question: string, after: string, act: Act): TemplateResult {
    const words = this.#words;
    return html`<div class="sure" role="group" aria-label=${question}>
      <p><bdi>${question}</bdi><span class="soft">${after}</span></p>
      <button class="plain" @click=${() => { this.asking = null; }}>${words.no}</button>
      <button class="filled" ?disabled=${!this.live} @click=${() => { this.#act(act); }}>${words.yes}</button>
    </div>`;
  }

  /** Busy, done, or kindly why not: where it was pressed. */
  #became(own: Own, name: string): TemplateResult | typeof nothing {
    const words = this.#words;
    const general = catalogue(this.language);
    switch (own.said?.tone) {
      case "sending":
        return html`<p class="said" role="status"><i class="ring"></i>${this.live ? words.sending : words.waits}</p>`;
      case "unsent":
        return html`<p class="said no" role="status">${words.unsent}</p>`;
      case "nothing":
        return html`<p class="said no" role="status">${general.whyNothing[own.said.why] ?? general.whyNothing.otherwise}</p>`;
      case "refused": {
        const why = words.refused[own.said.code] ?? general.refused[own.said.code] ?? general.refused.otherwise;
        return html`<p class="said no" role="status">${why}${(own.said.free ?? null) === null ? nothing : html`<span class="soft">${words.free(this.#n(own.said.free ?? 0))}</span>`}</p>`;
      }
      case undefined:
        return (own.result ?? null) === null ? nothing : this.#receipt(own, name);
    }
  }

  #receipt(own: Own, name: string): TemplateResult {
    const words = this.#words;
    const receipt = receiptOf(own.result ?? {});
    if (receipt.opening !== null) {
      return this.#good(words.opened(receipt.prize ?? ""), html`<a href=${this.#at(`/draws/${encodeURIComponent(receipt.opening)}`)} target="_blank" rel="noopener">${words.proof}</a>`);
    }
    if (receipt.redemption !== null) {
      return this.#good(words.redeemed(receipt.name ?? name), html`${receipt.coupon === null ? words.goodsComing : words.couponIn} · ${words.receipt(receipt.redemption)}`);
    }
    if (receipt.code !== null) {
      const link = this.#at(`/rooms/${encodeURIComponent(this.room)}#gift=${encodeURIComponent(receipt.code)}`);
      const until = receipt.expires_ms === null ? "" : formatTime(receipt.expires_ms, this.now, this.language);
      return this.#good(
        words.linkMade(this.#n(this.amount), until),
        html`<button class="plain" @click=${() => { void this.#copy(link); }}>${this.copied ? words.copied : words.copy}</button>`,
      );
    }
    return this.#good(words.given(this.#n(Math.abs(receipt.points)), name));
  }

  #good(said: string, more: unknown = nothing): TemplateResult {
    return html`<p class="said yes" role="status">${spark()}<bdi>${said}</bdi><span class="soft">${more}</span></p>`;
  }

  async #copy(link: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(link);
      this.copied = true;
    } catch {
      // Not allowed on plain http: then the link is put where it can be copied by hand.
      window.prompt(this.#words.copy, link);
    }
  }

  #act(act: Act): void {
    this.asking = null;
    this.copied = false;
    if (this.live) request(this, EVENT.actRequest, act);
  }

  #isBusy(own: Own): boolean {
    return !this.live || own.said?.tone === "sending";
  }

  #turn(tab: Tab): void {
    this.tab = tab;
    this.asking = null;
  }

  #tabKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.#turn(TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length] ?? "shop");
    void this.updateComplete.then(() => { this.renderRoot.querySelector<HTMLElement>(`#tab-${this.tab}`)?.focus(); });
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key === "Tab") this.#round(event);
    // An input method takes Escape for itself.
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.asking === null) this.#close();
    else this.asking = null;
  };

  /** From the last to the first and back: what lies under the sheet is not to be reached blindly. */
  #round(event: KeyboardEvent): void {
    const all = Array.from(this.renderRoot.querySelectorAll<HTMLElement>(REACHED)).filter((one) => one.tabIndex >= 0);
    const active = this.#active();
    const leaves = event.shiftKey ? active === all[0] || active?.localName === "section" : active === all.at(-1);
    if (!leaves) return;
    event.preventDefault();
    all.at(event.shiftKey ? -1 : 0)?.focus();
  }

  #active(): Element | null {
    return this.shadowRoot?.activeElement ?? null;
  }

  #close = (): void => {
    request(this, EVENT.sheetRequest, { open: false });
  };

  get #words(): PointsWords {
    return catalogue(this.language).sheet;
  }

  #n(value: number): string {
    return formatNumber(value, this.language);
  }

  #money(minor: number): string {
    return formatMoney(minor, this.currency, this.language);
  }

  #at(path: string): string {
    return new URL(path, this.server === "" ? location.origin : this.server).href;
  }
}
