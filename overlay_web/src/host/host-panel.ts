import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { browserPorts } from "../link/browser-ports.js";
import type { LinkPorts } from "../link/ports.js";
import { EVENT, request } from "../names.js";
import { chooseLanguage, otherLanguage } from "../text/language.js";
import type { Language } from "../text/language.js";
import { leadersOf } from "../wire/figures.js";
import { isMap } from "../wire/shape.js";
import { HostApi } from "./api.js";
import type { Restricted } from "./comments-desk.js";
import { FiguresReader } from "./figures-reader.js";
import { boardOf, hasCountdown, readTaskLine, readTaskLines } from "./board.js";
import type { Board, TaskLine } from "./board.js";
import { closedDoor, stoppedDoor } from "./closed-door.js";
import { requestOf, slotOf } from "./commands.js";
import type { HostCommand } from "./commands.js";
import type { DeskView } from "./desk.js";
import { styles } from "./host-panel.styles.js";
import { TABS } from "./host-words.js";
import type { HostWords, Tab } from "./host-words.js";
import { COMMAND_REQUEST, FULL_REQUEST } from "./names.js";
import { panelHeader } from "./panel-header.js";
import { answered, isStale, noPresses, pressed } from "./presses.js";
import type { Outcome, Presses } from "./presses.js";
import { Previews } from "./previews.js";
import { PromptDesk } from "./prompt-desk.js";
import { remedyOf } from "./remedies.js";
import { afterRestriction } from "./restrictions.js";
import { HostSession } from "./session.js";
import { hostWords } from "./words.js";

/** What the panel says about the last press. */
type Said = { readonly tone: "done" | "refused"; readonly text: string };

const SAID_MS = 2_500;
const REFUSED_MS = 12_000;
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
    offline: { state: true },
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
  /** The browser says that there is no network; the link finds out later. */
  declare protected offline: boolean;

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
  /** Only the newest answer about tasks is believed. */
  #asked = 0;
  #previews: Previews | null = null;
  #prompting: PromptDesk | null = null;

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
    this.offline = false;
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

  protected override updated(changed: PropertyValues): void {
    if (changed.has("tab")) this.#show();
    const words = hostWords(this.#language());
    this.#prompting?.look((this.full || this.tab === "prompter") && this.#live() && !document.hidden);
    const name = this.#session?.state.room?.name;
    document.title = name === undefined ? words.title : `${name} · ${words.title}`;
  }

  /** Where all is one page, what a tab holds may be far from the tab. */
  #show(): void {
    const page = this.renderRoot.querySelector(".surface");
    const desk = this.renderRoot.querySelector<HTMLElement>("#desk");
    if (page !== null && desk !== null && page.scrollHeight > page.clientHeight) page.scrollTop = desk.offsetTop;
  }

  protected override render(): TemplateResult {
    const language = this.#language();
    const words = hostWords(language);
    return html`<div class="surface" lang=${language}>${this.#content(words, language)}</div>`;
  }

  #content(words: HostWords, language: Language): TemplateResult {
    const session = this.#session;
    if (session === null) return closedDoor(words.noToken, words);
    const { status } = session;
    if (status.phase === "stopped") return stoppedDoor(status.code, this.room ?? "", words, () => { session.retry(); });
    const board = boardOf(session.state, this.lines);
    if (board === null && status.phase === "needs-token") return closedDoor(words.expired, words);
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
      ${panelHeader(view, words, { api: this.#api, room: this.room ?? "", switchLanguage: this.#switchLanguage })}
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

  #desk(view: DeskView): TemplateResult {
    switch (this.tab) {
      case "tasks":
        return html`<lro-host-tasks .view=${view} .cleared=${this.cleared} .previews=${this.#previews?.known ?? new Map()} .previewing=${this.#previews?.ask}></lro-host-tasks>`;
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
    return html`<lro-host-prompter .view=${view} .prompts=${this.#prompting?.prompts ?? null} .marked=${this.#prompting?.marked ?? []} ?full=${this.full}></lro-host-prompter>`;
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
    const changed = (): void => {
      this.requestUpdate();
    };
    this.#prompting = new PromptDesk(this.#api, room, this.ports, changed);
    this.#previews = new Previews(this.#api, room, this.ports, () => this.#session?.state.pulses.online, () => !document.hidden, changed);
    this.#session = new HostSession({
      server: location.origin,
      room,
      token: this.token,
      visible: !document.hidden,
      ports: this.ports,
      onChange: () => {
        this.requestUpdate();
        this.#onAir();
        this.#figures?.nudge();
        this.#prompting?.moved(this.#session?.state.items ?? null);
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
    this.#figures = new FiguresReader(this.#api, room, this.ports, () => this.#live() && !document.hidden, changed);
    this.#figures.start();
  }

  #end(): void {
    this.#session?.stop();
    this.#session = null;
    this.#figures?.stop();
    this.#figures = null;
    this.#api = null;
    this.#prompting?.look(false);
    this.#prompting = null;
    this.#previews?.stop();
    this.#previews = null;
    clearTimeout(this.#saidTimer);
    clearTimeout(this.#secondTimer);
    this.#secondTimer = undefined;
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
    this.#prompting?.pressed(command);
    const outcome = await api.send(begun.press.request, begun.press.key);
    if (api !== this.#api) return;
    this.presses = answered(this.presses, begun.press, outcome);
    if (isStale(outcome)) void this.#readTasks();
    if (this.#prompting?.answered(command, outcome) === true) return;
    this.#say(outcome);
    if (outcome.kind === "done") this.#came(command, outcome.body);
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

  /** What the presets would cost is asked when a show goes on air, and again while it is. */
  #onAir(): void {
    const show = this.#session?.state.room?.show;
    const live = show?.status === "live" && this.#session?.status.phase === "live";
    this.#previews?.onAir(live ? show.id : null, this.#language());
  }

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
    this.#onAir();
  };

  #visibility = (): void => {
    this.#session?.setVisible(!document.hidden);
    if (!document.hidden) this.#onAir();
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
