import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { element, surface } from "../elements/foundation.js";
import { browserPorts } from "../link/browser-ports.js";
import type { LinkPorts } from "../link/ports.js";
import { MOST_SHOWN } from "../state/board.js";
import { RoomSession } from "../room-session.js";
import { onScreen } from "../state/shoutouts.js";
import { catalogue } from "../text/catalogue.js";
import { chooseLanguage } from "../text/language.js";
import { leadersOf } from "../wire/figures.js";
import { buyTicket } from "./tickets.js";
import type { Widget } from "./tickets.js";

/** How often it says that a countdown is in the picture: the server may not have been able to take it the first time. */
const REPORT_MS = 5_000;

/**
 * What OBS burns into the picture: shout-outs of the public stream and what runs in the room (countdowns, gates, polls,
 * first-N, draws), nothing personal, nothing to press. Transparent,
 * without any running animation while nothing is shown.
 *
 * @attr room - the room's id
 * @attr server - address of the server; absent: the page's own
 * @attr lang - `zh-CN` or `en`
 * @attr motion - `reduced`
 * @attr safe - how much of each edge stays free, in per cent (0–20; 5 when absent)
 * @attr guides - shows the safe area, for setting the scene up
 * @prop leaders - whether the first three of the show's leaderboard are in the picture
 * @attr currency - ISO code of the programme's currency; absent: CNY
 * @prop shownBySource - whether OBS shows this source
 * @prop widget - what the source proves itself with; null: the public stream of a public room
 * @prop explains - says on the page when it was sent away for good; never in a picture
 */
export class BroadcastOverlay extends LitElement {
  static override styles = [
    element,
    surface,
    css`
      :host {
        background: transparent;
      }
      .safe {
        position: absolute;
        inset: var(--safe-y) var(--safe-x);
        display: grid;
        grid-template: "shout" calc(104 * var(--u)) "board" auto "leaders" auto / minmax(0, 1fr);
        row-gap: calc(10 * var(--u));
        align-content: start;
        perspective: 1200px;
      }
      lro-shout-banner {
        --size: 1.12;
        grid-area: shout;
        justify-self: center;
        max-inline-size: 100%;
      }
      lro-live-board {
        grid-area: board;
        justify-self: start;
        inline-size: 66%;
      }
      lro-leaderboard {
        grid-area: leaders;
        justify-self: start;
        inline-size: 66%;
      }
      /* Under the phone's own header and above the host's face; on a wide picture in the lower third's left. */
      .safe {
        padding-block-start: 12cqh;
      }
      @container surface (min-aspect-ratio: 1/1) {
        .safe {
          grid-template: "shout board" auto "shout leaders" minmax(0, 1fr) / minmax(0, 1fr) calc(400 * var(--u));
          row-gap: calc(12 * var(--u));
          align-content: stretch;
          padding-block: 0;
        }
        lro-shout-banner {
          --size: 1.6;
          align-self: end;
          justify-self: start;
          padding-block-end: 12cqh;
        }
        lro-live-board,
        lro-leaderboard {
          align-self: start;
          justify-self: stretch;
          inline-size: auto;
        }
      }
      .over {
        position: absolute;
        inset-block-start: 40cqh;
        inset-inline: 0;
        inline-size: fit-content;
        max-inline-size: 80cqw;
        margin: 0 auto;
        padding: calc(16 * var(--u)) calc(24 * var(--u));
        border-radius: calc(16 * var(--u));
        background: #2c211c;
        color: #fff;
        font-size: calc(18 * var(--u));
        text-align: center;
        text-wrap: balance;
      }
      .guides {
        position: absolute;
        inset: var(--safe-y) var(--safe-x);
        border: 2px dashed #ff8562;
        outline: 100vmax solid rgb(207 63 31 / 0.16);
      }
    `,
  ];
  static override properties = {
    server: {},
    room: {},
    lang: { reflect: true },
    motion: {},
    safe: { type: Number },
    guides: { type: Boolean },
    currency: {},
    leaders: { attribute: false },
    shownBySource: { attribute: false },
    widget: { attribute: false },
    explains: { attribute: false },
  };
  declare server: string | null;
  declare room: string | null;
  declare lang: string;
  declare motion: string | null;
  declare safe: number;
  declare guides: boolean;
  declare currency: string | null;
  declare leaders: boolean;
  declare shownBySource: boolean;
  declare widget: Widget | null;
  declare explains: boolean;

