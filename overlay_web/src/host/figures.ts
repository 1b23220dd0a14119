import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { METALS } from "../elements/palette.js";
import { formatMoney, formatNumber, formatShare } from "../text/format.js";
import { materialOf, tierName } from "../text/tiers.js";
import type { Figures, Funnel, Leader } from "../wire/figures.js";
import { Desk } from "./desk.js";
import { styles } from "./desk.styles.js";

/** The show in numbers: who watches, what it has given, what came of it, and who leads. Nothing to press. */
export class FigureBoard extends Desk {
  static override styles = [
    ...styles,
    css`
      .numbers {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(calc(150 * var(--u)), 1fr));
        gap: calc(14 * var(--u)) calc(18 * var(--u));
        margin: 0;
      }
      .numbers div {
        display: grid;
        gap: calc(2 * var(--u));
        align-content: start;
        min-inline-size: 0;
      }
      dt,
      small,
      .legend,
      th {
        color: var(--lro-ink-soft);
        font-size: calc(12.5 * var(--u));
        font-weight: 400;
      }
      dd {
        margin: 0;
        font-size: calc(21 * var(--u));
        font-weight: 660;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .tiers {
        display: flex;
        gap: 2px;
        block-size: calc(8 * var(--u));
        border-radius: 99px;
        overflow: hidden;
        background: rgb(255 240 225 / 0.08);
      }
      .tiers i {
        flex: var(--n) 0 3px;
        background: var(--is);
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: calc(4 * var(--u)) calc(14 * var(--u));
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .legend i {
        display: inline-block;
        inline-size: 0.7em;
        block-size: 0.7em;
        margin-inline-end: 0.45em;
        border-radius: 50%;
        background: var(--is);
      }
      .legend b {
        margin-inline-start: 0.35em;
        color: var(--lro-ink);
        font-weight: 620;
        font-variant-numeric: tabular-nums;
      }
      table {
        inline-size: 100%;
        border-collapse: collapse;
        table-layout: fixed;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: calc(3 * var(--u)) 0;
        text-align: end;
      }
      th:first-child,
      td:first-child {
        inline-size: 40%;
        text-align: start;
      }
      td {
        font-size: calc(14 * var(--u));
        font-weight: 600;
      }
      td:first-child {
        overflow: hidden;
        padding-inline-end: calc(8 * var(--u));
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 400;
      }
      .old {
        opacity: 0.6;
      }
      @container (max-width: 300px) and (max-aspect-ratio: 0.999) {
        tr {
          display: grid;
          grid-template-columns: repeat(4, minmax(0, 1fr));
        }
        th {
          font-size: calc(10 * var(--u));
        }
        th:first-child,
        td:first-child {
          grid-column: 1 / -1;
          inline-size: auto;
        }
      }
    `,
  ];
  static override properties = { ...Desk.properties, figures: { attribute: false }, leaders: { attribute: false }, old: { type: Boolean } };
  /** Null: not known yet. */
  declare figures: Figures | null;
  declare leaders: readonly Leader[];
  /** The last answer did not come: what is shown is from before. */
  declare old: boolean;

  constructor() {
    super();
    this.figures = null;
    this.leaders = [];
    this.old = false;
  }

  protected override render(): TemplateResult {
    const { figures } = this.words;
    if (this.figures === null) return html`<p class="quiet">${figures.none}</p>`;
    return html`<div class="card ${this.old ? "old" : ""}">${this.#audience(this.figures)}${this.#numbers(this.figures)}${this.#funnels(this.figures.show?.tasks ?? [])}</div>
      ${this.leaders.length === 0
        ? nothing
        : html`<div class="card">
            <h3>${figures.leaders}</h3>
            <lro-leaderboard surface="host" .leaders=${this.leaders} .tiers=${this.view.board.room.tiers} .language=${this.view.language}></lro-leaderboard>
          </div>`}`;
  }

  #audience({ audience }: Figures): TemplateResult | typeof nothing {
    if (audience === null || audience.online === 0) return nothing;
    const { figures } = this.words;
    const { tiers } = this.view.board.room;
    const ladder = Object.entries(tiers).sort(([, one], [, other]) => other.order - one.order || other.growth - one.growth).map(([id]) => id);
    const parts = [...ladder, ...Object.keys(audience.tiers).filter((id) => !ladder.includes(id))]
      .map((id) => ({ name: id === "?" ? figures.unknown : tierName(id, tiers, this.view.language), count: audience.tiers[id] ?? 0, is: METALS[materialOf(id, tiers)].facets[1] }))
      .concat({ name: figures.anonymous, count: audience.anonymous, is: "rgb(255 240 225 / 0.26)" })
      .filter(({ count }) => count > 0);
    return html`<div class="tiers" aria-hidden="true">${parts.map(({ count, is }) => html`<i style="--n:${count};--is:${is}"></i>`)}</div>
      <ul class="legend" aria-label=${figures.audience}>${parts.map(({ name, count, is }) => html`<li><i style="--is:${is}"></i><bdi>${name}</bdi><b>${this.#count(count)}</b></li>`)}</ul>`;
  }

  #numbers({ show, outstanding }: Figures): TemplateResult {
    const { figures } = this.words;
    const number = (name: string, label: string, value: string, more: string): TemplateResult =>
      html`<div data-number=${name}><dt>${label}</dt><dd>${value}</dd>${more === "" ? nothing : html`<small>${more}</small>`}</div>`;
    return html`<dl class="numbers">
      ${show === null
        ? nothing
        : html`${number("points", figures.points, this.#count(show.points.given), figures.worth(this.#money(show.points.liability)))}
          ${number("orders", figures.orders, this.#count(show.orders.count), this.#money(show.orders.paid))}
          ${number(
            "shouts",
            figures.shouts,
            this.#count(show.shouts.shown),
            show.shouts.coupons === 0 ? "" : figures.converted(this.#count(show.shouts.orders), formatShare(show.shouts.orders / show.shouts.coupons, this.view.language)),
          )}`}
      ${outstanding === null ? nothing : number("liability", figures.liability, this.#money(outstanding.cost), figures.allPoints(this.#count(outstanding.points)))}
    </dl>`;
  }

  #funnels(tasks: readonly Funnel[]): TemplateResult | typeof nothing {
    if (tasks.length === 0) return nothing;
    const { funnel } = this.words.figures;
    return html`<table>
      <thead><tr><th>${funnel.task}</th><th>${funnel.saw}</th><th>${funnel.began}</th><th>${funnel.reached}</th><th>${funnel.orders}</th></tr></thead>
      <tbody>
        ${tasks.map(
          (task) => html`<tr data-funnel=${task.task}>
            <td title=${task.title}><bdi>${task.title}</bdi></td><td>${this.#count(task.saw)}</td><td>${this.#count(task.began)}</td><td>${this.#count(task.reached)}</td><td>${this.#count(task.orders)}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #count(value: number): string {
    return formatNumber(value, this.view.language);
  }

  #money(minor: number): string {
    return formatMoney(minor, this.view.currency, this.view.language);
  }
}
