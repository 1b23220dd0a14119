import { css, html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { formatNumber } from "../text/format.js";
import { isMap } from "../wire/shape.js";
import type { HostApi } from "./api.js";
import type { DeskView } from "./desk.js";
import { styles } from "./desk.styles.js";
import type { Outcome } from "./presses.js";
import { QueueReader } from "./queue-reader.js";
import { nowOf, readMade, readWidgets } from "./shout-queue.js";
import type { ShoutQueueView, ShownLine, WidgetLine } from "./shout-queue.js";
import { shoutWords } from "./shout-words.js";
import type { ShoutWords } from "./shout-words.js";

const LOOK_MS = 3_000;
const MOST_RECENT = 5;
const RATES = [3, 5, 10, 20, 30] as const;

/**
 * Shout-outs in the host's hand: what is on screen and next, pause, skip, clear, mute, replay, limits, tests; and the
 * overlays that paint them. It asks and presses by itself: what it shows changes by the second, and the rest of the
 * panel needs none of it.
 */
export class ShoutsDesk extends LitElement {
  static override styles = [
    ...styles,
    css`
      /* The gap of a grid does not reach into opened details. */
      details > :not(summary) {
        margin-block-start: calc(10 * var(--u));
      }
      .now {
        font-size: calc(15 * var(--u));
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .line {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: center;
        gap: calc(8 * var(--u));
        font-size: calc(13.5 * var(--u));
      }
      @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
        .line {
          grid-template-columns: minmax(0, 1fr) auto;
        }
        .line > :first-child {
          grid-column: 1 / -1;
        }
      }
      .line .press {
        padding-inline: calc(10 * var(--u));
        font-size: calc(13 * var(--u));
      }
      .gone {
        color: var(--lro-ink-soft);
        text-decoration: line-through;
      }
      .address {
        padding: calc(10 * var(--u));
        border-radius: calc(10 * var(--u));
        background: #211915;
        font-size: calc(12.5 * var(--u));
        overflow-wrap: anywhere;
        user-select: all;
      }
      .tests {
        display: flex;
        flex-wrap: wrap;
        gap: calc(8 * var(--u));
      }
    `,
  ];
  static override properties = {
    view: { attribute: false },
    api: { attribute: false },
    newKey: { attribute: false },
    room: {},
    busy: { state: true },
    failed: { state: true },
    widgets: { state: true },
    made: { state: true },
    copied: { state: true },
  };
  declare view: DeskView;
  declare api: HostApi | null;
  declare newKey: () => string;
  declare room: string;
  declare protected busy: boolean;
  declare protected failed: string | null;
  declare protected widgets: readonly WidgetLine[];
  declare protected made: string | null;
  declare protected copied: boolean;
  readonly #reader = new QueueReader(this, () => ({ api: this.api, room: this.room }), LOOK_MS);
  /** An unanswered press is sent again under its key, so that it happens once. */
  #unsure: { readonly said: string; readonly key: string } | null = null;

  constructor() {
    super();
    this.api = null;
    this.room = "";
    this.newKey = () => "";
    this.busy = false;
    this.failed = null;
    this.widgets = [];
    this.made = null;
    this.copied = false;
  }

  protected override firstUpdated(): void {
    void this.#readWidgets();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { queue } = this.#reader;
    if (queue === null) return nothing;
    const words = shoutWords(this.view.language);
    return html`${this.#now(queue, words)} ${this.#recent(queue, words)} ${this.#limits(queue, words)} ${this.#tests(queue, words)} ${this.#overlays(queue, words)}`;
  }

  #now(queue: ShoutQueueView, words: ShoutWords): TemplateResult {
    const { current, next } = nowOf(queue.shown, this.#reader.nowMs);
    const waiting = queue.waiting.count + Math.max(0, next.length - 1);
    const [first] = next;
    return html`<div class="card" data-part="now">
      <h3>${words.heading}</h3>
      <p class="now" role="status">${queue.paused ? words.pausedNow : current === null ? words.nothing : html`<bdi>${this.#text(current)}</bdi>`}</p>
      <p class="quiet">
        ${first === undefined ? nothing : html`<bdi>${words.next(this.#text(first))}</bdi> · `}${words.waiting(formatNumber(waiting, this.view.language))}
      </p>
      ${this.failed === null ? nothing : html`<p class="unsure" role="alert">${words.failed(this.failed)}</p>`}
      <div class="row">
        <button class="press pause" ?disabled=${this.#blocked} @click=${() => void this.#press({ action: queue.paused ? "resume" : "pause" })}>${queue.paused ? words.resume : words.pause}</button>
        <button class="press skip" ?disabled=${this.#blocked || current === null} @click=${() => { if (current !== null) void this.#press({ action: "skip", id: current.id }); }}>${words.skip}</button>
      </div>
      <lro-hold-button class="clear" .label=${words.clear} .language=${this.view.language} ?disabled=${this.#blocked} @held-request=${() => void this.#press({ action: "clear" })}></lro-hold-button>
    </div>`;
  }

  #recent(queue: ShoutQueueView, words: ShoutWords): TemplateResult | typeof nothing {
    const lines = queue.shown.slice(0, MOST_RECENT);
    if (lines.length === 0 && queue.muted.length === 0) return nothing;
    return html`<details data-part="recent">
      <summary>${words.recent}</summary>
      ${lines.map(
        (line) => html`<div class="line">
          <bdi class=${line.gone ? "gone" : ""}>${line.is_test ? `${words.test} · ` : ""}${this.#text(line)}</bdi>
          <button class="press" ?disabled=${this.#blocked} @click=${() => void this.#press({ action: "replay", id: line.id })}>${words.replay}</button>
          ${line.author === null || line.is_test
            ? html`<span></span>`
            : html`<button class="press" ?disabled=${this.#blocked} @click=${() => void this.#press({ action: "mute", author: line.author })}>${words.mute}</button>`}
        </div>`,
      )}
      ${queue.muted.length === 0 ? nothing : html`<h3>${words.muted}</h3>`}
      ${queue.muted.map(
        ({ author, name }) => html`<div class="line"><bdi>${name}</bdi><span></span><button class="press" ?disabled=${this.#blocked} @click=${() => void this.#press({ action: "unmute", author })}>${words.unmute}</button></div>`,
      )}
    </details>`;
  }

  #limits(queue: ShoutQueueView, words: ShoutWords): TemplateResult {
    const rates = [...new Set<number>([...RATES, queue.limit.per_minute, queue.rule.per_minute])].filter((rate) => rate <= queue.rule.per_minute).sort((one, other) => one - other);
    const set = (from_tier: string, per_minute: number) => void this.#press({ action: "limit", rev: queue.rev, from_tier, per_minute });
    return html`<details data-part="limits">
      <summary>${words.limits}</summary>
      <div class="fields">
        <label><span>${words.tier}</span>
          <select name="tier" ?disabled=${this.#blocked} @change=${(event: Event) => { set(valueOf(event), queue.limit.per_minute); }}>
            ${this.#tiers(queue.rule.from_tier).map(([id, name]) => html`<option value=${id} ?selected=${id === queue.limit.from_tier}>${name}</option>`)}
          </select></label>
        <label><span>${words.perMinute}</span>
          <select name="rate" ?disabled=${this.#blocked} @change=${(event: Event) => { set(queue.limit.from_tier, Number(valueOf(event))); }}>
            ${rates.map((rate) => html`<option value=${rate} ?selected=${rate === queue.limit.per_minute}>${words.times(formatNumber(rate, this.view.language))}</option>`)}
          </select></label>
      </div>
    </details>`;
  }

  #tests(queue: ShoutQueueView, words: ShoutWords): TemplateResult {
    return html`<details data-part="tests">
      <summary>${words.tests}</summary>
      <p class="quiet">${words.testsText}</p>
      <div class="tests">
        ${this.#tiers(queue.rule.from_tier).map(([id, name]) => html`<button class="press" ?disabled=${this.#blocked} @click=${() => void this.#press({ action: "test", from_tier: id })}><bdi>${name}</bdi></button>`)}
      </div>
    </details>`;
  }

  #overlays(queue: ShoutQueueView, words: ShoutWords): TemplateResult {
    const { language } = this.view;
    const state = (widget: string): string => {
      const one = queue.overlays.filter((overlay) => overlay.widget === widget).sort((a, b) => (b.rendered_ms ?? 0) - (a.rendered_ms ?? 0))[0];
      if (one === undefined) return words.away;
      if (!one.visible) return words.hidden;
      const ago = one.rendered_ms === null ? null : words.ago(formatNumber(Math.max(0, Math.round((this.#reader.nowMs - one.rendered_ms) / 1_000)), language));
      return words.connected(ago);
    };
    return html`<details data-part="overlays" ?open=${queue.alarm !== null}>
      <summary>${words.overlays}</summary>
      ${this.made === null
        ? nothing
        : html`<p class="quiet">${words.once}</p><p class="address">${this.made}</p>
            <button class="press" @click=${() => void this.#copy()}>${this.copied ? words.copied : words.copy}</button>`}
      ${this.widgets.map(
        ({ id, name }) => html`<p><bdi>${name}</bdi> <span class="quiet">${state(id)}</span></p>
          <div class="row">
            <lro-hold-button .label=${words.renew} .language=${language} ?disabled=${this.#blocked} @held-request=${() => void this.#make(`/${encodeURIComponent(id)}/secret`, null)}></lro-hold-button>
            <lro-hold-button .label=${words.remove} .language=${language} ?disabled=${this.#blocked} @held-request=${() => void this.#remove(id)}></lro-hold-button>
          </div>`,
      )}
      <button class="press make" ?disabled=${this.#blocked} @click=${() => void this.#make("", {})}>${words.make}</button>
    </details>`;
  }

  get #blocked(): boolean {
    return this.busy || !this.view.live;
  }

  #text(line: ShownLine): string {
    return line.text[this.view.language];
  }

  #tiers(from: string): readonly (readonly [string, string])[] {
    const { tiers } = this.view.board.room;
    const least = tiers[from]?.order ?? 0;
    return Object.entries(tiers).filter(([, { order }]) => order >= least).sort(([, one], [, other]) => one.order - other.order).map(([id, { name }]) => [id, name]);
  }

  get #path(): string {
    return `/v1/rooms/${encodeURIComponent(this.room)}`;
  }

  async #press(body: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.api === null || this.#blocked) return;
    this.busy = true;
    const said = JSON.stringify(body);
    const key = this.#unsure?.said === said ? this.#unsure.key : this.newKey();
    const outcome = await this.api.send({ method: "POST", path: `${this.#path}/queue`, body }, key);
    this.#unsure = outcome.kind === "lost" ? { said, key } : null;
    this.#ended(outcome);
    if (outcome.kind === "done") this.#reader.take(outcome.body);
    else await this.#reader.read();
  }

  /** A secret is shown once and never sent twice: no answer is asked for again. */
  async #make(rest: string, body: Readonly<Record<string, unknown>> | null): Promise<void> {
    if (this.api === null || this.#blocked) return;
    this.busy = true;
    this.made = null;
    this.copied = false;
    const outcome = await this.api.ask({ method: "POST", path: `${this.#path}/widgets${rest}`, body });
    this.#ended(outcome);
    const made = outcome.kind === "done" ? readMade(outcome.body) : null;
    if (made !== null) this.made = location.origin + made.path;
    await this.#readWidgets();
  }

  async #remove(widget: string): Promise<void> {
    if (this.api === null || this.#blocked) return;
    this.busy = true;
    this.#ended(await this.api.ask({ method: "DELETE", path: `${this.#path}/widgets/${encodeURIComponent(widget)}`, body: null }));
    this.made = null;
    await this.#readWidgets();
  }

  #ended(outcome: Outcome): void {
    this.busy = false;
    this.failed = outcome.kind === "done" ? null : outcome.kind === "lost" ? "…" : outcome.detail;
  }

  async #readWidgets(): Promise<void> {
    const outcome = await this.api?.get(`${this.#path}/widgets`);
    const widgets = outcome?.kind === "done" && isMap(outcome.body) ? readWidgets(outcome.body) : null;
    if (widgets !== null) this.widgets = widgets;
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.made ?? "");
      this.copied = true;
    } catch {
      // Not allowed on a page without TLS: the address can be marked and copied by hand.
      this.copied = false;
    }
  }
}

function valueOf(event: Event): string {
  return event.target instanceof HTMLSelectElement ? event.target.value : "";
}
