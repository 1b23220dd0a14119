/** A sale that opens tier by tier: everybody's times, the viewer's own, what is left, and the way in (L5). */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { GateEntry } from "../../state/board.js";
import { clockText, isNear } from "../../state/countdown.js";
import type { GateStep } from "../../state/gate-times.js";
import { placeToBuy } from "../../state/place-to-buy.js";
import { formatMoney, formatNumber, formatTime } from "../../text/format.js";
import { tierName } from "../../text/tiers.js";
import { saidUnder } from "./context.js";
import type { PanelContext } from "./context.js";

export const gateTitle = ({ gate }: GateEntry, { words }: PanelContext): string => (gate.title === "" ? words.board.gate.label : gate.title);

export function gatePanel(entry: GateEntry, context: PanelContext): TemplateResult {
  const { language, currency } = context;
  const { gate, phase } = entry;
  return html`<div class="row">
      <h3><bdi>${gateTitle(entry, context)}</bdi></h3>
      <b class="price">${formatMoney(gate.price, currency, language)}</b>
    </div>
    ${phase === "cancelled" || phase === "sold_out"
      ? nothing
      : html`<ol class="steps">${entry.steps.map((step) => stepLine(step, entry, context))}</ol>`}
    <div class="row low">${standing(entry, context)}</div>
    ${phase === "sold_out" || phase === "cancelled" ? nothing : saidUnder(entry.own, context)}`;
}

function stepLine({ atMs, tiers }: GateStep, { mineMs }: GateEntry, { words, language, tiers: ladder, now, isPublic }: PanelContext): TemplateResult {
  const who = tiers.length === 0 ? words.board.gate.everybody : tiers.map((tier) => tierName(tier, ladder, language)).join(" ");
  const isMine = !isPublic && atMs === mineMs;
  return html`<li class="${now >= atMs ? "past" : ""} ${isMine ? "mine" : ""}"><bdi>${who}</bdi> <time>${formatTime(atMs, now, language)}</time></li>`;
}

function standing(entry: GateEntry, context: PanelContext): TemplateResult {
  const { words, language, now, isPublic } = context;
  const { phase, own, mineMs, left, atMs, id } = entry;
  const said = words.board.gate;
  const held = own.permit !== null && own.permit.expires_ms > now ? own.permit : null;
  if (held !== null) {
    const place = placeToBuy(held);
    return html`<span class="good">${said.held}</span>
      ${place === null ? nothing : html`<a class="filled" href=${place} target="_blank" rel="noopener noreferrer">${said.go(clockText(held.expires_ms - now))}</a>`}`;
  }
  if (phase === "cancelled") return html`<span class="soft">${said.cancelled}</span>`;
  if (phase === "sold_out" || left === 0) return html`<span class="soft strong">${said.soldOut}</span>`;
  const stock = left === null ? nothing : html`<span class="soft">${said.left(formatNumber(left, language))}</span>`;
  if (phase === "before") {
    const clock = clockText(mineMs - now);
    return html`${isNear(mineMs, now)
        ? html`<span class="soft">${said.lead}</span><time class="clock" role="timer" aria-label=${said.opensIn(clock)}>${clock}</time>`
        : html`<span class="soft">${said.mine(formatTime(mineMs, now, language))}</span>`}
      <span class="fill"></span>${stock}`;
  }
  if (isPublic) {
    return html`<b class="gain">${said.open}</b>
      ${atMs !== null && isNear(atMs, now) ? html`<span class="soft">${said.nextIn(clockText(atMs - now))}</span>` : nothing}<span class="fill"></span>${stock}`;
  }
  const isAsking = own.said?.tone === "sending";
  return html`<b class="gain">${said.open}</b>${stock}<span class="fill"></span>
    <button class="filled" ?disabled=${isAsking} @click=${() => { context.press({ name: "permit", data: { gate: id } }); }}>
      ${isAsking ? said.asking : said.buy}
    </button>`;
}
