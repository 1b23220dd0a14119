/** The panel's whole screen when there is nothing to steer: why, and what to do. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { HostWords } from "./host-words.js";

export function closedDoor({ title, text }: { readonly title: string; readonly text: string }, words: HostWords, more: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<section class="full" role="alert"><h1>${title}</h1><p>${text}</p>${more}<a href="/">${words.toRooms}</a></section>`;
}

/** The link has stopped with this close code and does not come back by itself. */
export function stoppedDoor(code: number, room: string, words: HostWords, retry: () => void): TemplateResult {
  if (code === 4501) return closedDoor({ title: words.notYours.title, text: words.notYours.text(room) }, words);
  if (code === 4502) return closedDoor(words.noRoom, words);
  if (code === 4005) return closedDoor(words.expired, words);
  return closedDoor(words.stopped, words, html`<button class="again" @click=${retry}>${words.stopped.again}</button>`);
}
