import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { formatMoney, formatNumber } from "../text/format.js";
import { leftOf } from "./amount.js";
import { isEmpty } from "./board.js";
import type { RunningDraw, RunningFirstN, RunningGate, RunningPoll, RunningTask } from "./board.js";
import { Desk } from "./desk.js";
import { styles } from "./desk.styles.js";
import { command } from "./names.js";
import { isFlying } from "./presses.js";
import type { HostCommand } from "./commands.js";

const FIVE_MINUTES_S = 300;
const LAST_MINUTE_MS = 60_000;

/** All that runs in the room now, and what can be done to it. */
export class Running extends Desk {
  static override styles = [
    ...styles,
    css`
      .head {
        display: flex;
        align-items: baseline;
        gap: calc(10 * var(--u));
      }
      .head h3 {
        flex: 1;
        min-inline-size: 0;
        line-height: 1.3;
      }
      .time {
        flex: none;
        font-size: calc(15 * var(--u));
        font-weight: 640;
        font-variant-numeric: tabular-nums;
      }
      .time.last {
        color: var(--lro-accent);
      }
      .figures {
        display: flex;
        flex-wrap: wrap;
        gap: calc(4 * var(--u)) calc(16 * var(--u));
        color: var(--lro-ink-soft);
        font-size: calc(13.5 * var(--u));
      }
      .bar {
        block-size: calc(5 * var(--u));
        border-radius: 99px;
        background: rgb(255 240 225 / 0.14);
        overflow: hidden;
      }
      .bar i {
        display: block;
        block-size: 100%;
        border-radius: inherit;
        background: var(--lro-accent);
        transform-origin: left;
      }
      .option {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: calc(3 * var(--u)) calc(10 * var(--u));
        font-size: calc(13.5 * var(--u));
      }
      .option .bar {
        grid-column: 1 / -1;
      }
      .empty {
        display: grid;
        justify-items: center;
        align-content: center;
        gap: calc(6 * var(--u));
        min-block-size: calc(120 * var(--u));
        text-align: center;
        text-wrap: balance;
      }
      .empty strong {
        font-size: calc(16 * var(--u));
      }
      a {
        color: var(--lro-accent);
      }
    `,
  ];

  protected override render(): TemplateResult {
    const { board } = this.view;
    if (isEmpty(board)) {
      return html`<div class="empty">
        <strong>${this.words.nothingTitle}</strong>
        <p class="quiet">${this.onAir ? this.words.nothingText : this.words.nothingOffAir}</p>
      </div>`;
    }
    return html`${board.tasks.map((one) => this.#task(one))} ${board.gates.map((one) => this.#gate(one))}
    ${board.firstN.map((one) => this.#firstN(one))} ${board.polls.map((one) => this.#poll(one))} ${board.draws.map((one) => this.#draw(one))}
    ${board.spotlight === null ? nothing : this.#line(this.words.spotlight.heading, `${board.spotlight.title} · ${formatMoney(board.spotlight.price, this.view.currency, this.view.language)}`)}
    ${board.pinned === null ? nothing : this.#line(this.words.room.pinned, board.pinned)}`;
  }

