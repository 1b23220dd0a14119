import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Desk } from "./desk.js";
import { command, FULL_REQUEST } from "./names.js";
import { isFlying } from "./presses.js";
import { styles } from "./prompter.styles.js";
import { AT_ONCE, breathsOf, rowsOf, wordsOf } from "./prompts.js";
import type { Marked, Prompt, Prompts, Row } from "./prompts.js";

/** Lines beside the one to be said that a teleprompter shows: what comes next, no more. */
const NEXT = 3;

/**
 * What to say now (口播提词, L9): big lines, one press each when it is said, Space or Enter for the first of them.
 *
 * @prop prompts - null until the server has answered once
 * @prop marked - what was marked here a moment ago
 * @attr full - fills the screen: a teleprompter
 * @fires command-request - `say-line`, `unsay-line`
 * @fires full-request - fill the screen, or no more
 */
export class Prompter extends Desk {
  static override styles = styles;
  static override properties = { ...Desk.properties, prompts: { attribute: false }, marked: { attribute: false }, full: { type: Boolean, reflect: true } };
  declare prompts: Prompts | null;
  declare marked: readonly Marked[];
  declare full: boolean;

  constructor() {
    super();
    this.prompts = null;
    this.marked = [];
    this.full = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.#key);
  }

  protected override render(): TemplateResult {
    const words = this.words.prompter;
    const rows = this.full ? this.#ahead() : this.#rows();
    return html`
      <div class="top">
        <h3>${words.heading}</h3>
        <span class="quiet">${this.prompts === null || this.prompts.said === 0 ? nothing : words.said(String(this.prompts.said))}</span>
        ${this.full && !this.view.live ? html`<span class="gone" role="alert">${words.offline}</span>` : nothing}
        <button class="press full" @click=${this.#toggle}>${this.full ? words.leave : words.fill}</button>
      </div>
      ${rows.length === 0
        ? this.#empty()
        : html`<ol aria-label=${words.heading}>
            ${repeat(rows, ({ line }) => `${line.key} ${line.stage}`, (row, place) => this.#row(row, place))}
          </ol>`}
      ${this.full || rows.length === 0 ? nothing : html`<p class="quiet keys">${words.keys}</p>`}
    `;
  }

  #row({ line, marked }: Row, place: number): TemplateResult {
    const words = this.words.prompter;
    const blocked = !this.view.live || isFlying(this.view.presses, `prompt ${line.key}`);
    const said = wordsOf(line, this.view.language);
    return html`<li class="${marked ? "marked" : ""} ${line.rank === AT_ONCE ? "urgent" : ""} ${place === 0 ? "first" : ""}" data-prompt=${line.key}>
      <p><bdi>${breathsOf(said).map((part) => html`<span>${part}</span>`)}</bdi></p>
      ${marked
        ? html`<button class="press undo" ?disabled=${blocked} aria-label="${words.undo} ${said}" @click=${() => { command(this, { do: "unsay-line", key: line.key }); }}>${words.undo}</button>`
        : html`<button class="press say" ?disabled=${blocked} aria-label="${words.say} ${said}" @click=${() => { this.#say(line); }}>${words.say}</button>`}
    </li>`;
  }

  #empty(): TemplateResult {
    const words = this.words.prompter;
    if (this.prompts === null && this.onAir) return html`<div class="empty"><p class="quiet" role="status">${this.view.live ? words.waiting : words.offline}</p></div>`;
    return html`<div class="empty">
      <strong>${this.onAir ? words.nothingTitle : words.offAirTitle}</strong>
      <p class="quiet">${this.onAir ? words.nothingText : words.offAirText}</p>
    </div>`;
  }

  #rows(): readonly Row[] {
    return rowsOf(this.prompts?.lines ?? [], this.marked, this.view.nowMs, this.view.live);
  }

  /** On a teleprompter the next line is up at once; what was just said waits at the end with its way back. */
  #ahead(): readonly Row[] {
    const rows = this.#rows();
    return [...rows.filter(({ marked }) => !marked).slice(0, NEXT + 1), ...rows.filter(({ marked }) => marked).slice(-1)];
  }

  #say(line: Prompt): void {
    command(this, { do: "say-line", key: line.key, stage: line.stage });
  }

  #toggle = (): void => {
    this.dispatchEvent(new CustomEvent(FULL_REQUEST, { detail: !this.full, bubbles: true, composed: true }));
  };

  #key = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || this.#isTyping(event)) return;
    if (event.key === "Escape" && this.full) {
      event.preventDefault();
      this.#toggle();
      return;
    }
    if (event.key !== " " && event.key !== "Enter") return;
    const next = this.#rows().find(({ marked }) => !marked)?.line;
    if (next === undefined || this.blocked(`prompt ${next.key}`)) return;
    event.preventDefault();
    this.#say(next);
  };

  /** Space and Enter belong to what has the focus, if it does something with them. */
  #isTyping(event: KeyboardEvent): boolean {
    if (event.key === "Escape") return false;
    const target = event.composedPath()[0];
    return target instanceof Element && target.closest("button, a, input, select, textarea, summary, [role=tab]") !== null;
  }
}
