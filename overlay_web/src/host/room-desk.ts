import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { formatNumber } from "../text/format.js";
import { Desk, textField } from "./desk.js";
import { styles } from "./desk.styles.js";
import { command } from "./names.js";

const SLOW_S = [0, 3, 10, 30] as const;

/** The room itself: on air or not, the pinned line, a notice, who may write and how fast (L8, L13). */
export class RoomDesk extends Desk {
  static override styles = [
    ...styles,
    css`
      .choice .press {
        padding-inline: calc(4 * var(--u));
      }
      .choice .press[aria-pressed="true"] {
        border-color: var(--lro-accent);
        background: rgb(207 63 31 / 0.3);
      }
    `,
  ];

  protected override render(): TemplateResult {
    // Before the show its start comes first; while it runs its end is last, away from the thumb.
    return this.onAir ? html`${this.#lines()} ${this.#writing()} ${this.#show()}` : html`${this.#show()} ${this.#lines()} ${this.#writing()}`;
  }

  #show(): TemplateResult {
    const words = this.words.room;
    const { show } = this.view.board.room;
    if (show?.status === "live") {
      return html`<div class="card">
        <h3>${words.showHeading}</h3>
        <p><bdi>${show.title}</bdi></p>
        <lro-hold-button .label=${words.end} .language=${this.view.language} ?disabled=${this.blocked("show")} @held-request=${() => { command(this, { do: "end-show", show: show.id }); }}></lro-hold-button>
      </div>`;
    }
    if (show?.status === "scheduled") {
      return html`<div class="card">
        <h3>${words.showHeading}</h3>
        <p><bdi>${show.title}</bdi></p>
        <button class="filled" ?disabled=${this.blocked("show")} @click=${() => { command(this, { do: "start-show", show: show.id }); }}>${words.start}</button>
      </div>`;
    }
    return this.form("show", words.showHeading, [textField(words.showTitle, "title")], words.planAndStart, (typed) => { command(this, { do: "plan-show", title: typed.text("title") }); }, false);
  }

  #lines(): TemplateResult {
    const words = this.words.room;
    const { pinned } = this.view.board;
    return html`${this.form("post-notice", words.notice, [textField(words.notice, "text", { most: 120, only: true })], words.say, (typed) => { command(this, { do: "post-notice", text: typed.text("text") }); }, false)}
      ${pinned === null
        ? nothing
        : html`<div class="card">
            <h3>${words.pinned}</h3>
            <p><bdi>${pinned}</bdi></p>
            <button class="press" ?disabled=${this.blocked("pinned")} @click=${() => { command(this, { do: "unpin" }); }}>${words.unpin}</button>
          </div>`}
      ${this.form("pinned", words.pinned, [textField(words.pinned, "text", { most: 120, only: true })], words.pin, (typed) => { command(this, { do: "pin", text: typed.text("text") }); }, false)}`;
  }

  #writing(): TemplateResult {
    const words = this.words.room;
    const { writers, slowS } = this.view.board.room;
    return html`<div class="card">
      <h3 id="writers">${words.writers}</h3>
      <div class="row choice" role="group" aria-labelledby="writers">
        ${(["all", "members"] as const).map(
          (who) => html`<button class="press" aria-pressed=${who === writers} ?disabled=${this.blocked("set-writers")} @click=${() => { if (who !== writers) command(this, { do: "set-writers", writers: who }); }}>
            ${who === "all" ? words.everybody : words.members}
          </button>`,
        )}
      </div>
      <h3 id="slow">${words.slow}</h3>
      <div class="row choice" role="group" aria-labelledby="slow">
        ${[...new Set<number>([...SLOW_S, slowS])].sort((one, other) => one - other).map(
          (seconds) => html`<button class="press" aria-pressed=${seconds === slowS} ?disabled=${this.blocked("set-slow")} @click=${() => { if (seconds !== slowS) command(this, { do: "set-slow", seconds }); }}>
            ${seconds === 0 ? words.slowOff : words.slowEvery(formatNumber(seconds, this.view.language))}
          </button>`,
        )}
      </div>
    </div>`;
  }
}
