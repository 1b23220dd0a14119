import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { formatMoney, formatNumber } from "../text/format.js";
import { Desk, moneyField, textField, wholeField } from "./desk.js";
import { command } from "./names.js";

/** What is sold: the item being shown, a sale that opens tier by tier, points for the first to order (L4, L5, B7). */
export class SaleDesk extends Desk {
  protected override render(): TemplateResult {
    return html`${this.#firstN()} ${this.#spotlight()} ${this.#gate()}`;
  }

  #firstN(): TemplateResult {
    const words = this.words.firstN;
    const number = (value: number): string => formatNumber(value, this.view.language);
    const fields = [
      wholeField(words.n, "n", 50, 1, 100_000),
      wholeField(words.points, "points", 200, 1, 1_000_000),
      textField(words.title, "title", { hint: words.defaultTitle(number(50), number(200)), optional: true }),
    ];
    return this.form("open-first-n", words.heading, fields, words.start, (typed) => {
      const n = typed.whole("n", 1, 100_000);
      const points = typed.whole("points", 1, 1_000_000);
      if (n === null || points === null) return;
      const title = typed.text("title") === "" ? words.defaultTitle(String(n), String(points)) : typed.text("title");
      command(this, { do: "open-first-n", title, n, points });
    });
  }

  #spotlight(): TemplateResult {
    const { spotlight, gate } = this.words;
    const { board, currency, language } = this.view;
    const fields = [
      textField(gate.title, "title"),
      textField(gate.sku, "sku", { most: 256, wide: false }),
      moneyField(gate.price, "price"),
      textField(spotlight.image, "image", { most: 2_000, optional: true, url: true }),
    ];
    const shown = board.spotlight;
    return html`${shown === null
      ? nothing
      : html`<div class="card">
          <h3>${spotlight.heading}</h3>
          <p><bdi>${shown.title}</bdi> · ${formatMoney(shown.price, currency, language)}</p>
          <button class="press" ?disabled=${this.blocked("spotlight")} @click=${() => { command(this, { do: "clear-spotlight" }); }}>${spotlight.clear}</button>
        </div>`}
    ${this.form(
      "spotlight",
      shown === null ? spotlight.heading : spotlight.next,
      fields,
      spotlight.put,
      (typed) => {
        const price = typed.minor("price");
        const image = typed.text("image");
        if (price === null) return;
        command(this, { do: "put-spotlight", sku: typed.text("sku"), title: typed.text("title"), price, ...(image === "" ? {} : { image }) });
      },
      false,
    )}`;
  }

  #gate(): TemplateResult {
    const words = this.words.gate;
    const fields = [
      textField(words.title, "title"),
      textField(words.sku, "sku", { most: 256, wide: false }),
      moneyField(words.price, "price"),
      wholeField(words.stock, "stock", 100, 1, 1_000_000),
      wholeField(words.opensIn, "minutes", 5, 1, 720),
      textField(words.link, "link", { hint: words.linkHint, most: 2_000, url: true }),
    ];
    return this.form("open-gate", words.heading, fields, words.start, (typed) => {
      const price = typed.minor("price");
      const stock = typed.whole("stock", 1, 1_000_000);
      const minutes = typed.whole("minutes", 1, 720);
      if (price === null || stock === null || minutes === null) return;
      command(this, { do: "open-gate", sku: typed.text("sku"), title: typed.text("title"), price, stock, link: typed.text("link"), inSeconds: minutes * 60 });
    });
  }
}
