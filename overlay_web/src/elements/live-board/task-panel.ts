/** A countdown task: what to do, what it brings, how long, how far (L3). */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { TaskEntry } from "../../state/board.js";
import { clockText } from "../../state/countdown.js";
import { formatCount, formatNumber } from "../../text/format.js";
import { share, tick } from "../icons.js";
import type { PanelContext } from "./context.js";

/** As many steps as an eye can count; more become one bar. */
const MOST_PIPS = 10;
const HURRY_MS = 60_000;

export const taskTitle = ({ task }: TaskEntry, { words }: PanelContext): string => (task.title === "" ? words.board.task.untitled : task.title);

export function taskPanel(entry: TaskEntry, context: PanelContext): TemplateResult {
  const { words, language } = context;
  const { task, phase, remainingMs, done } = entry;
  const said = words.board.task;
  const shows = phase === "running" || phase === "paused";
  return html`<div class="row">
      <h3><bdi>${taskTitle(entry, context)}</bdi></h3>
      ${shows
        ? html`<time class="clock ${remainingMs <= HURRY_MS && phase === "running" ? "hurry" : ""} ${phase}" role="timer" aria-label=${said.left(clockText(remainingMs))}
            >${clockText(remainingMs)}</time
          >`
        : nothing}
    </div>
    <div class="row low">
      ${state(entry, context)}
      ${shows && done !== null && done > 0 ? html`<span class="soft room">${said.done(formatCount(done, language))}</span>` : nothing}
      ${canShare(entry, context)
        ? html`<button class="small" @click=${() => { context.press({ name: "share", data: { channel: "link" } }); }}>${share()}${words.act.share}</button>`
        : nothing}
    </div>
    ${progress(task.target, entry, context)}`;
}

function state({ task, phase, isDone, isSpent }: TaskEntry, { words, language }: PanelContext): TemplateResult {
  const said = words.board.task;
  const points = formatNumber(task.reward, language);
  if (phase === "cancelled") return html`<span class="soft">${said.cancelled}</span>`;
  if (phase === "over") return html`<span class=${isDone ? "good" : "soft"}>${isDone ? html`${tick()} ${said.overDone}` : said.over}</span>`;
  if (isDone) return html`<span class="good">${tick()} ${said.mineDone(points)}</span>`;
  if (phase === "paused") return html`<span class="soft">${said.paused}</span>`;
  if (isSpent) return html`<span class="soft">${said.spent}</span>`;
  return html`<b class="gain">${said.reward(points)}</b>`;
}

/** Server-confirmed steps only; a tap that is on its way moves nothing. */
function progress(target: number, { own, isDone, phase }: TaskEntry, { isPublic, words, language }: PanelContext): TemplateResult | typeof nothing {
  if (isPublic || isDone || target <= 1 || phase === "over" || phase === "cancelled") return nothing;
  const count = Math.min(target, own?.count ?? 0);
  const label = words.board.task.progress(formatNumber(count, language), formatNumber(target, language));
  return html`<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax=${target} aria-valuenow=${count} aria-label=${label}>
    ${target <= MOST_PIPS
      ? html`<span class="pips">${Array.from({ length: target }, (_, at) => html`<i class=${at < count ? "on" : ""}></i>`)}</span>`
      : html`<span class="bar"><i style="transform:scaleX(${count / target})"></i></span>`}
    <span class="soft">${label}</span>
  </div>`;
}

const canShare = ({ task, phase, isDone, isSpent }: TaskEntry, { isPublic }: PanelContext): boolean =>
  !isPublic && task.kind === "share" && phase === "running" && !isDone && !isSpent;