  /** The world the link lives in. Tests put a scripted one here before the element is connected. */
  ports: LinkPorts = browserPorts;
  fetching: typeof fetch = (...request) => fetch(...request);
  #session: RoomSession | null = null;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor() {
    super();
    this.server = null;
    this.room = null;
    this.lang = "";
    this.motion = null;
    this.safe = 5;
    this.guides = false;
    this.currency = null;
    this.leaders = true;
    this.shownBySource = true;
    this.widget = null;
    this.explains = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#visibility);
    if (this.hasUpdated) this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#visibility);
    this.#end();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("server") || changed.has("room") || changed.has("widget")) this.#begin();
    else if (changed.has("shownBySource")) this.#visibility();
  }

  protected override render(): TemplateResult | typeof nothing {
    const view = this.#session?.view;
    if (view === undefined) return nothing;
    const language = chooseLanguage(this.lang, navigator.languages);
    const margin = Math.min(20, Math.max(0, Number.isFinite(this.safe) ? this.safe : 5));
    return html`<div class="surface" lang=${language} style="--safe-x:${margin}cqw;--safe-y:${margin}cqh">
      ${this.guides ? html`<div class="guides"></div>` : nothing}
      ${view.status.phase === "stopped" && this.explains ? html`<p class="over" role="alert">${catalogue(language).overlayOver}</p>` : nothing}
      <div class="safe">
        <lro-shout-banner
          .shown=${onScreen(view.queue, "shoutout")}
          .tiers=${view.state.room?.tiers ?? {}}
          surface="broadcast"
          ?still=${this.motion === "reduced"}
          .currency=${this.currency ?? "CNY"}
          .language=${language}
        ></lro-shout-banner>
        <lro-live-board
          .entries=${view.board}
          .tiers=${view.state.room?.tiers ?? {}}
          .now=${this.ports.now() + view.clockOffsetMs}
          surface="broadcast"
          ?still=${this.motion === "reduced"}
          .currency=${this.currency ?? "CNY"}
          .language=${language}
        ></lro-live-board>
        ${this.leaders && view.state.room?.show?.status === "live"
          ? html`<lro-leaderboard
              .leaders=${leadersOf(view.state.pulses, view.state.room.show.id)}
              .tiers=${view.state.room.tiers}
              surface="broadcast"
              .language=${language}
            ></lro-leaderboard>`
          : nothing}
      </div>
    </div>`;
  }

  protected override updated(): void {
    const board = this.#session?.view.board ?? [];
    const now = this.ports.now();
    if (!this.#isShown() || now - this.#reportedMs < REPORT_MS) return;
    const painted = board.slice(0, MOST_SHOWN).filter(({ kind, atMs }) => kind === "task" && atMs !== null);
    if (painted.length === 0) return;
    this.#reportedMs = now;
    this.#session?.rendered(painted.map(({ id }) => id));
  }

  #begin(): void {
    this.#end();
    if (this.room === null || this.room === "") return;
    const server = this.server ?? location.origin;
    const { widget } = this;
    this.#session = new RoomSession({
      server,
      room: this.room,
      ...(widget === null ? {} : { buyTicket: () => buyTicket(server, widget, this.fetching) }),
      surface: "broadcast",
      token: null,
      visible: this.#isShown(),
      awaitRoom: true,
      polls: true,
      ports: this.ports,
      onChange: () => {
        this.requestUpdate();
      },
      onTokenRequest: () => undefined,
      onFault: (fault) => {
        reportError(fault);
      },
    });
    this.#session.start();
  }

  #end(): void {
    this.#session?.stop();
    this.#session = null;
  }

  #isShown(): boolean {
    return this.shownBySource && !document.hidden;
  }

  #visibility = (): void => {
    this.#session?.setVisible(this.#isShown());
  };
}
