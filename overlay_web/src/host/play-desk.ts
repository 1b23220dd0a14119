import { html } from "lit";
import type { TemplateResult } from "lit";
import type { Prize } from "./commands.js";
import { Desk, moneyField, textField, wholeField } from "./desk.js";
import type { Typed } from "./desk.js";
import { command } from "./names.js";

const PRIZES = ["goods", "points", "coupon"] as const;
type PrizeKind = (typeof PRIZES)[number];
const OPTIONS = [1, 2, 3, 4] as const;

/** What the room plays: a poll (L8), a draw (P3). */
export class PlayDesk extends Desk {
  static override properties = { ...Desk.properties, prizeKind: { state: true } };
  declare protected prizeKind: PrizeKind;

  constructor() {
    super();
    this.prizeKind = "goods";
  }

  protected override render(): TemplateResult {
    return html`${this.#poll()} ${this.#draw()}`;
  }

  #poll(): TemplateResult {
    const words = this.words.poll;
    const fields = [
      textField(words.question, "question"),
      ...OPTIONS.map((number) => textField(words.option(String(number)), `option${number}`, { optional: number > 2, wide: false })),
      wholeField(words.length, "minutes", 3, 1, 720),
    ];
    return this.form("open-poll", words.heading, fields, words.start, (typed) => {
      const minutes = typed.whole("minutes", 1, 720);
      const options = OPTIONS.map((number) => typed.text(`option${number}`)).filter((option) => option !== "");
      if (minutes === null || options.length < 2) return;
      command(this, { do: "open-poll", question: typed.text("question"), options, seconds: minutes * 60 });
    });
  }

  #draw(): TemplateResult {
    const words = this.words.draw;
    const fields = [
      textField(words.title, "title"),
      textField(words.prize, "prize", { wide: false }),
      html`<label><span>${words.prizeKind}</span><select name="kind" .value=${this.prizeKind} @change=${this.#kindChosen}>${PRIZES.map((kind) => html`<option value=${kind}>${words.kinds[kind]}</option>`)}</select></label>`,
      ...(this.prizeKind === "points" ? [wholeField(words.points, "points", 500, 1, 1_000_000)] : []),
      ...(this.prizeKind === "coupon" ? [moneyField(words.off, "off", "10")] : []),
      wholeField(words.count, "count", 1, 1, 100),
      wholeField(words.cost, "cost", 0, 0, 1_000_000),
      wholeField(words.length, "minutes", 5, 1, 720),
    ];
    return this.form("open-draw", words.heading, fields, words.start, (typed) => {
      const prize = prizeOf(typed);
      const cost = typed.whole("cost", 0, 1_000_000);
      const minutes = typed.whole("minutes", 1, 720);
      if (prize === null || cost === null || minutes === null) return;
      command(this, { do: "open-draw", title: typed.text("title"), cost, prizes: [prize], seconds: minutes * 60 });
    });
  }

  #kindChosen = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) this.prizeKind = PRIZES.find((kind) => kind === (event.target as HTMLSelectElement).value) ?? "goods";
  };
}

function prizeOf(typed: Typed): Prize | null {
  const name = typed.text("prize");
  const count = typed.whole("count", 1, 100);
  if (name === "" || count === null) return null;
  switch (typed.text("kind")) {
    case "points": {
      const points = typed.whole("points", 1, 1_000_000);
      return points === null ? null : { name, count, kind: "points", points };
    }
    case "coupon": {
      const off = typed.minor("off");
      return off === null || off === 0 ? null : { name, count, kind: "coupon", off };
    }
    default:
      return { name, count, kind: "goods" };
  }
}
