import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { catalogue } from "../text/catalogue.js";
import type { StepWords } from "../text/page-words.js";
import { formatNumber, formatTime } from "../text/format.js";
import { otherLanguage } from "../text/language.js";
import type { Language } from "../text/language.js";
import { OPENING, parseBoxProof, readBoxProof, verifyBox } from "./box.js";
import type { BoxProof, BoxVerified } from "./box.js";
import { styles } from "./draw-proof.styles.js";
import { parseProof, readProof } from "./proof.js";
import type { Proof } from "./proof.js";
import { STEPS, verify } from "./verify.js";
import type { Verdict, Verified } from "./verify.js";

/** What the page stands at. */
type Stand =
  | { readonly phase: "loading" | "missing" | "members" | "failed" | "unreadable" | "insecure" }
  | { readonly phase: "there"; readonly proof: Proof; readonly verified: Verified; readonly isPasted: boolean }
  | { readonly phase: "box"; readonly box: BoxProof; readonly checked: BoxVerified; readonly isPasted: boolean };

const MARKS: Readonly<Record<Verdict, string>> = { holds: "✓", broken: "✗", waiting: "·" };
const LOOK_AGAIN_MS = 3_000;

/** `/draws/{draw}`: fetches a draw's proof, recomputes it here, and says in plain words what holds. Rule P3. */
export class DrawProof extends LitElement {
  static override styles = styles;
  static override properties = { language: { attribute: false }, draw: { attribute: false }, stand: { state: true } };
  declare language: Language;
  /** Empty = none: only what is pasted is looked at. */
  declare draw: string;
  declare protected stand: Stand;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What must be added to this device's clock to get the server's, to the second. */
  #aheadMs = 0;

