import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { browserPorts } from "../link/browser-ports.js";
import type { LinkPorts } from "../link/ports.js";
import { EVENT, request } from "../names.js";
import { formatCount } from "../text/format.js";
import { chooseLanguage, otherLanguage } from "../text/language.js";
import type { Language } from "../text/language.js";
import { leadersOf } from "../wire/figures.js";
import { isMap } from "../wire/shape.js";
import { HostApi } from "./api.js";
import type { Restricted } from "./comments-desk.js";
import { FiguresReader } from "./figures-reader.js";
import { boardOf, hasCountdown, readPreview, readTaskLine, readTaskLines } from "./board.js";
import type { Board, Preview, TaskLine } from "./board.js";
import { previewRequest, requestOf, slotOf } from "./commands.js";
import type { HostCommand, TaskSpec } from "./commands.js";
import type { DeskView } from "./desk.js";
import { styles } from "./host-panel.styles.js";
import { COMMAND_REQUEST, FULL_REQUEST } from "./names.js";
import { presets } from "./presets.js";
import { answered, isStale, noPresses, pressed } from "./presses.js";
import type { Outcome, Presses } from "./presses.js";
import { PromptFeed } from "./prompt-feed.js";
import { readPrompts, UNDO_MS } from "./prompts.js";
import type { Marked, Prompts } from "./prompts.js";
import { HostSession } from "./session.js";
import { specKey } from "./tasks-desk.js";
import { hostWords, TABS } from "./words.js";
import type { HostWords, Tab } from "./words.js";

/** What the panel says about the last press. */
type Said = { readonly tone: "done" | "refused"; readonly text: string };

const SAID_MS = 2_500;
const REFUSED_MS = 12_000;
/** So often previews may be asked for, when the audience has changed … */
const PREVIEW_LOOK_MS = 4_000;
/** … and so often in any case: earlier tasks change what is expected. */
const PREVIEW_AGAIN_MS = 20_000;
const SECOND_MS = 1_000;

/**
 * `/host/{room}`: what a host starts, sees and stops with one hand.
 *
 * @attr room - the room's id
 * @attr token - the host's token
 * @attr lang - `zh-CN` or `en`; absent: the browser's
 * @attr currency - ISO code of the programme's currency; absent: CNY
 * @fires token-request - the token is about to end: set `token` anew
 */
export class HostPanel extends LitElement {
  static override styles = styles;
  static override properties = {
    room: {},
    token: {},
    lang: { reflect: true },
    currency: {},
    tab: { state: true },
    presses: { state: true },
    said: { state: true },
    cleared: { state: true },
    lines: { state: true },
    restricted: { state: true },
    previews: { state: true },
    offline: { state: true },
    prompts: { state: true },
    marked: { state: true },
    full: { state: true },
  };
  declare room: string | null;
  declare token: string | null;
  declare lang: string;
  declare currency: string | null;
  declare protected tab: Tab;
  declare protected presses: Presses;
  declare protected said: Said | null;
  declare protected cleared: { readonly slot: string } | null;
  declare protected restricted: Restricted;
  declare protected lines: ReadonlyMap<string, TaskLine>;
  declare protected previews: ReadonlyMap<string, Preview | null>;
  /** The browser says that there is no network; the link finds out later. */
  declare protected offline: boolean;

  declare protected prompts: Prompts | null;
  declare protected marked: readonly Marked[];
  /** The prompter has the whole screen. */
  declare protected full: boolean;

  /** The world the link lives in. Tests put a scripted one here before the element is connected. */
  ports: LinkPorts = browserPorts;
  fetching: typeof fetch = (...request) => fetch(...request);
  #session: HostSession | null = null;
  #api: HostApi | null = null;
  #figures: FiguresReader | null = null;
  #saidTimer: ReturnType<typeof setTimeout> | undefined;
  #secondTimer: ReturnType<typeof setTimeout> | undefined;
  #previewTimer: ReturnType<typeof setTimeout> | undefined;
  /** Only the newest answer about tasks is believed. */
  #asked = 0;
  #previewsOf = "";
  #feed: PromptFeed | null = null;
  #promptsOf: unknown = null;
  #previewedAtMs = 0;
  #previewedOnline: unknown = null;

