/** A question to the room: options to press, live bars, the viewer's own choice, the result (L8). */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { PollEntry } from "../../state/board.js";
import { clockText } from "../../state/countdown.js";
import { formatCount, formatShare } from "../../text/format.js";
import { tick } from "../icons.js";
import { saidUnder } from "./context.js";
import type { PanelContext } from "./context.js";

export function pollPanel(entry: PollEntry, context: PanelContext): TemplateResult {
  const { words, language, now, isPublic } = context;
  const { poll, isOpen, total, own } = entry;
  const said = words.board.poll;
  const best = Math.max(1, ...poll.options.map(({ id }) => entry.votes[id] ?? 0));
  const clock = clockText(poll.ends_ms - now);
  return html`<div class="row">
      <h3><bdi>${poll.question}</bdi></h3>
      ${isOpen ? html`<time class="clock" role="timer" aria-label=${said.left(clock)}>${clock}</time>` : nothing}
    </div>
    <ul class="options">
      ${poll.options.map((option) => html`<li>${optionLine(option, best, entry, context)}</li>`)}
    </ul>
    <div class="row low">
      <span class="soft">${said.votes(formatCount(total, language))}</span>
      <span class="soft">${isOpen ? (own.choice === null && !isPublic ? said.hint : nothing) : said.closed}</span>
    </div>
    ${saidUnder(own, context)}`;
}

function optionLine(option: { readonly id: string; readonly text: string }, best: number, entry: PollEntry, context: PanelContext): TemplateResult {
  const { language, isPublic, words } = context;
  const { isOpen, votes, total, own, id } = entry;
  const count = votes[option.id] ?? 0;
  const share = total === 0 ? 0 : count / total;
  const isMine = own.choice === option.id || own.wish === option.id;
  const line = html`<i class="share" style="transform:scaleX(${share})"></i>
    <span class="name"><bdi>${option.text}</bdi>${isMine ? html`<span class="tick">${tick()}<span class="unseen">${words.board.poll.mine}</span></span>` : nothing}</span>
    <b>${total === 0 ? nothing : formatShare(share, language)}</b>`;
  const look = `option ${isMine ? "mine" : ""} ${!isOpen && count === best && total > 0 ? "best" : ""}`;
  if (isPublic || !isOpen || own.choice !== null) return html`<div class=${look}>${line}</div>`;
  return html`<button
    class=${look}
    ?disabled=${own.said?.tone === "sending"}
    @click=${() => { context.press({ name: "vote", data: { poll: id, option: option.id } }); }}
  >
    ${line}
  </button>`;
}
