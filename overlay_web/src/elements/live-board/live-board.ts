import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { EVENT, request } from "../../names.js";
import { dueAnnouncements } from "../../state/announcements.js";
import type { Due, Told } from "../../state/announcements.js";
import { arranged, MOST_SHOWN } from "../../state/board.js";
import type { Entry } from "../../state/board.js";
import { clockText, isNear } from "../../state/countdown.js";
import { catalogue } from "../../text/catalogue.js";
import { formatNumber } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import type { Act } from "../../wire/messages.js";
import type { Tier } from "../../wire/views.js";
import { bag, bars, clock, flag, ticket, tick } from "../icons.js";
import { drawPanel, drawTitle, firstNPanel, firstNTitle } from "./campaign-panels.js";
import type { PanelContext } from "./context.js";
import { gatePanel, gateTitle } from "./gate-panel.js";
import { styles } from "./live-board.styles.js";
import { pollPanel } from "./poll-panel.js";
import { taskPanel, taskTitle } from "./task-panel.js";

/**
 * What runs in the room. The most pressing things are open, the others wait as chips that say the little that must be
 * seen; how many are open is the surface's choice (one on a phone). Nothing runs: nothing is on the page.
 *
 * @attr surface - `viewer`, or `broadcast`: public things only, nothing to press
 * @fires act-request - vote, permit, enter_draw, share
 * @fires front-request - a chip was pressed: this one is to be open
 * @fires sign-in-request - an anonymous viewer wants to take part
 */
export class LiveBoard extends LitElement {
  static override styles = styles;
  static override properties = {
    entries: { attribute: false },
    front: { attribute: false },
    tiers: { attribute: false },
    now: { attribute: false },
    surface: { reflect: true },
    anonymous: { type: Boolean, reflect: true },
    still: { type: Boolean, reflect: true },
    server: { attribute: false },
    currency: { attribute: false },
    language: { attribute: false },
  };
  declare entries: readonly Entry[];
  /** The key of the one that the viewer wants to see. */
  declare front: string | null;
  declare tiers: Readonly<Record<string, Tier>>;
  /** The server's clock. */
  declare now: number;
  declare surface: "viewer" | "broadcast";
  declare anonymous: boolean;
  declare still: boolean;
  declare server: string;
  declare currency: string;
  declare language: Language;
  #told: Told = new Map();
  #saying = "";

  constructor() {
    super();
    this.entries = [];
    this.front = null;
    this.tiers = {};
    this.now = 0;
    this.surface = "viewer";
    this.anonymous = false;
    this.still = false;
    this.server = "";
    this.currency = "CNY";
    this.language = "zh-CN";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("entries") && !changed.has("now")) return;
    const { due, told } = dueAnnouncements(this.#told, this.entries, this.now);
    this.#told = told;
    if (due.length > 0) this.#saying = due.map((one) => this.#sentence(one)).join(" ");
  }

  protected override render(): TemplateResult | typeof nothing {
    // A reader is told of an end also when it was the last thing on the board.
    const isPublic = this.surface === "broadcast";
    const spoken = isPublic || this.#saying === "" ? nothing : html`<div class="unseen" role="status" aria-live="polite">${this.#saying}</div>`;
    if (this.entries.length === 0) return spoken;
    const context = this.#context(isPublic);
    const { board } = context.words;
    const shown = arranged(this.entries, this.front).slice(0, MOST_SHOWN);
    const more = this.entries.length - shown.length;
    return html`<section aria-label=${board.label}>
        <div class="cards">
          ${repeat(shown, ({ key }) => key, (entry) => html`<article class="card ${entry.kind}">${panel(entry, context)}</article>`)}
        </div>
        ${shown.length < 2
          ? nothing
          : html`<div class="chips">
              ${repeat(shown, ({ key }) => key, (entry) => this.#chip(entry, context))}
              ${more > 0 ? html`<span class="chip more" aria-label=${board.more(more)}>+${formatNumber(more, this.language)}</span>` : nothing}
            </div>`}
      </section>
      ${spoken}`;
  }

  #chip(entry: Entry, context: PanelContext): TemplateResult {
    const face = html`${iconOf(entry)}<span>${chipText(entry, context)}</span>`;
    if (context.isPublic) return html`<span class="chip ${entry.kind}">${face}</span>`;
    return html`<button
      class="chip ${entry.kind}"
      aria-label=${context.words.board.show(titleOf(entry, context))}
      @click=${() => { request(this, EVENT.frontRequest, { key: entry.key }); }}
    >
      ${face}
    </button>`;
  }

  #context(isPublic: boolean): PanelContext {
    const { language, currency, tiers, now } = this;
    return { words: catalogue(language), language, currency, tiers, now, isPublic, server: this.server === "" ? location.origin : this.server, press: this.#press };
  }

  #sentence({ entry, mark }: Due): string {
    const context = this.#context(false);
    const { task, gate } = context.words.board;
    if (entry.kind === "gate") return mark === "end" ? gate.opens(gateTitle(entry, context)) : gate.soon(gateTitle(entry, context));
    const title = taskTitle(entry, context);
    if (mark === "start") return task.starts(title, clockText(entry.remainingMs));
    return { minute: task.minute, ten: task.ten, end: task.ends }[mark](title);
  }

  #press = (act: Act): void => {
    if (this.anonymous) request(this, EVENT.signInRequest, null);
    else request(this, EVENT.actRequest, act);
  };
}

function panel(entry: Entry, context: PanelContext): TemplateResult {
  switch (entry.kind) {
    case "task":
      return taskPanel(entry, context);
    case "gate":
      return gatePanel(entry, context);
    case "poll":
      return pollPanel(entry, context);
    case "first_n":
      return firstNPanel(entry, context);
    case "draw":
      return drawPanel(entry, context);
  }
}

function titleOf(entry: Entry, context: PanelContext): string {
  switch (entry.kind) {
    case "task":
      return taskTitle(entry, context);
    case "gate":
      return gateTitle(entry, context);
    case "poll":
      return entry.poll.question;
    case "first_n":
      return firstNTitle(entry, context);
    case "draw":
      return drawTitle(entry, context);
  }
}

/** The little that must be seen of what is not open: how long, how far, how many. */
function chipText(entry: Entry, { words, language, now }: PanelContext): string {
  const { board } = words;
  const left = entry.atMs === null ? null : clockText(entry.atMs - now);
  switch (entry.kind) {
    case "task":
      return entry.phase === "paused" ? clockText(entry.remainingMs) : (left ?? board.task.label);
    case "gate":
      if (entry.phase === "before" && !isNear(entry.mineMs, now)) return board.gate.label;
      return entry.phase === "open" ? board.gate.open : (left ?? board.gate.soldOut);
    case "poll":
      return left ?? board.poll.closed;
    case "first_n":
      return `${formatNumber(entry.taken, language)}/${formatNumber(entry.campaign.n, language)}`;
    case "draw":
      return left ?? (entry.phase === "drawn" ? board.draw.result : board.draw.label);
  }
}

function iconOf(entry: Entry): TemplateResult {
  switch (entry.kind) {
    case "task":
      return entry.isDone ? tick() : clock();
    case "gate":
      return bag();
    case "poll":
      return bars();
    case "first_n":
      return flag();
    case "draw":
      return ticket();
  }
}