  constructor() {
    super();
    this.room = null;
    this.token = null;
    this.lang = "";
    this.currency = null;
    this.tab = "tasks";
    this.presses = noPresses;
    this.said = null;
    this.cleared = null;
    this.lines = new Map();
    this.restricted = new Map();
    this.previews = new Map();
    this.offline = false;
    this.prompts = null;
    this.marked = [];
    this.full = false;
    this.addEventListener(COMMAND_REQUEST, this.#wanted);
    this.addEventListener(FULL_REQUEST, this.#fill);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#visibility);
    window.addEventListener("online", this.#online);
    window.addEventListener("offline", this.#gone);
    if (this.hasUpdated) this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#visibility);
    window.removeEventListener("online", this.#online);
    window.removeEventListener("offline", this.#gone);
    this.#end();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("room") || (changed.has("token") && this.#session === null)) this.#begin();
    else if (changed.has("token") && this.token !== null) this.#session?.setToken(this.token);
  }

  protected override updated(): void {
    const words = hostWords(this.#language());
    this.#feed?.look((this.full || this.tab === "prompter") && this.#live() && !document.hidden);
    const name = this.#session?.state.room?.name;
    document.title = name === undefined ? words.title : `${name} · ${words.title}`;
  }

  protected override render(): TemplateResult {
    const language = this.#language();
    const words = hostWords(language);
    return html`<div class="surface" lang=${language}>${this.#content(words, language)}</div>`;
  }

  #content(words: HostWords, language: Language): TemplateResult {
    const session = this.#session;
    if (session === null) return this.#full(words.noToken.title, words.noToken.text, words);
    const { status } = session;
    if (status.phase === "stopped") return this.#stopped(status.code, words);
    const board = boardOf(session.state, this.lines);
    if (board === null && status.phase === "needs-token") return this.#full(words.expired.title, words.expired.text, words);
    if (board === null) return html`<p class="entering" role="status">${words.entering}</p>`;
    const view: DeskView = {
      board,
      presses: this.presses,
      live: this.#live(),
      nowMs: this.#serverNow(),
      currency: this.currency ?? "CNY",
      language,
    };
    this.#tick(board);
    if (this.full) return this.#prompter(view);
    return html`
      ${this.#header(view, words)}
      ${view.live ? nothing : html`<p class="offline" role="alert">${status.phase === "needs-token" ? words.expired.text : words.offline}</p>`}
      <main>
        <section class="running" aria-label=${words.runningTitle}>
          <h2>${words.runningTitle}</h2>
          <lro-host-running .view=${view}></lro-host-running>
          <h2 class="numbers">${words.figures.title}</h2>
          <lro-host-figures
            .view=${view}
            .figures=${this.#figures?.figures ?? null}
            .leaders=${leadersOf(session.state.pulses, board.room.show?.id ?? null)}
            ?old=${!view.live || this.#figures?.old === true}
          ></lro-host-figures>
        </section>
        <section class="desk" aria-label=${words.tabsLabel}>
          <div class="said" aria-live="polite">${this.#saying(words)}</div>
          <div class="body" id="desk" role="tabpanel" aria-labelledby="tab-${this.tab}">${this.#desk(view)}</div>
          ${this.#tabs(words)}
        </section>
      </main>
    `;
  }

  #header({ board, live, language }: DeskView, words: HostWords): TemplateResult {
    const show = board.room.show;
    const status = show?.status === "live" ? words.onAir : show?.status === "scheduled" ? words.planned : show === null ? words.offAir : words.ended;
    const figure = (name: string, label: string, value: string, alarm = false): TemplateResult =>
      html`<div class="figure ${alarm ? "alarm" : ""}" data-figure=${name}><dt>${label}</dt><dd>${value}</dd></div>`;
    const count = (value: number | null): string => (value === null ? "–" : formatCount(value, language));
    return html`<header>
      <div class="who">
        <h1><bdi>${board.room.name}</bdi></h1>
        <span class="air ${show?.status === "live" ? "on" : ""}">${status}</span>
        <button class="language" lang=${otherLanguage(language)} @click=${this.#switchLanguage}>${words.switchLanguage}</button>
      </div>
      <dl>
        ${figure("online", words.online, count(board.online))} ${figure("likes", words.likes, count(board.likes))}
        ${figure("overload", words.overload, words.overloads[board.overload as 0 | 1 | 2 | 3 | 4], board.overload >= 2)}
        <lro-overlay-chip .api=${this.#api} .room=${this.room ?? ""} .language=${language}></lro-overlay-chip>
        <div class="figure link ${live ? "" : "alarm"}" data-figure="link"><dt class="unseen">${words.title}</dt><dd><i aria-hidden="true"></i>${live ? words.link.live : words.link.waiting}</dd></div>
      </dl>
    </header>`;
  }

  #desk(view: DeskView): TemplateResult {
    switch (this.tab) {
      case "tasks":
        return html`<lro-host-tasks .view=${view} .cleared=${this.cleared} .previews=${this.previews} .previewing=${this.#preview}></lro-host-tasks>`;
      case "prompter":
        return this.#prompter(view);
      case "sale":
        return html`<lro-host-sale .view=${view} .cleared=${this.cleared}></lro-host-sale>`;
      case "play":
        return html`<lro-host-play .view=${view} .cleared=${this.cleared}></lro-host-play>`;
      case "comments":
        return html`<lro-host-comments .view=${view} .cleared=${this.cleared} .comments=${this.#session?.state.comments ?? []} .restricted=${this.restricted}></lro-host-comments>`;
      case "room":
        return html`<lro-host-shouts .view=${view} .api=${this.#api} .newKey=${this.ports.newRef} .room=${this.room ?? ""}></lro-host-shouts><lro-host-room .view=${view} .cleared=${this.cleared}></lro-host-room>`;
    }
  }

  #prompter(view: DeskView): TemplateResult {
    return html`<lro-host-prompter .view=${view} .prompts=${this.prompts} .marked=${this.marked} ?full=${this.full}></lro-host-prompter>`;
  }

  #tabs(words: HostWords): TemplateResult {
    return html`<div class="tabs" role="tablist" aria-label=${words.tabsLabel} @keydown=${this.#tabKey}>
      ${TABS.map(
        (tab) => html`<button role="tab" id="tab-${tab}" aria-controls="desk" aria-selected=${tab === this.tab} tabindex=${tab === this.tab ? 0 : -1} @click=${() => { this.tab = tab; }}>${words.tabs[tab]}</button>`,
      )}
    </div>`;
  }

  #saying(words: HostWords): TemplateResult | typeof nothing {
    if (this.said === null) return nothing;
    // Good news needs no thumb and is not in its way.
    const dismiss = this.said.tone === "done" ? nothing : html`<button @click=${this.#dismiss}>${words.dismiss}</button>`;
    return html`<p class=${this.said.tone}>${this.said.text}${dismiss}</p>`;
  }

  #stopped(code: number, words: HostWords): TemplateResult {
    if (code === 4501) return this.#full(words.notYours.title, words.notYours.text(this.room ?? ""), words);
    if (code === 4502) return this.#full(words.noRoom.title, words.noRoom.text, words);
    if (code === 4005) return this.#full(words.expired.title, words.expired.text, words);
    return this.#full(words.stopped.title, words.stopped.text, words, html`<button class="again" @click=${() => { this.#session?.retry(); }}>${words.stopped.again}</button>`);
  }

