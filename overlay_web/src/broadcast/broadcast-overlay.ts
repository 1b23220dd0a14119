import { css, html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { element, surface } from "../elements/foundation.js";
import { browserPorts } from "../link/browser-ports.js";
import type { LinkPorts } from "../link/ports.js";
import { RoomSession } from "../room-session.js";
import { onScreen } from "../state/shoutouts.js";
import { chooseLanguage } from "../text/language.js";

/**
 * What OBS burns into the picture: shout-outs of the public stream, nothing personal, nothing to press. Transparent,
 * without any running animation while nothing is shown.
 *
 * @attr room - the room's id
 * @attr server - address of the server; absent: the page's own
 * @attr lang - `zh-CN` or `en`
 * @attr motion - `reduced`
 * @attr safe - how much of each edge stays free, in per cent (0–20; 5 when absent)
 * @attr guides - shows the safe area, for setting the scene up
 * @attr currency - ISO code of the programme's currency; absent: CNY
 * @prop shownBySource - whether OBS shows this source
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
        display: flex;
        flex-direction: column;
        align-items: center;
        gap: calc(10 * var(--u));
        perspective: 1200px;
      }
      lro-shout-banner {
        --size: 1.12;
        max-inline-size: 100%;
      }
      /* Under the phone's own header and above the host's face; on a wide picture in the lower third's left. */
      .safe {
        padding-block-start: 12cqh;
      }
      @container surface (min-aspect-ratio: 1/1) {
        .safe {
          align-items: flex-start;
          justify-content: flex-end;
          padding-block: 0 12cqh;
        }
        lro-shout-banner {
          --size: 1.6;
        }
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
    shownBySource: { attribute: false },
  };
  declare server: string | null;
  declare room: string | null;
  declare lang: string;
  declare motion: string | null;
  declare safe: number;
  declare guides: boolean;
  declare currency: string | null;
  declare shownBySource: boolean;

  /** The world the link lives in. Tests put a scripted one here before the element is connected. */
  ports: LinkPorts = browserPorts;
  #session: RoomSession | null = null;

  constructor() {
    super();
    this.server = null;
    this.room = null;
    this.lang = "";
    this.motion = null;
    this.safe = 5;
    this.guides = false;
    this.currency = null;
    this.shownBySource = true;
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
    if (changed.has("server") || changed.has("room")) this.#begin();
    else if (changed.has("shownBySource")) this.#visibility();
  }

  protected override render(): TemplateResult | typeof nothing {
    const view = this.#session?.view;
    if (view === undefined) return nothing;
    const language = chooseLanguage(this.lang, navigator.languages);
    const margin = Math.min(20, Math.max(0, Number.isFinite(this.safe) ? this.safe : 5));
    return html`<div class="surface" lang=${language} style="--safe-x:${margin}cqw;--safe-y:${margin}cqh">
      ${this.guides ? html`<div class="guides"></div>` : nothing}
      <div class="safe">
        <lro-shout-banner
          .shown=${onScreen(view.queue, "shoutout")}
          .tiers=${view.state.room?.tiers ?? {}}
          surface="broadcast"
          ?still=${this.motion === "reduced"}
          .currency=${this.currency ?? "CNY"}
          .language=${language}
        ></lro-shout-banner>
      </div>
    </div>`;
  }

  #begin(): void {
    this.#end();
    if (this.room === null || this.room === "") return;
    this.#session = new RoomSession({
      server: this.server ?? location.origin,
      room: this.room,
      surface: "broadcast",
      token: null,
      visible: this.#isShown(),
      awaitRoom: true,
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
