import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { catalogue } from "../text/catalogue.js";
import { formatTime } from "../text/format.js";
import { otherLanguage } from "../text/language.js";
import type { Language } from "../text/language.js";
import { materialOf, tierName } from "../text/tiers.js";
import { listedRooms } from "../wire/views.js";
import type { ListedRoom } from "../wire/views.js";
import { styles } from "./room-list.styles.js";

/** What the list stands at. */
type Rooms =
  | { readonly phase: "loading" }
  | { readonly phase: "failed" }
  | { readonly phase: "there"; readonly rooms: readonly ListedRoom[] };

const CREATE = `curl -X PUT "$SERVER/v1/rooms/tea-house" \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "茶舍直播间"}'`;
const DEMO = "make demo";

/** `/`: the rooms there are, each with its viewer page and its overlay for OBS. */
export class RoomList extends LitElement {
  static override styles = styles;
  static override properties = { language: { attribute: false }, rooms: { state: true } };
  declare language: Language;
  declare protected rooms: Rooms;

  constructor() {
    super();
    this.language = "zh-CN";
    this.rooms = { phase: "loading" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  protected override render(): TemplateResult {
    const words = catalogue(this.language);
    return html`<div class="surface" lang=${this.language}>
      <main>
        <header>
          <h1>${words.rooms.title}</h1>
          <button lang=${otherLanguage(this.language)} @click=${this.#switchLanguage}>${words.switchLanguage}</button>
          <p>${words.rooms.lead}</p>
        </header>
        ${this.#content()}
      </main>
    </div>`;
  }

  #content(): TemplateResult {
    const words = catalogue(this.language).rooms;
    switch (this.rooms.phase) {
      case "loading":
        return html`<p class="loading" role="status">${words.loading}</p>`;
      case "failed":
        return html`<section class="empty" role="alert">
          <h2>${words.failedTitle}</h2>
          <p>${words.failedText}</p>
          <button class="filled" @click=${() => { void this.#load(); }}>${words.again}</button>
        </section>`;
      case "there":
        if (this.rooms.rooms.length > 0) return html`<ul>${this.rooms.rooms.map((room) => this.#room(room))}</ul>`;
        return html`<section class="empty">
          <h2>${words.emptyTitle}</h2>
          <p>${words.emptyText}</p>
          <pre tabindex="0">${CREATE}</pre>
          <p>${words.emptyOr}</p>
          <pre tabindex="0">${DEMO}</pre>
        </section>`;
    }
  }

  #room({ id, name, members_only: tier, show }: ListedRoom): TemplateResult {
    const words = catalogue(this.language);
    const address = encodeURIComponent(id);
    const live = show?.status === "live";
    return html`<li>
      <a class="enter" href="/rooms/${address}" aria-label="${words.rooms.enter} · ${name === "" ? id : name}">
        <span class="sign ${live ? "live" : ""}"><i></i><i></i><i></i></span>
        <span class="words">
          <strong><bdi>${name === "" ? id : name}</bdi></strong>
          <span>
            <em class=${live ? "now" : ""}>${this.#status(show)}</em>
            ${show === null || show.title === "" ? nothing : html`<bdi>${show.title}</bdi>`}
            ${tier === null
              ? nothing
              : html`<lro-tier-badge material=${materialOf(tier, {})} label=${words.rooms.membersOnly(tierName(tier, {}, this.language))}></lro-tier-badge>`}
          </span>
        </span>
        <span class="go" aria-hidden="true">›</span>
      </a>
      <a class="overlay" href="/overlay/${address}">${words.rooms.overlay}</a>
    </li>`;
  }

  #status(show: ListedRoom["show"]): string {
    const { header } = catalogue(this.language);
    switch (show?.status) {
      case "live":
        return header.live;
      case "scheduled":
        return show.starts_ms === null ? header.quiet : header.scheduled(formatTime(show.starts_ms, Date.now(), this.language));
      case "ended":
        return header.ended;
      case "replay":
        return header.replay;
      case undefined:
        return header.quiet;
    }
  }

  async #load(): Promise<void> {
    this.rooms = { phase: "loading" };
    try {
      const answer = await fetch("/v1/rooms", { headers: { accept: "application/json" } });
      this.rooms = answer.ok ? { phase: "there", rooms: listedRooms(await answer.json()) } : { phase: "failed" };
    } catch {
      // Away, or not what the contract says: either way there is nothing to list now.
      this.rooms = { phase: "failed" };
    }
  }

  #switchLanguage = (): void => {
    this.language = otherLanguage(this.language);
    document.documentElement.lang = this.language;
  };
}
