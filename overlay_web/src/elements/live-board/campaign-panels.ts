/** The first N who order, and draws paid in points: counters, entering, waiting, results (L4, P3). */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { DrawEntry, FirstNEntry } from "../../state/board.js";
import { clockText } from "../../state/countdown.js";
import { cleanName } from "../../text/clean.js";
import { formatCount, formatNumber } from "../../text/format.js";
import { tick } from "../icons.js";
import { saidUnder } from "./context.js";
import type { PanelContext } from "./context.js";

const WINNERS_NAMED = 3;
const PRIZES_NAMED = 2;

export function firstNTitle({ campaign }: FirstNEntry, { words, language }: PanelContext): string {
  if (campaign.title !== "") return campaign.title;
  return words.board.firstN.offer(formatNumber(campaign.n, language), formatNumber(campaign.points, language));
}

export function firstNPanel(entry: FirstNEntry, context: PanelContext): TemplateResult {
  const { words, language } = context;
  const { campaign, taken } = entry;
  const said = words.board.firstN;
  const n = (value: number): string => formatNumber(value, language);
  const isFull = campaign.state === "full" || taken >= campaign.n;
  return html`<div class="row">
      <h3><bdi>${firstNTitle(entry, context)}</bdi></h3>
      <b class="gain">${words.board.task.reward(n(campaign.points))}</b>
    </div>
    <div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax=${campaign.n} aria-valuenow=${taken} aria-label=${said.taken(n(taken), n(campaign.n))}>
      <span class="bar"><i style="transform:scaleX(${campaign.n <= 0 ? 0 : taken / campaign.n})"></i></span>
      <span class="soft">${`${n(taken)}/${n(campaign.n)}`}</span>
    </div>
    <div class="row low"><span class=${isFull ? "soft" : "strong"}>${isFull ? said.full : said.left(n(campaign.n - taken))}</span></div>`;
}

export const drawTitle = ({ draw }: DrawEntry, { words }: PanelContext): string => (draw.title === "" ? words.board.draw.label : draw.title);

export function drawPanel(entry: DrawEntry, context: PanelContext): TemplateResult {
  const { words, language, now, isPublic, server } = context;
  const { draw, phase } = entry;
  const said = words.board.draw;
  const clock = clockText(draw.ends_ms - now);
  const prizes = draw.prizes.slice(0, PRIZES_NAMED).map(({ name, count }) => said.prize(name, formatNumber(count, language)));
  return html`<div class="row">
      <h3><bdi>${drawTitle(entry, context)}</bdi></h3>
      ${phase === "open" ? html`<time class="clock" role="timer" aria-label=${said.left(clock)}>${clock}</time>` : nothing}
    </div>
    ${phase === "open" && prizes.length > 0
      ? html`<p class="soft prizes"><bdi>${prizes.join(" · ")}</bdi></p>`
      : nothing}
    ${phase === "drawn" ? winners(entry, context) : nothing}
    <div class="row low">
      ${standing(entry, context)}<span class="fill"></span>
      ${phase === "open" && !isPublic ? enter(entry, context) : nothing}
      ${phase === "drawn" && !isPublic
        ? html`<a class="link" href=${new URL(`/draws/${entry.id}`, server).href} target="_blank" rel="noopener">${said.proof}</a>`
        : nothing}
    </div>
    ${phase === "open" ? saidUnder(entry.own, context) : nothing}`;
}

function standing({ draw, phase, own }: DrawEntry, { words, language }: PanelContext): TemplateResult | typeof nothing {
  const said = words.board.draw;
  const last = own.tickets.at(-1);
  const mine = last === undefined ? null : said.entered(formatNumber(own.tickets.length, language), formatNumber(last.ticket, language));
  const entries = draw.entries === null ? nothing : html`<span class="soft">${said.entries(formatCount(draw.entries, language))}</span>`;
  switch (phase) {
    case "open":
      return mine === null ? nothing : html`<span class="good">${tick()} ${mine}</span>`;
    case "waiting":
      return html`<span class="strong">${said.waiting}</span>${mine === null ? entries : html`<span class="soft">${mine}</span>`}`;
    case "cancelled":
      return html`<span class="soft">${said.cancelled}</span>`;
    case "drawn":
      return entries === nothing ? nothing : entries;
  }
}

function enter({ id, draw, own }: DrawEntry, { words, language, press }: PanelContext): TemplateResult {
  const said = words.board.draw;
  const price = draw.cost > 0 ? said.enter(formatNumber(draw.cost, language)) : said.enterFree;
  const isAgain = own.tickets.length > 0;
  return html`<button class=${isAgain ? "small" : "filled"} ?disabled=${own.said?.tone === "sending"} @click=${() => { press({ name: "enter_draw", data: { draw: id } }); }}>
    ${isAgain ? said.again : price}
  </button>`;
}

function winners({ draw }: DrawEntry, { words, language }: PanelContext): TemplateResult {
  const said = words.board.draw;
  if (draw.winners.length === 0) return html`<p class="soft">${said.nobody}</p>`;
  const named = draw.winners.slice(0, WINNERS_NAMED).map(({ name }) => `@${cleanName(name) === "" ? words.someone : cleanName(name)}`);
  const more = draw.winners.length > named.length ? ` ${said.andMore(formatNumber(draw.winners.length, language))}` : "";
  return html`<p class="winners"><span class="soft">${said.result}</span> <bdi>${named.join(" ")}${more}</bdi></p>`;
}
