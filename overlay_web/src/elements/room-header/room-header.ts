import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { catalogue } from "../../text/catalogue.js";
import { formatCount, formatTime } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import type { RoomView } from "../../wire/views.js";
import { people } from "../icons.js";
import { styles } from "./room-header.styles.js";

/** Whose room this is, whether it is live, and how many watch. */
export class RoomHeader extends LitElement {
  static override styles = styles;
  static override properties = {
    room: { attribute: false },
    online: { attribute: false },
    now: { attribute: false },
    language: { attribute: false },
  };
  declare room: RoomView | null;
  /** Null: not told yet. */
  declare online: number | null;
  /** The server's clock. */
  declare now: number;
  declare language: Language;

  constructor() {
    super();
    this.room = null;
    this.online = null;
    this.now = 0;
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room === null) return nothing;
    const { header } = catalogue(this.language);
    const title = room.show?.title === undefined || room.show.title === "" ? room.name : room.show.title;
    const isLive = room.show?.status === "live";
    return html`<header>
      <span class="sign ${isLive ? "live" : ""}">${isLive ? html`<i></i><i></i><i></i>` : nothing}</span>
      <span class="words">
        <h1><bdi>${title === "" ? room.id : title}</bdi></h1>
        <p>
          <span class=${isLive ? "now" : ""}>${this.#status(room)}</span>
          ${this.online === null
            ? nothing
            : html`<span class="count" aria-label=${header.online(formatCount(this.online, this.language))}
                >${people()}${formatCount(this.online, this.language)}</span
              >`}
        </p>
      </span>
    </header>`;
  }

  #status({ show }: RoomView): string {
    const { header } = catalogue(this.language);
    switch (show?.status) {
      case "live":
        return header.live;
      case "scheduled":
        return show.starts_ms === null ? header.quiet : header.scheduled(formatTime(show.starts_ms, this.now, this.language));
      case "ended":
        return header.ended;
      case "replay":
        return header.replay;
      case undefined:
        return header.quiet;
    }
  }
}
