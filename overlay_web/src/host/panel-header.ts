/** The head of the panel: which room, on air or not, how many, and how the link fares. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { formatCount } from "../text/format.js";
import { otherLanguage } from "../text/language.js";
import type { HostApi } from "./api.js";
import type { DeskView } from "./desk.js";
import type { HostWords } from "./host-words.js";

export type HeaderPorts = { readonly api: HostApi | null; readonly room: string; readonly switchLanguage: () => void };

export function panelHeader({ board, live, language }: DeskView, words: HostWords, { api, room, switchLanguage }: HeaderPorts): TemplateResult {
  const show = board.room.show;
  const status = show?.status === "live" ? words.onAir : show?.status === "scheduled" ? words.planned : show === null ? words.offAir : words.ended;
  const figure = (name: string, label: string, value: string, alarm = false): TemplateResult =>
    html`<div class="figure ${alarm ? "alarm" : ""}" data-figure=${name}><dt>${label}</dt><dd>${value}</dd></div>`;
  const count = (value: number | null): string => (value === null ? "–" : formatCount(value, language));
  return html`<header>
    <div class="who">
      <h1><bdi>${board.room.name}</bdi></h1>
      <span class="air ${show?.status === "live" ? "on" : ""}">${status}</span>
      <button class="language" lang=${otherLanguage(language)} @click=${switchLanguage}>${words.switchLanguage}</button>
    </div>
    <dl>
      ${figure("online", words.online, count(board.online))} ${figure("likes", words.likes, count(board.likes))}
      ${figure("overload", words.overload, words.overloads[board.overload as 0 | 1 | 2 | 3 | 4], board.overload >= 2)}
      <lro-overlay-chip .api=${api} .room=${room} .language=${language}></lro-overlay-chip>
      <div class="figure link ${live ? "" : "alarm"}" data-figure="link"><dt class="unseen">${words.title}</dt><dd><i aria-hidden="true"></i>${live ? words.link.live : words.link.waiting}</dd></div>
    </dl>
  </header>`;
}
