import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Comments, ShownComment } from "../../state/comments.js";
import { catalogue } from "../../text/catalogue.js";
import { cleanComment, cleanName } from "../../text/clean.js";
import { formatGain } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { materialOf, tierName } from "../../text/tiers.js";
import type { Tier } from "../../wire/views.js";
import { METALS } from "../palette.js";
import { styles } from "./comment-stream.styles.js";

/** How near the end counts as reading along. */
const NEAR_PX = 40;

/** The stream of comments (L13), each with the writer's badge. Stays where one scrolls back to; one press returns. */
export class CommentStream extends LitElement {
  static override styles = styles;
  static override properties = {
    comments: { attribute: false },
    tiers: { attribute: false },
    author: { attribute: false },
    still: { type: Boolean, reflect: true },
    language: { attribute: false },
    behind: { state: true },
  };
  declare comments: Comments;
  declare tiers: Readonly<Record<string, Tier>>;
  /** The viewer's own tag, or null. */
  declare author: string | null;
  declare still: boolean;
  declare language: Language;
  /** Scrolled back while new ones came. */
  declare protected behind: boolean;

  #reading = true;
  /** Where the window was when it last said. */
  #top = 0;
  #resizes: ResizeObserver | null = null;

  constructor() {
    super();
    this.comments = [];
    this.tiers = {};
    this.author = null;
    this.still = false;
    this.language = "zh-CN";
    this.behind = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes?.disconnect();
  }

  protected override firstUpdated(): void {
    // A card that opens above or a word of the server below makes the window smaller: the end stays in view.
    this.#resizes = new ResizeObserver(() => {
      if (this.#reading) this.#toEnd();
    });
    const view = this.renderRoot.querySelector(".window");
    if (view !== null) this.#resizes.observe(view);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("comments") && !this.#reading) this.behind = true;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("comments") && this.#reading) this.#toEnd();
  }

  protected override render(): TemplateResult {
    const words = catalogue(this.language).comments;
    return html`<div class="window" tabindex="0" role="log" aria-live="polite" aria-label=${words.label} @scroll=${this.#scrolled}>
        <ol>
          ${repeat(this.comments, keyOf, (comment) => this.#row(comment))}
        </ol>
      </div>
      ${this.behind
        ? html`<button @click=${() => { this.#return(); }}>${words.newer} ↓</button>`
        : nothing}`;
  }

  #row(comment: ShownComment): TemplateResult {
    const words = catalogue(this.language);
    const material = materialOf(comment.tier, this.tiers);
    const own = this.author !== null && comment.author === this.author;
    const name = own ? words.comments.you : cleanName(comment.name) || words.someone;
    return html`<li class="${comment.state} ${own ? "own" : ""}">
      ${material === "basic"
        ? nothing
        : html`<lro-tier-badge material=${material} label=${tierName(comment.tier, this.tiers, this.language)} bare></lro-tier-badge>`}
      <bdi class="name" style="color:${METALS[material].tint}">${name}</bdi><bdi class="text">${cleanComment(comment.text)}</bdi>
      ${comment.state === "sending" ? html`<span class="way">${words.act.sending}</span>` : nothing}
      ${comment.gain > 0 ? html`<b class="gain">${words.act.gain(formatGain(comment.gain, this.language))}</b>` : nothing}
    </li>`;
  }

  #scrolled = (event: Event): void => {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget as HTMLElement;
    // Only who goes back has stopped reading along: what grew or shrank between two events did not.
    const back = scrollTop < this.#top;
    this.#top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#reading = true;
    else if (back) this.#reading = false;
    if (this.#reading) this.behind = false;
  };

  #return(): void {
    this.#reading = true;
    this.behind = false;
    this.#toEnd();
  }

  #toEnd(): void {
    const view = this.renderRoot.querySelector(".window");
    if (view === null) return;
    view.scrollTop = view.scrollHeight;
    this.#top = view.scrollTop;
  }
}

/** Stable while a comment's id changes from ours to the server's, so that its row is not drawn anew. */
const keyOf = ({ ref, id }: ShownComment): string => ref ?? id;
