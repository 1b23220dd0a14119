/** What every panel of the board is painted with, and how a press leaves it. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Own } from "../../state/own-acts.js";
import type { Catalogue } from "../../text/page-words.js";
import { formatTime } from "../../text/format.js";
import type { Language } from "../../text/language.js";
import type { Act } from "../../wire/messages.js";
import type { Tier } from "../../wire/views.js";

export type PanelContext = {
  readonly words: Catalogue;
  readonly language: Language;
  readonly currency: string;
  /** Address of the server: the overlay may lie on a shop's page. */
  readonly server: string;
  readonly tiers: Readonly<Record<string, Tier>>;
  /** The server's clock. */
  readonly now: number;
  /** Burned into the picture: nothing to press, nothing personal. */
  readonly isPublic: boolean;
  /** Do it, or be asked to sign in. */
  readonly press: (act: Act) => void;
};

/** Why a press brought nothing, kindly, under what was pressed. */
export function saidUnder({ said }: Own, { words, language, now }: PanelContext): TemplateResult | typeof nothing {
  switch (said?.tone) {
    case "nothing":
      return html`<p class="said">${words.whyNothing[said.why] ?? words.whyNothing.otherwise}</p>`;
    case "refused":
      // A gate whose early pieces are gone says when there are more (L5).
      if (said.code === "not_open" && said.opensMs !== null) {
        return said.opensMs <= now ? nothing : html`<p class="said">${words.board.gate.earlyGone(formatTime(said.opensMs, now, language))}</p>`;
      }
      return html`<p class="said">${words.refused[said.code] ?? words.refused.otherwise}</p>`;
    case "unsent":
      return html`<p class="said">${words.act.unsent}</p>`;
    case "sending":
    case undefined:
      return nothing;
  }
}
