import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { formatMoney, formatNumber } from "../text/format.js";
import type { Preview } from "./board.js";
import type { TaskKind, TaskSpec } from "./commands.js";
import { slotOf } from "./commands.js";
import { Desk, textField, Typed, wholeField } from "./desk.js";
import { styles } from "./desk.styles.js";
import { command } from "./names.js";
import { presets } from "./presets.js";
import { isFlying, isUnsure } from "./presses.js";

const KINDS: readonly TaskKind[] = ["share", "like", "watch", "order", "password", "vote", "invite"];
const ASK_AFTER_MS = 400;

export const specKey = (spec: TaskSpec): string => JSON.stringify(spec);

/**
 * Tasks that are one press, each with what it would cost now, and a form for the others (L3).
 *
 * @prop previews - by `specKey`; null = could not be had
 * @prop previewing - called with a task whose preview is wanted
 */
export class TasksDesk extends Desk {
  static override styles = [
    ...styles,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: calc(9 * var(--u));
        margin: 0;
        padding: 0;
        list-style: none;
      }
      @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
        ul {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .preset {
        display: grid;
        align-content: start;
        gap: calc(5 * var(--u));
        inline-size: 100%;
        block-size: 100%;
        min-block-size: calc(84 * var(--u));
        padding: calc(11 * var(--u)) calc(12 * var(--u));
        border: 1px solid rgb(255 141 107 / 0.38);
        border-radius: calc(15 * var(--u));
        background: rgb(207 63 31 / 0.16);
        text-align: start;
      }
      .preset strong {
        font-size: calc(14.5 * var(--u));
        font-weight: 640;
        line-height: 1.25;
        /* Broken before 得, not within a word. */
        word-break: keep-all;
        overflow-wrap: anywhere;
      }
      .preset span {
        color: var(--lro-ink-soft);
        font-size: calc(12 * var(--u));
        line-height: 1.3;
      }
      .preset span b {
        color: var(--lro-ink);
        font-weight: 620;
      }
      .sums {
        min-block-size: 1.4em;
      }
    `,
  ];
  static override properties = { ...Desk.properties, previews: { attribute: false }, kind: { state: true }, own: { state: true } };
  declare previews: ReadonlyMap<string, Preview | null>;
  declare previewing: (spec: TaskSpec) => void;
  declare protected kind: TaskKind;
  /** What the form says now; null = not a whole task yet. */
  declare protected own: TaskSpec | null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.previews = new Map();
    this.previewing = () => undefined;
    this.kind = "share";
    this.own = null;
  }

  override disconnectedCallback(): void {
    clearTimeout(this.#timer);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<h3>${this.words.task.presetsTitle}</h3>
      <ul>
        ${presets(this.view.language).map(({ spec }) => html`<li>${this.#preset(spec)}</li>`)}
      </ul>
      ${this.#custom()}`;
  }

  #preset(spec: TaskSpec): TemplateResult {
    const slot = slotOf({ do: "start-task", spec });
    const { task } = this.words;
    return html`<button class="preset" data-kind=${spec.kind} ?disabled=${this.blocked(slot) || !this.onAir} @click=${() => { command(this, { do: "start-task", spec }); }}>
      <strong>${(spec.title ?? "").split(/(?=得)/u).map((part) => html`${part}<wbr />`)}</strong>
      ${isFlying(this.view.presses, slot)
        ? html`<span>${this.words.working}</span>`
        : isUnsure(this.view.presses, slot)
          ? html`<span class="unsure">${this.words.unsure}</span>`
          : this.onAir
            ? this.#sums(spec)
            : html`<span>${task.needsShow}</span>`}
    </button>`;
  }

  #sums(spec: TaskSpec): TemplateResult {
    const { task } = this.words;
    const { language, currency } = this.view;
    const seen = this.previews.get(specKey(spec));
    if (seen === undefined) return html`<span>${task.previewing}</span>`;
    if (seen === null) return html`<span>${task.noPreview}</span>`;
    // An empty room fills up: what it can cost then is the budget.
    if (seen.audience === 0) return html`<span><b>${task.budgetIs(formatNumber(spec.budget, language))}</b></span><span>${task.nobody}</span>`;
    return html`<span><b>${task.most(formatMoney(seen.max_cost, currency, language))}</b></span>
      <span>${task.expected(formatNumber(seen.expected_members, language), formatNumber(seen.audience, language))}</span>`;
  }

  #custom(): TemplateResult {
    const { task } = this.words;
    const slot = this.own === null ? "start-task" : slotOf({ do: "start-task", spec: this.own });
    const fields = [
      html`<label><span>${task.kind}</span><select name="kind" .value=${this.kind}>${KINDS.map((kind) => html`<option value=${kind}>${task.kinds[kind]}</option>`)}</select></label>`,
      wholeField(task.length, "minutes", 10, 1, 720),
      wholeField(task.reward, "reward", 50, 1, 1_000_000),
      wholeField(task.target, "target", 1, 1, 10_000),
      ...(this.kind === "password" ? [textField(task.password, "password", { most: 60 })] : []),
      textField(task.title, "title", { hint: task.titleHint, optional: true }),
      wholeField(task.budget, "budget", 10_000, 1, 1_000_000_000),
      html`<div class="wide quiet sums">${this.onAir && this.own !== null ? this.#sums(this.own) : nothing}</div>`,
    ];
    return html`<details @input=${this.#edited}>
      <summary>${task.custom}</summary>
      ${this.form(slot, task.custom, fields, task.start, (typed) => {
        const spec = specOf(typed);
        if (spec !== null) command(this, { do: "start-task", spec });
      })}
    </details>`;
  }

  #edited = (event: Event): void => {
    const form = event.target instanceof HTMLElement ? event.target.closest("form") : null;
    if (form === null) return;
    const typed = new Typed(form);
    this.kind = KINDS.find((kind) => kind === typed.text("kind")) ?? "share";
    this.own = specOf(typed);
    this.#sayBudget(form);
    clearTimeout(this.#timer);
    const { own } = this;
    if (own !== null && this.onAir) this.#timer = setTimeout(() => { this.previewing(own); }, ASK_AFTER_MS);
  };

  /** The one rule that no single field knows. */
  #sayBudget(form: HTMLFormElement): void {
    const field = form.elements.namedItem("budget");
    if (!(field instanceof HTMLInputElement)) return;
    const typed = new Typed(form);
    const small = Number(typed.text("budget")) < Number(typed.text("reward"));
    field.setCustomValidity(small ? this.words.task.budgetTooSmall : "");
  }
}

/** The task that a form describes, or null while it describes none. */
export function specOf(typed: Typed): TaskSpec | null {
  const kind = KINDS.find((one) => one === typed.text("kind"));
  const minutes = typed.whole("minutes", 1, 720);
  const reward = typed.whole("reward", 1, 1_000_000);
  const target = typed.whole("target", 1, 10_000);
  const budget = typed.whole("budget", 1, 1_000_000_000);
  const title = typed.text("title");
  const password = typed.text("password");
  if (kind === undefined || minutes === null || reward === null || target === null || budget === null || budget < reward) return null;
  if (kind === "password" && password === "") return null;
  return { kind, reward, target, seconds: minutes * 60, budget, ...(title === "" ? {} : { title }), ...(kind === "password" ? { password } : {}) };
}
