import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import { element } from "../elements/foundation.js";
import { formatNumber } from "../text/format.js";
import type { Language } from "../text/language.js";
import type { HostApi } from "./api.js";
import { QueueReader } from "./queue-reader.js";
import { shoutWords } from "./shout-words.js";

const LOOK_MS = 5_000;

/** Overlay connected · last drawn, in the panel's header; it raises its voice when the picture lacks something. */
export class OverlayChip extends LitElement {
  static override styles = [
    element,
    css`
      :host {
        display: flex;
        align-items: baseline;
        gap: calc(6 * var(--u));
      }
      .name {
        color: var(--lro-ink-soft);
      }
      .says {
        font-weight: 640;
      }
      .alarm {
        padding: 0 calc(8 * var(--u));
        border-radius: 99px;
        background: var(--lro-accent-deep);
        color: #fff;
      }
    `,
  ];
  static override properties = { api: { attribute: false }, room: {}, language: { attribute: false } };
  declare api: HostApi | null;
  declare room: string;
  declare language: Language;
  readonly #reader = new QueueReader(this, () => ({ api: this.api, room: this.room }), LOOK_MS);

  constructor() {
    super();
    this.api = null;
    this.room = "";
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult {
    const words = shoutWords(this.language);
    const { queue } = this.#reader;
    const alarm = queue?.alarm ?? null;
    const drawn = Math.max(0, ...(queue?.overlays ?? []).map(({ rendered_ms }) => rendered_ms ?? 0));
    const ago = Math.max(0, Math.round((this.#reader.nowMs - drawn) / 1_000));
    const fine = drawn === 0 ? words.fine : words.ago(formatNumber(ago, this.language));
    const says = queue === null ? "–" : alarm !== null ? (words.alarms[alarm] ?? alarm) : queue.overlays.length === 0 ? words.none : fine;
    return html`<span class="name">${words.chip}</span><span class="says ${alarm === null ? "" : "alarm"}" role="status">${says}</span>`;
  }
}
