import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Comments, ShownComment } from "../state/comments.js";
import { formatNumber } from "../text/format.js";
import { materialOf } from "../text/tiers.js";
import { Desk } from "./desk.js";
import { styles } from "./desk.styles.js";
import { command } from "./names.js";
import { isFlying } from "./presses.js";

export const MUTE_S = 600;
export const BAN_S = 86_400;

/** Whom this panel has muted or banned since it was opened, so that it can be taken back here. */
export type Restricted = ReadonlyMap<string, { readonly name: string; readonly kind: "mute" | "ban" }>;

/**
 * The comments, each with what can be done about it (L13). The newest is on top; while a line is open the list stands
 * still, so that nothing slips under the thumb.
 */
export class CommentsDesk extends Desk {
  static override styles = [
    ...styles,
    css`
      ul {
        display: grid;
        gap: calc(6 * var(--u));
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        border: 1px solid var(--lro-line);
        border-radius: calc(14 * var(--u));
        background: rgb(255 240 225 / 0.045);
        overflow: hidden;
      }
      li.open {
        border-color: var(--lro-accent);
      }
      .line {
        display: block;
        inline-size: 100%;
        min-block-size: calc(46 * var(--u));
        padding: calc(9 * var(--u)) calc(12 * var(--u));
        text-align: start;
        font-size: calc(14.5 * var(--u));
        line-height: 1.4;
      }
      .line lro-tier-badge {
        --stone: calc(15 * var(--u));
        margin-inline-end: calc(4 * var(--u));
      }
      .name {
        color: var(--lro-ink-soft);
        margin-inline-end: calc(7 * var(--u));
      }
      .going .line {
        opacity: 0.5;
        text-decoration: line-through;
      }
      .acts {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: calc(8 * var(--u));
        padding: 0 calc(12 * var(--u)) calc(12 * var(--u));
      }
      .acts lro-hold-button {
        grid-column: 1 / -1;
      }
      .set {
        display: flex;
        align-items: center;
        gap: calc(10 * var(--u));
        padding: calc(4 * var(--u)) calc(4 * var(--u)) calc(4 * var(--u)) calc(12 * var(--u));
      }
      .set bdi {
        flex: 1;
        min-inline-size: 0;
      }
      .set .press {
        flex: none;
        padding-inline: calc(16 * var(--u));
      }
      .newer {
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        justify-self: center;
        min-block-size: calc(36 * var(--u));
        padding: 0 calc(18 * var(--u));
        border-radius: 99px;
        background: #fff3e8;
        color: #9a2c10;
        font-size: calc(13.5 * var(--u));
        font-weight: 640;
      }
      .empty {
        padding: calc(30 * var(--u)) 0;
        text-align: center;
      }
    `,
  ];
  static override properties = {
    ...Desk.properties,
    comments: { attribute: false },
    restricted: { attribute: false },
    open: { state: true },
    still: { state: true },
  };
  declare comments: Comments;
  declare restricted: Restricted;
  /** The comment whose line is open. */
  declare protected open: string | null;
  /** What stood there when a line was opened. */
  declare protected still: Comments | null;

  constructor() {
    super();
    this.comments = [];
    this.restricted = new Map();
    this.open = null;
    this.still = null;
  }

  protected override render(): TemplateResult {
    const words = this.words.comments;
    const here = new Set(this.comments.map(({ id }) => id));
    // What is gone from the screens goes here too, whether or not the list stands still.
    const shown = (this.still ?? this.comments).filter(({ id }) => here.has(id));
    const newer = this.still === null ? 0 : this.comments.length - this.comments.findIndex(({ id }) => id === this.still?.at(-1)?.id) - 1;
    return html`${this.#set()}
      ${newer > 0 ? html`<button class="newer" @click=${this.#goOn}>${words.newer(formatNumber(newer, this.view.language))}</button>` : nothing}
      ${shown.length === 0
        ? html`<p class="quiet empty">${words.empty}</p>`
        : html`<ul aria-label=${this.words.tabs.comments}>
            ${[...shown].reverse().map((comment) => this.#line(comment))}
          </ul>`}`;
  }

  #set(): TemplateResult | typeof nothing {
    if (this.restricted.size === 0) return nothing;
    const words = this.words.comments;
    return html`<ul aria-label=${words.set}>
      ${[...this.restricted].reverse().map(
        ([author, { name, kind }]) => html`<li class="set">
          <bdi>${name}</bdi><span class="quiet">${kind === "ban" ? words.banned : words.muted}</span>
          <button class="press" ?disabled=${this.blocked(`author ${author}`)} @click=${() => { command(this, { do: "lift-author", author }); }}>${words.undo}</button>
        </li>`,
      )}
    </ul>`;
  }

  #line(comment: ShownComment): TemplateResult {
    const { id, author, name, tier, text } = comment;
    const words = this.words.comments;
    const isOpen = id === this.open;
    const { tiers } = this.view.board.room;
    const isGoing = isFlying(this.view.presses, `comment ${id}`);
    return html`<li class="${isOpen ? "open" : ""} ${isGoing ? "going" : ""}" data-comment=${id}>
      <button class="line" aria-expanded=${isOpen} @click=${() => { this.#toggle(id); }}>
        <lro-tier-badge .material=${materialOf(tier, tiers)} bare></lro-tier-badge><bdi class="name">${name}</bdi><bdi>${text}</bdi>
      </button>
      ${isOpen
        ? html`<div class="acts">
            <button class="press remove" ?disabled=${this.blocked(`comment ${id}`)} @click=${() => { this.#done(); command(this, { do: "remove-comment", id }); }}>${words.remove}</button>
            <button class="press mute" ?disabled=${this.blocked(`author ${author}`)} @click=${() => { this.#done(); command(this, { do: "restrict-author", author, name, kind: "mute", seconds: MUTE_S }); }}>${words.mute}</button>
            <lro-hold-button
              .label=${words.ban}
              .language=${this.view.language}
              ?disabled=${this.blocked(`author ${author}`)}
              @held-request=${() => { this.#done(); command(this, { do: "restrict-author", author, name, kind: "ban", seconds: BAN_S }); }}
            ></lro-hold-button>
          </div>`
        : nothing}
    </li>`;
  }

  #toggle(id: string): void {
    if (this.open === id) this.#done();
    else {
      this.open = id;
      this.still ??= this.comments;
    }
  }

  #done(): void {
    this.open = null;
    this.still = null;
  }

  #goOn = (): void => {
    this.#done();
  };
}
