/** What every part of the panel is given, and the fields their forms are made of. */
import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import type { Language } from "../text/language.js";
import { minorOf, wholeOf } from "./amount.js";
import type { Board } from "./board.js";
import { styles } from "./desk.styles.js";
import { isFlying, isUnsure } from "./presses.js";
import type { Presses } from "./presses.js";
import { hostWords } from "./words.js";
import type { HostWords } from "./host-words.js";

export type DeskView = {
  readonly board: Board;
  readonly presses: Presses;
  /** The link is up: what is shown is true, and may be acted on. */
  readonly live: boolean;
  /** The server's clock. */
  readonly nowMs: number;
  readonly currency: string;
  readonly language: Language;
};

/** State flows down as `view`; a press bubbles up as `command-request`. */
export abstract class Desk extends LitElement {
  static override styles = styles;
  static override properties = { view: { attribute: false }, cleared: { attribute: false } };
  declare view: DeskView;
  /** The slot of a form whose wish came true: it is emptied. Another object each time. */
  declare cleared: { readonly slot: string } | null;

  constructor() {
    super();
    this.cleared = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("cleared") || this.cleared === null) return;
    for (const form of this.renderRoot.querySelectorAll("form")) if (form.dataset.slot === this.cleared.slot) form.reset();
  }

  protected get words(): HostWords {
    return hostWords(this.view.language);
  }

  protected get onAir(): boolean {
    return this.view.board.room.show?.status === "live";
  }

  protected blocked(slot: string): boolean {
    return !this.view.live || isFlying(this.view.presses, slot);
  }

  protected form(slot: string, heading: string, fields: readonly TemplateResult[], press: string, submit: (form: Typed) => void, needsShow = true): TemplateResult {
    const closed = needsShow && !this.onAir;
    return html`<form
      data-slot=${slot}
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        if (event.target instanceof HTMLFormElement && !this.blocked(slot) && !closed) submit(new Typed(event.target));
      }}
    >
      <h3>${heading}</h3>
      <div class="fields">${fields}</div>
      ${isUnsure(this.view.presses, slot) ? html`<p class="unsure">${this.words.unsure}</p>` : nothing}
      <button class="filled" ?disabled=${this.blocked(slot) || closed}>
        ${isFlying(this.view.presses, slot) ? this.words.working : closed ? this.words.task.needsShow : press}
      </button>
    </form>`;
  }
}

/** What a form's fields hold. */
export class Typed {
  readonly #data: FormData;

  constructor(form: HTMLFormElement) {
    this.#data = new FormData(form);
  }

  text(name: string): string {
    const value = this.#data.get(name);
    return typeof value === "string" ? value.trim() : "";
  }

  whole(name: string, least: number, most: number): number | null {
    return wholeOf(this.text(name), least, most);
  }

  minor(name: string): number | null {
    return minorOf(this.text(name));
  }
}

export const textField = (label: string, name: string, options: { readonly value?: string; readonly hint?: string; readonly most?: number; readonly optional?: boolean; readonly wide?: boolean; readonly url?: boolean; readonly only?: boolean } = {}): TemplateResult =>
  html`<label class=${options.wide === false ? "" : "wide"}
    ><span class=${options.only === true ? "unseen" : ""}>${label}</span>
    <input
      name=${name}
      type=${options.url === true ? "url" : "text"}
      .defaultValue=${options.value ?? ""}
      placeholder=${options.hint ?? ""}
      maxlength=${options.most ?? 60}
      ?required=${options.optional !== true}
      autocomplete="off"
  /></label>`;

export const wholeField = (label: string, name: string, value: number, least: number, most: number): TemplateResult =>
  html`<label><span>${label}</span><input name=${name} type="number" inputmode="numeric" step="1" min=${least} max=${most} .defaultValue=${String(value)} required autocomplete="off" /></label>`;

export const moneyField = (label: string, name: string, value = ""): TemplateResult =>
  html`<label><span>${label}</span><input name=${name} type="text" inputmode="decimal" pattern="[0-9]{1,8}([.][0-9]{1,2})?" .defaultValue=${value} placeholder="0.00" required autocomplete="off" /></label>`;