  #task(one: RunningTask): TemplateResult {
    const words = this.words.task;
    const { id, rev } = one;
    const blocked = this.blocked(`task ${id}`) || rev === null;
    const change = (wanted: (rev: number) => HostCommand) => () => { if (rev !== null) command(this, wanted(rev)); };
    const paused = one.state === "paused";
    return html`<article class="card" data-task=${id}>
      ${this.#head(one.title, paused ? this.words.paused : this.#left(one.ends_ms), !paused && this.#isLast(one.ends_ms))}
      <p class="figures">
        <span>${words.done(this.#number(one.done))}</span><span>${words.budgetLeft(this.#number(one.budgetLeft))}</span>
        ${isFlying(this.view.presses, `task ${id}`) ? html`<span>${this.words.working}</span>` : nothing}
      </p>
      ${this.#bar(1 - one.budgetLeft / Math.max(1, one.budget))}
      <div class="row">
        <button class="press extend" ?disabled=${blocked} @click=${change((seen) => ({ do: "extend-task", task: id, seconds: FIVE_MINUTES_S, rev: seen }))}>${words.extend}</button>
        <button class="press pause" ?disabled=${blocked} @click=${change((seen) => ({ do: paused ? "resume-task" : "pause-task", task: id, rev: seen }))}>
          ${paused ? words.resume : words.pause}
        </button>
        ${this.#hold(words.cancel, blocked, change((seen) => ({ do: "cancel-task", task: id, rev: seen })))}
      </div>
    </article>`;
  }

  #gate(one: RunningGate): TemplateResult {
    const words = this.words.gate;
    const { currency, language } = this.view;
    const open = one.public_ms <= this.view.nowMs;
    const when = one.state === "sold_out" ? words.soldOut : open ? words.isOpen : words.opens(leftOf(one.public_ms, this.view.nowMs));
    return html`<article class="card" data-gate=${one.id}>
      ${this.#head(one.title, formatMoney(one.price, currency, language), false)}
      <p class="figures"><span>${when}</span><span>${words.stockLeft(this.#number(one.stockLeft), this.#number(one.stock))}</span></p>
      ${this.#bar(one.stockLeft / Math.max(1, one.stock))}
      ${this.#hold(words.cancel, this.blocked(`gate ${one.id}`), () => { command(this, { do: "cancel-gate", id: one.id }); })}
    </article>`;
  }

  #firstN(one: RunningFirstN): TemplateResult {
    const words = this.words.firstN;
    return html`<article class="card" data-first-n=${one.id}>
      ${this.#head(one.title, one.state === "full" ? words.full : "", false)}
      <p class="figures"><span>${words.taken(this.#number(one.taken), this.#number(one.n))}</span><span>${words.most(this.#number(one.n * one.points))}</span></p>
      ${this.#bar(one.taken / Math.max(1, one.n))}
      ${this.#hold(words.close, this.blocked(`first-n ${one.id}`), () => { command(this, { do: "close-first-n", id: one.id }); })}
    </article>`;
  }

  #poll(one: RunningPoll): TemplateResult {
    const words = this.words.poll;
    const open = one.state === "open" && one.ends_ms > this.view.nowMs;
    const most = Math.max(1, ...one.options.map(({ id }) => one.votes[id] ?? 0));
    const blocked = this.blocked(`poll ${one.id}`);
    return html`<article class="card" data-poll=${one.id}>
      ${this.#head(one.question, open ? this.#left(one.ends_ms) : words.closed, open && this.#isLast(one.ends_ms))}
      ${one.options.map(
        ({ id, text }) => html`<div class="option"><bdi>${text}</bdi><span>${words.votes(this.#number(one.votes[id] ?? 0))}</span>${this.#bar((one.votes[id] ?? 0) / most)}</div>`,
      )}
      <button class="press" ?disabled=${blocked} @click=${() => { command(this, { do: open ? "close-poll" : "remove-poll", id: one.id }); }}>${open ? words.close : words.remove}</button>
    </article>`;
  }

  #draw(one: RunningDraw): TemplateResult {
    const words = this.words.draw;
    const blocked = this.blocked(`draw ${one.id}`);
    const names = one.winners.map(({ name }) => (name === "" ? words.unnamed : name)).join("、");
    return html`<article class="card" data-draw=${one.id}>
      ${this.#head(one.title, one.state === "open" ? this.#left(one.ends_ms) : words.states[one.state], one.state === "open" && this.#isLast(one.ends_ms))}
      <p class="figures">
        ${one.entries === null ? nothing : html`<span>${words.entries(this.#number(one.entries))}</span>`}
        ${names === "" ? nothing : html`<bdi>${words.winners(names)}</bdi>`}
        <a href="/draws/${encodeURIComponent(one.id)}" target="_blank" rel="noopener">${words.proof}</a>
      </p>
      ${one.state === "open"
        ? this.#hold(words.cancel, blocked, () => { command(this, { do: "cancel-draw", id: one.id }); })
        : one.state === "closed"
          ? nothing
          : html`<button class="press" ?disabled=${blocked} @click=${() => { command(this, { do: "remove-draw", id: one.id }); }}>${words.remove}</button>`}
    </article>`;
  }

  #line(heading: string, text: string): TemplateResult {
    return html`<article class="card"><p class="quiet">${heading}</p><p><bdi>${text}</bdi></p></article>`;
  }

  #head(title: string, aside: string, last: boolean): TemplateResult {
    return html`<div class="head"><h3><bdi>${title}</bdi></h3><span class="time ${last ? "last" : ""}">${aside}</span></div>`;
  }

  #bar(share: number): TemplateResult {
    return html`<span class="bar" aria-hidden="true"><i style="transform: scaleX(${Math.min(1, Math.max(0, share))})"></i></span>`;
  }

  #hold(label: string, disabled: boolean, held: () => void): TemplateResult {
    return html`<lro-hold-button .label=${label} .language=${this.view.language} ?disabled=${disabled} @held-request=${held}></lro-hold-button>`;
  }

  #left(endsMs: number): string {
    return this.words.left(leftOf(endsMs, this.view.nowMs));
  }

  #isLast(endsMs: number): boolean {
    return endsMs - this.view.nowMs <= LAST_MINUTE_MS;
  }

  #number(value: number): string {
    return formatNumber(value, this.view.language);
  }
}