  constructor() {
    super();
    this.language = "zh-CN";
    this.draw = "";
    this.stand = { phase: "loading" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override disconnectedCallback(): void {
    clearTimeout(this.#timer);
    super.disconnectedCallback();
  }

  protected override updated(): void {
    document.title = this.#about.title;
  }

  protected override render(): TemplateResult {
    const words = catalogue(this.language);
    return html`<div class="surface" lang=${this.language}>
      <main>
        <header>
          <h1>${this.#about.title}</h1>
          <button lang=${otherLanguage(this.language)} @click=${this.#switchLanguage}>${words.switchLanguage}</button>
          <p>${this.#about.lead}</p>
        </header>
        <div aria-live="polite">${this.#content()}</div>
        <details ?open=${this.stand.phase === "unreadable" || this.stand.phase === "members"}>
          <summary>${words.proof.paste}</summary>
          <p>${words.proof.pasteHow}</p>
          <textarea aria-label=${words.proof.paste} rows="5" spellcheck="false"></textarea>
          <button class="filled" @click=${this.#pasted}>${words.proof.check}</button>
        </details>
      </main>
    </div>`;
  }

  #content(): TemplateResult {
    const words = catalogue(this.language).proof;
    const { stand } = this;
    switch (stand.phase) {
      case "loading":
        return html`<p class="quiet" role="status">${words.loading}</p>`;
      case "missing":
        return this.#notice(this.#about.missingTitle, words.missingText);
      case "members":
        return this.#notice(words.membersTitle, words.membersText);
      case "unreadable":
        return this.#notice(words.unreadableTitle, words.unreadableText);
      case "insecure":
        return this.#notice(words.insecureTitle, words.insecureText);
      case "failed":
        return html`<section class="panel">
          <h2>${words.failedTitle}</h2>
          <p>${words.failedText}</p>
          <button class="filled" @click=${() => { void this.#load(); }}>${words.again}</button>
        </section>`;
      case "box":
        return this.#box(stand.box, stand.checked, stand.isPasted);
      case "there":
        return this.#verified(stand.proof, stand.verified, stand.isPasted);
    }
  }

  #notice(title: string, text: string): TemplateResult {
    return html`<section class="panel" tabindex="-1"><h2>${title}</h2><p>${text}</p></section>`;
  }

  #verified(proof: Proof, verified: Verified, isPasted: boolean): TemplateResult {
    const words = catalogue(this.language).proof;
    const broken = STEPS.some((step) => verified[step] === "broken");
    const whole = STEPS.every((step) => verified[step] === "holds");
    const verdict = broken ? "broken" : whole ? "holds" : "waiting";
    // What was called off is never drawn: then there is nothing to come, and nothing to check.
    const isOff = proof.state === "cancelled" && !broken;
    return html`<section class="panel ${verdict}" tabindex="-1">
        <h2><span class="mark" aria-hidden="true">${MARKS[verdict]}</span>${broken ? words.broken : whole ? words.holds : this.#pending(proof)}</h2>
        <p><bdi>${proof.title === "" ? proof.draw : proof.title}</bdi> · ${words.entries(formatNumber(proof.entries, this.language))}</p>
        ${isPasted ? html`<p>${words.pasted}</p>` : nothing}
      </section>
      ${isOff
        ? nothing
        : html`<ol>
            ${STEPS.map((step) => this.#step(step, words.steps[step], verified[step]))}
          </ol>`}
      ${this.#winners(proof)}
      <dl>
        ${this.#fact(words.facts.commitment, proof.commitment)}
        ${isOff ? nothing : html`${this.#fact(words.facts.listHash, proof.list_hash)} ${this.#fact(words.facts.seed, proof.seed)}`}
      </dl>
      ${whole ? html`<p class="quiet">${words.limits}</p>` : nothing}
      ${proof.entry_list === null ? nothing : html`<details><summary>${words.facts.list}</summary><pre tabindex="0">${proof.entry_list}</pre></details>`}`;
  }

  #box(box: BoxProof, checked: BoxVerified, isPasted: boolean): TemplateResult {
    const words = catalogue(this.language).proof;
    const steps = ["seed", "prize"] as const;
    const broken = steps.some((step) => checked[step] === "broken");
    const verdict = broken ? "broken" : steps.every((step) => checked[step] === "holds") ? "holds" : "waiting";
    const says = { broken: words.broken, holds: words.box.holds, waiting: words.box.waiting }[verdict];
    return html`<section class="panel ${verdict}" tabindex="-1">
        <h2><span class="mark" aria-hidden="true">${MARKS[verdict]}</span>${says}</h2>
        <p><bdi>${box.prize}</bdi></p>
        ${isPasted ? html`<p>${words.pasted}</p>` : nothing}
      </section>
      <ol>
        ${steps.map((step) => this.#step(step, words.box.steps[step], checked[step]))}
      </ol>
      <dl>
        ${this.#fact(words.box.commitment, box.commitment)} ${this.#fact(words.box.word, `${box.client_seed} · ${box.nonce}`)}
        ${this.#fact(words.box.contents, box.contents.map(({ name, weight }) => `${name} × ${weight}`).join(" / "))} ${this.#fact(words.box.seed, box.seed)}
      </dl>
      ${verdict === "holds" ? html`<p class="quiet">${words.box.limits}</p>` : nothing}`;
  }

  #pending(proof: Proof): string {
    const words = catalogue(this.language).proof;
    switch (proof.state) {
      case "open":
        return words.open(formatTime(proof.ends_ms, this.#now(), this.language));
      case "cancelled":
        return words.cancelled;
      case "closed":
      case "drawn":
        return words.closed;
    }
  }

  /** Nothing is said of what cannot be known yet: only when it will be. */
  #step(step: string, said: StepWords, verdict: Verdict): TemplateResult {
    return html`<li class=${verdict} data-step=${step}>
      <span class="mark" role="img" aria-label=${catalogue(this.language).proof.verdicts[verdict]}>${MARKS[verdict]}</span>
      <span><strong>${said.name}</strong>${{ holds: said.means, broken: said.broken, waiting: said.waiting }[verdict]}</span>
    </li>`;
  }

  #winners(proof: Proof): TemplateResult | typeof nothing {
    if (proof.winners === null) return nothing;
    const words = catalogue(this.language).proof;
    if (proof.winners.length === 0) return html`<p class="quiet">${words.nobody}</p>`;
    return html`<h2>${words.winners}</h2>
      <ul class="winners">
        ${proof.winners.map(
          ({ name, ticket, prize }) => html`<li><bdi>${name === "" ? words.unnamed : name}</bdi><span>${words.ticket(formatNumber(ticket, this.language))}</span><bdi class="prize">${proof.prizes[prize]?.name ?? "?"}</bdi></li>`,
        )}
      </ul>`;
  }

  #fact(name: string, value: string | null): TemplateResult {
    return html`<div><dt>${name}</dt><dd>${value ?? catalogue(this.language).proof.notYet}</dd></div>`;
  }

  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.draw === "") {
      this.stand = { phase: "missing" };
      return;
    }
    try {
      const isBox = this.draw.startsWith(OPENING);
      const answer = await fetch(`/v1/${isBox ? "boxes" : "draws"}/${encodeURIComponent(this.draw)}/proof`, { headers: { accept: "application/json" }, cache: "no-store" });
      this.#aheadMs = aheadMs(answer);
      if (answer.status === 404) this.stand = { phase: "missing" };
      else if (answer.status === 403) this.stand = { phase: "members" };
      else if (!answer.ok) this.stand = { phase: "failed" };
      else if (isBox) await this.#lookInto(readBoxProof(await answer.json()), false);
      else await this.#look(readProof(await answer.json()), false);
    } catch {
      // Away, or not what the contract says.
      this.stand = { phase: "failed" };
    }
    // What is not settled yet will be soon after its end.
    if (this.stand.phase === "there" && this.stand.proof.seed === null && this.stand.proof.state !== "cancelled") {
      this.#timer = setTimeout(() => { void this.#load(); }, Math.min(2 ** 31 - 1, Math.max(LOOK_AGAIN_MS, this.stand.proof.ends_ms - this.#now())));
    }
  }

  #now(): number {
    return Date.now() + this.#aheadMs;
  }

  async #look(proof: Proof | null, isPasted: boolean): Promise<void> {
    if (proof === null) this.stand = { phase: isPasted ? "unreadable" : "failed" };
    else if (!("subtle" in crypto)) this.stand = { phase: "insecure" };
    else this.stand = { phase: "there", proof, verified: await verify(proof), isPasted };
  }

  async #lookInto(box: BoxProof | null, isPasted: boolean): Promise<void> {
    if (box === null) this.stand = { phase: isPasted ? "unreadable" : "failed" };
    else if (!("subtle" in crypto)) this.stand = { phase: "insecure" };
    else this.stand = { phase: "box", box, checked: await verifyBox(box), isPasted };
  }

  #pasted = (): void => {
    const area = this.renderRoot.querySelector("textarea");
    if (area === null) return;
    clearTimeout(this.#timer);
    const box = parseBoxProof(area.value);
    void (box === null ? this.#look(parseProof(area.value), true) : this.#lookInto(box, true)).then(() => this.#showVerdict());
  };

  /** The field stands below all of it: the verdict would be given out of sight. */
  async #showVerdict(): Promise<void> {
    await this.updateComplete;
    const panel = this.renderRoot.querySelector<HTMLElement>(".panel");
    panel?.focus({ preventScroll: true });
    panel?.scrollIntoView({ block: "center" });
  }

  get #isBox(): boolean {
    return this.stand.phase === "box" || (this.stand.phase !== "there" && this.draw.startsWith(OPENING));
  }

  /** What the page calls itself: the address says it, until something else is pasted. */
  get #about(): { readonly title: string; readonly lead: string; readonly missingTitle: string } {
    const words = catalogue(this.language).proof;
    return this.#isBox ? words.box : words;
  }

  #switchLanguage = (): void => {
    this.language = otherLanguage(this.language);
    document.documentElement.lang = this.language;
  };
}

/** The page has no link whose clock it could take: what an answer is stamped with is near enough. 0 = it is not stamped. */
function aheadMs(answer: Response): number {
  const stamped = Date.parse(answer.headers.get("date") ?? "");
  return Number.isNaN(stamped) ? 0 : stamped - Date.now();
}