  #full(title: string, text: string, words: HostWords, more: TemplateResult | typeof nothing = nothing): TemplateResult {
    return html`<section class="full" role="alert"><h1>${title}</h1><p>${text}</p>${more}<a href="/">${words.toRooms}</a></section>`;
  }

  #begin(): void {
    this.#end();
    const { room } = this;
    if (room === null || room === "" || this.token === null || this.token === "") return;
    this.lines = new Map();
    this.presses = noPresses;
    this.#api = new HostApi(location.origin, () => this.token, {
      fetching: this.fetching,
      wait: (delayMs) => new Promise((done) => { this.ports.setTimer(delayMs, () => { done(undefined); }); }),
    });
    this.#feed = new PromptFeed({
      ask: () => this.#api?.get(`/v1/rooms/${encodeURIComponent(room)}/prompter`) ?? Promise.resolve({ kind: "lost" }),
      heard: (outcome) => {
        if (outcome.kind === "done") this.prompts = readPrompts(outcome.body) ?? this.prompts;
      },
      setTimer: this.ports.setTimer,
      now: () => this.ports.now(),
    });
    this.#session = new HostSession({
      server: location.origin,
      room,
      token: this.token,
      visible: !document.hidden,
      ports: this.ports,
      onChange: () => {
        this.requestUpdate();
        this.#previewWhenOnAir();
        this.#figures?.nudge();
        this.#promptsMoved();
      },
      onTasksMoved: () => void this.#readTasks(),
      onTokenRequest: () => {
        request(this, EVENT.tokenRequest, null);
      },
      onFault: (fault) => {
        reportError(fault);
      },
    });
    this.#session.start();
    this.#figures = new FiguresReader(this.#api, room, this.ports, () => this.#live() && !document.hidden, () => { this.requestUpdate(); });
    this.#figures.start();
  }

  #end(): void {
    this.#session?.stop();
    this.#session = null;
    this.#figures?.stop();
    this.#figures = null;
    this.#api = null;
    this.#feed?.look(false);
    this.#feed = null;
    this.prompts = null;
    this.marked = [];
    clearTimeout(this.#saidTimer);
    clearTimeout(this.#secondTimer);
    clearTimeout(this.#previewTimer);
    this.#secondTimer = this.#previewTimer = undefined;
    this.#previewsOf = "";
  }

  #language(): Language {
    return chooseLanguage(this.lang, navigator.languages);
  }

  #serverNow(): number {
    return this.ports.now() + (this.#session?.clockOffsetMs ?? 0);
  }

  /** What is on the screen is true, and may be acted on. */
  #live(): boolean {
    return this.#session?.status.phase === "live" && !this.offline;
  }

  /** Countdowns are worked out from the clock at each paint; an idle room paints nothing. */
  #tick(board: Board): void {
    if (this.#secondTimer !== undefined || !hasCountdown(board)) return;
    this.#secondTimer = setTimeout(() => {
      this.#secondTimer = undefined;
      this.requestUpdate();
    }, SECOND_MS - (this.#serverNow() % SECOND_MS));
  }

  #wanted = (event: CustomEvent<HostCommand>): void => {
    event.stopPropagation();
    void this.#press(event.detail);
  };

  async #press(command: HostCommand): Promise<void> {
    const { room } = this;
    const api = this.#api;
    if (room === null || api === null || !this.#live()) return;
    const begun = pressed(this.presses, command, requestOf(room, command, this.#serverNow()), this.ports.newRef);
    if (begun === null) return;
    this.presses = begun.presses;
    this.said = null;
    this.#mark(command);
    const outcome = await api.send(begun.press.request, begun.press.key);
    if (api !== this.#api) return;
    this.presses = answered(this.presses, begun.press, outcome);
    if (isStale(outcome)) void this.#readTasks();
    if (command.do === "say-line" || command.do === "unsay-line") {
      if (outcome.kind !== "done") this.marked = this.marked.filter(({ line }) => line.key !== command.key);
      this.#feed?.hurry();
      if (outcome.kind === "done" || (outcome.kind === "refused" && outcome.code === "not_found")) return;
    }
    this.#say(outcome);
    if (outcome.kind === "done") this.#came(command, outcome.body);
  }

  /** A line that is said stays under the thumb for some seconds, with the way back. */
  #mark(command: HostCommand): void {
    if (command.do === "unsay-line") this.marked = this.marked.filter(({ line }) => line.key !== command.key);
    if (command.do !== "say-line") return;
    const lines = this.prompts?.lines ?? [];
    const place = lines.findIndex(({ key, stage }) => key === command.key && stage === command.stage);
    const line = lines[place];
    if (line === undefined) return;
    const marked: Marked = { line, place, untilMs: this.ports.now() + UNDO_MS };
    this.marked = [...this.marked.filter((one) => one.line.key !== line.key), marked];
    this.ports.setTimer(UNDO_MS, () => {
      if (!this.marked.includes(marked)) return;
      this.marked = this.marked.filter((one) => one !== marked);
      // Until the server has been heard, it would be back for a moment.
      if (this.prompts !== null) this.prompts = { ...this.prompts, lines: this.prompts.lines.filter((one) => one.key !== line.key || one.stage !== line.stage) };
    });
  }

  /** The room's items have changed: what may be said has, too. */
  #promptsMoved(): void {
    const items = this.#session?.state.items ?? null;
    if (items === this.#promptsOf) return;
    this.#promptsOf = items;
    this.#feed?.hurry();
  }

  #fill = (event: CustomEvent<boolean>): void => {
    event.stopPropagation();
    this.full = event.detail;
  };

  #came(command: HostCommand, body: unknown): void {
    const line = readTaskLine(body);
    if (line !== null) this.lines = new Map(this.lines).set(line.id, line);
    this.cleared = { slot: slotOf(command) };
    this.restricted = afterRestriction(this.restricted, command);
    // A show is planned and put on air by one press.
    if (command.do === "plan-show" && isMap(body) && typeof body.id === "string") void this.#press({ do: "start-show", show: body.id });
  }

  #say(outcome: Outcome): void {
    const words = hostWords(this.#language());
    clearTimeout(this.#saidTimer);
    if (outcome.kind === "done") this.said = { tone: "done", text: words.doneSaid };
    else if (outcome.kind === "lost") this.said = { tone: "refused", text: words.remedies.lost };
    else this.said = { tone: "refused", text: remedyOf(outcome, words) };
    this.#saidTimer = setTimeout(this.#dismiss, outcome.kind === "done" ? SAID_MS : REFUSED_MS);
  }

  #dismiss = (): void => {
    this.said = null;
  };

  async #readTasks(): Promise<void> {
    const asked = (this.#asked += 1);
    const outcome = await this.#api?.get(`/v1/rooms/${encodeURIComponent(this.room ?? "")}/tasks`);
    if (asked === this.#asked && outcome?.kind === "done") this.lines = readTaskLines(outcome.body);
  }

  /** What the presets would cost now: when a show goes on air, and again while it is. */
  #previewWhenOnAir(): void {
    const show = this.#session?.state.room?.show;
    const wanted = show?.status === "live" && this.#session?.status.phase === "live" ? `${show.id} ${this.#language()}` : "";
    if (wanted === this.#previewsOf) return;
    this.#previewsOf = wanted;
    clearTimeout(this.#previewTimer);
    if (wanted !== "") this.#previewPresets();
  }

  #previewPresets(): void {
    this.#previewedAtMs = this.ports.now();
    this.#previewedOnline = this.#session?.state.pulses.online;
    for (const { spec } of presets(this.#language())) this.#preview(spec);
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#previewTimer = setTimeout(() => {
      const moved = this.#session?.state.pulses.online !== this.#previewedOnline;
      if (document.hidden) this.#previewsOf = "";
      else if (moved || this.ports.now() - this.#previewedAtMs >= PREVIEW_AGAIN_MS) this.#previewPresets();
      else this.#lookAgain();
    }, PREVIEW_LOOK_MS);
  }

  #preview = (spec: TaskSpec): void => {
    const api = this.#api;
    if (api === null || this.room === null) return;
    void api.ask(previewRequest(this.room, spec)).then((outcome) => {
      if (api !== this.#api) return;
      this.previews = new Map(this.previews).set(specKey(spec), outcome.kind === "done" ? readPreview(outcome.body) : null);
    });
  };

  #tabKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.tab = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length] ?? "tasks";
    void this.updateComplete.then(() => {
      const tab = this.renderRoot.querySelector(`#tab-${this.tab}`);
      if (tab instanceof HTMLElement) tab.focus();
    });
  };

  #switchLanguage = (): void => {
    this.lang = otherLanguage(this.#language());
    document.documentElement.lang = this.lang;
    this.#previewWhenOnAir();
  };

  #visibility = (): void => {
    this.#session?.setVisible(!document.hidden);
    if (!document.hidden) this.#previewWhenOnAir();
    this.requestUpdate();
  };

  #online = (): void => {
    this.offline = false;
    this.#session?.hurry();
  };

  #gone = (): void => {
    this.offline = true;
  };
}

/** A sentence that says what to do. What the server said about fields is put behind it. */
export function remedyOf(refusal: Extract<Outcome, { kind: "refused" }>, words: HostWords): string {
  const { code, detail, fields } = refusal;
  const known = Object.hasOwn(words.remedies, code) ? words.remedies[code] : undefined;
  const remedy = known ?? words.remedies.otherwise;
  // Sentences that end with a colon want the particulars.
  if (!/[:\uff1a]$/u.test(remedy)) return remedy;
  return `${remedy} ${fields.length > 0 ? fields.join("; ") : detail === "" ? code : detail}`;
}

/** Whom this panel has muted or banned, after one more command was done. */
function afterRestriction(restricted: Restricted, command: HostCommand): Restricted {
  if (command.do !== "restrict-author" && command.do !== "lift-author") return restricted;
  const next = new Map(restricted);
  next.delete(command.author);
  if (command.do === "restrict-author") next.set(command.author, { name: command.name, kind: command.kind });
  return next;
}
