import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { catalogue } from "../../text/catalogue.js";
import { cleanName } from "../../text/clean.js";
import { formatNumber } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import { materialOf, tierName } from "../../text/tiers.js";
import type { Leader } from "../../wire/figures.js";
import type { Tier } from "../../wire/views.js";
import { styles } from "./leaderboard.styles.js";

/** Places in the picture: more would be a table. */
const IN_PICTURE = 3;

/**
 * Who has grown most in this show. Nobody has: nothing is on the page.
 *
 * @attr surface - `viewer`: a chip that opens the list; `broadcast`: the first three, always; `host`: the whole list
 * @prop leaders - the highest first
 * @prop author - the viewer's own tag, to mark their line; null: nobody's
 */
export class Leaderboard extends LitElement {
  static override styles = styles;
  static override properties = {
    leaders: { attribute: false },
    tiers: { attribute: false },
    author: { attribute: false },
    surface: { reflect: true },
    language: { attribute: false },
  };
  declare leaders: readonly Leader[];
  declare tiers: Readonly<Record<string, Tier>>;
  declare author: string | null;
  declare surface: "viewer" | "broadcast" | "host";
  declare language: Language;

  constructor() {
    super();
    this.leaders = [];
    this.tiers = {};
    this.author = null;
    this.surface = "viewer";
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult | typeof nothing {
    const words = catalogue(this.language).leaderboard;
    if (this.leaders.length === 0) return nothing;
    if (this.surface === "host") return this.#list(this.leaders);
    if (this.surface === "broadcast") {
      return html`<section class="panel"><h2>${words.title}</h2>${this.#list(this.leaders.slice(0, IN_PICTURE))}</section>`;
    }
    return html`<details @keydown=${this.#key} @focusout=${this.#left}>
      <summary aria-label=${words.title}>${words.short}</summary>
      <section class="panel"><h2>${words.title}</h2>${this.#list(this.leaders)}<p>${words.how}</p></section>
    </details>`;
  }

  #list(leaders: readonly Leader[]): TemplateResult {
    return html`<ol>${leaders.map((leader, index) => this.#line(leader, index + 1))}</ol>`;
  }

  #line({ name, author, tier, score }: Leader, place: number): TemplateResult {
    const words = catalogue(this.language);
    const mine = author !== null && author === this.author;
    const shown = cleanName(name);
    return html`<li class=${mine ? "mine" : ""}>
      <span class="place ${place <= IN_PICTURE ? "first" : ""}">${place}</span>
      <lro-tier-badge material=${materialOf(tier, this.tiers)} label=${tierName(tier, this.tiers, this.language)} bare></lro-tier-badge>
      <bdi class=${shown === "" ? "hidden" : ""}>${shown === "" ? words.someone : shown}</bdi>
      <span class="score">${formatNumber(score, this.language)}</span>
    </li>`;
  }

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || this.renderRoot.querySelector("details[open]") === null) return;
    // Taken here: what else is open stays open.
    event.preventDefault();
    this.#close();
  };

  #left = (event: FocusEvent): void => {
    if (!(event.relatedTarget instanceof Node) || !this.renderRoot.contains(event.relatedTarget)) this.#close();
  };

  #close(): void {
    this.renderRoot.querySelector("details")?.removeAttribute("open");
  }
}
