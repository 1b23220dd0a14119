import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import type { Feedback } from "../../state/feedback.js";
import { catalogue } from "../../text/catalogue.js";
import { COMMENT_GRAPHEMES } from "../../text/clean.js";
import { formatCount, formatGain, formatNumber } from "../../text/format.js";
import { countGraphemes } from "../../text/graphemes.js";
import type { Language } from "../../text/language.js";
import { gift, heart, send, share } from "../icons.js";
import { flyHeart } from "./hearts.js";
import { styles } from "./action-bar.styles.js";

/**
 * Comment, share, like. Answers at once under the finger; what the server says of it (points, or kindly why none)
 * appears right above.
 *
 * @fires act-request - the viewer does something
 * @fires sheet-request - the viewer wants to see what points are good for
 * @fires sign-in-request - an anonymous viewer wants to
 */
export class ActionBar extends LitElement {
  static override styles = styles;
  static override properties = {
    likes: { attribute: false },
    feedback: { attribute: false },
    giveBack: { attribute: false },
    anonymous: { type: Boolean, reflect: true },
    ended: { type: Boolean },
    still: { type: Boolean, reflect: true },
    language: { attribute: false },
    said: { attribute: false },
    tooLong: { state: true },
    filled: { state: true },
  };
  declare likes: number;
  declare feedback: Feedback | null;
  /** Words that were not taken come back into the field, unless the viewer is writing already. */
  declare giveBack: { readonly text: string } | null;
  declare anonymous: boolean;
  declare ended: boolean;
  declare still: boolean;
  declare language: Language;
  /** Something the page itself has to say: that a link was copied. */
  declare said: string | null;
  declare protected tooLong: boolean;
  declare protected filled: boolean;

  constructor() {
    super();
    this.likes = 0;
    this.feedback = null;
    this.giveBack = null;
    this.anonymous = false;
    this.ended = false;
    this.still = false;
    this.language = "zh-CN";
    this.said = null;
    this.tooLong = false;
    this.filled = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const field = this.#field();
    if (!changed.has("giveBack") || this.giveBack === null || field?.value !== "") return;
    field.value = this.giveBack.text;
    this.filled = true;
  }

  protected override render(): TemplateResult {
    const { act } = catalogue(this.language);
    const placeholder = this.anonymous ? act.placeholderAnonymous : this.ended ? act.placeholderEnded : act.placeholder;
    const likes = formatCount(this.likes, this.language);
    return html`<div class="say" aria-live="polite">${this.#saying()}</div>
      <div class="bar">
        <form @submit=${this.#submit}>
          <input
            type="text"
            enterkeyhint="send"
            autocomplete="off"
            aria-label=${placeholder}
            placeholder=${placeholder}
            ?readonly=${this.anonymous}
            @click=${this.#touched}
            @input=${this.#typed}
          />
          <button class="send" type="submit" aria-label=${act.send} ?hidden=${!this.filled}>${send()}</button>
        </form>
        ${this.anonymous
          ? nothing
          : html`<button class="round points" aria-label=${catalogue(this.language).sheet.open} @click=${() => { request(this, EVENT.sheetRequest, { open: true }); }}>${gift()}</button>`}
        <button class="round" aria-label=${act.share} @click=${this.#share}>${share()}</button>
        <span class="hearts">
          <button class="round like" aria-label=${act.like} @click=${this.#like}>${heart()}</button>
          <span class="count" aria-hidden="true">${likes}</span>
        </span>
      </div>`;
  }

  #saying(): TemplateResult | typeof nothing {
    const words = catalogue(this.language);
    if (this.tooLong) return html`<p class="note">${words.act.tooLong(COMMENT_GRAPHEMES)}</p>`;
    const { feedback } = this;
    if (feedback === null) return this.said === null ? nothing : html`<p class="note">${this.said}</p>`;
    switch (feedback.tone) {
      case "earned":
        // What a comment earned stands on the comment itself.
        if (feedback.act === "comment") return nothing;
        return html`<p class="earned">
          ${words.act.earned(formatGain(feedback.points, this.language), formatGain(feedback.growth, this.language))}
        </p>`;
      case "nothing":
        return html`<p class="note">${words.whyNothing[feedback.why] ?? words.whyNothing.otherwise}</p>`;
      case "refused": {
        const why = words.refused[feedback.code] ?? words.refused.otherwise;
        const seconds = Math.ceil(feedback.retryAfterMs / 1000);
        return html`<p class="refused">${why}${seconds > 0 ? html` · ${words.retryIn(formatNumber(seconds, this.language))}` : nothing}</p>`;
      }
      case "unsent":
        return html`<p class="refused">${words.act.unsent}</p>`;
      case "waits":
        return html`<p class="note">${words.act.waits}</p>`;
    }
  }

  #field(): HTMLInputElement | null {
    return this.renderRoot.querySelector("input");
  }

  #typed = (): void => {
    const value = this.#field()?.value ?? "";
    this.filled = value.trim() !== "";
    this.tooLong = countGraphemes(value) > COMMENT_GRAPHEMES;
  };

  #touched = (): void => {
    if (this.anonymous) request(this, EVENT.signInRequest, null);
  };

  #submit = (event: Event): void => {
    event.preventDefault();
    const field = this.#field();
    const text = field?.value.trim() ?? "";
    if (this.anonymous) request(this, EVENT.signInRequest, null);
    if (field === null || this.anonymous || text === "" || this.tooLong) return;
    field.value = "";
    this.filled = false;
    request(this, EVENT.actRequest, { name: "comment", data: { text } });
  };

  #like = (): void => {
    if (this.anonymous) {
      request(this, EVENT.signInRequest, null);
      return;
    }
    const from = this.renderRoot.querySelector(".hearts");
    if (from !== null && !this.still) flyHeart(from as HTMLElement);
    request(this, EVENT.actRequest, { name: "like", data: { count: 1 } });
  };

  #share = (): void => {
    request(this, EVENT.actRequest, { name: "share", data: { channel: "link" } });
  };
}
