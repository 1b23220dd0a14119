import { html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import type { LinkStatus } from "../../link/effects.js";
import { catalogue } from "../../text/catalogue.js";
import type { Catalogue } from "../../text/page-words.js";
import type { Language } from "../../text/language.js";
import { styles } from "./link-mark.styles.js";

/** How the link fares: a dot when all is well, a few quiet words when not. What was on screen stays there. */
export class LinkMark extends LitElement {
  static override styles = styles;
  static override properties = { status: { attribute: false }, again: { attribute: false }, language: { attribute: false } };
  declare status: LinkStatus;
  /** It was connected before: the words do not change with every attempt. */
  declare again: boolean;
  declare language: Language;

  constructor() {
    super();
    this.status = { phase: "idle" };
    this.again = false;
    this.language = "zh-CN";
  }

  protected override render(): TemplateResult {
    const phase = this.again && this.status.phase === "connecting" ? "waiting" : this.status.phase;
    const polled = "polled" in this.status;
    const words = polled ? catalogue(this.language).link.polled : wordsFor(phase, catalogue(this.language));
    const quiet = phase === "live";
    return html`<span class="mark ${phase} ${polled ? "polled" : ""}" role="status" title=${words}>
      <span class="dot"></span>${quiet ? html`<span class="unseen">${words}</span>` : html`<span class="words">${words}</span>`}
    </span>`;
  }
}

function wordsFor(phase: LinkStatus["phase"], { link }: Catalogue): string {
  switch (phase) {
    case "live":
      return link.live;
    case "idle":
    case "connecting":
      return link.connecting;
    case "waiting":
      return link.waiting;
    case "needs-token":
      return link.needsToken;
    case "stopped":
      return link.stopped;
  }
}
