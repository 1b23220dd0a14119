/** The prompter's lines as the panel knows them, and those that were just said: they stay under the thumb for a while (L9). */
import type { LinkPorts } from "../link/ports.js";
import type { HostApi } from "./api.js";
import type { HostCommand } from "./commands.js";
import type { Outcome } from "./presses.js";
import { PromptFeed } from "./prompt-feed.js";
import { readPrompts, UNDO_MS } from "./prompts.js";
import type { Marked, Prompts } from "./prompts.js";

export class PromptDesk {
  prompts: Prompts | null = null;
  marked: readonly Marked[] = [];
  readonly #feed: PromptFeed;
  #items: unknown = null;

  constructor(
    api: Pick<HostApi, "get">,
    room: string,
    private readonly ports: Pick<LinkPorts, "setTimer" | "now">,
    private readonly onChange: () => void,
  ) {
    this.#feed = new PromptFeed({
      ask: () => api.get(`/v1/rooms/${encodeURIComponent(room)}/prompter`),
      heard: (outcome) => {
        if (outcome.kind !== "done") return;
        this.prompts = readPrompts(outcome.body) ?? this.prompts;
        this.onChange();
      },
      setTimer: ports.setTimer,
      now: () => ports.now(),
    });
  }

  /** Somebody looks at the lines, or nobody does. */
  look(on: boolean): void {
    this.#feed.look(on);
  }

  /** When the room's items have changed, what may be said has, too. */
  moved(items: unknown): void {
    if (items === this.#items) return;
    this.#items = items;
    this.#feed.hurry();
  }

  /** A line that is said stays in its place for some seconds, with the way back. */
  pressed(command: HostCommand): void {
    if (command.do === "unsay-line") this.#unmark(command.key);
    if (command.do !== "say-line") return;
    const lines = this.prompts?.lines ?? [];
    const place = lines.findIndex(({ key, stage }) => key === command.key && stage === command.stage);
    const line = lines[place];
    if (line === undefined) return;
    const marked: Marked = { line, place, untilMs: this.ports.now() + UNDO_MS };
    this.#unmark(line.key);
    this.marked = [...this.marked, marked];
    this.onChange();
    this.ports.setTimer(UNDO_MS, () => {
      if (!this.marked.includes(marked)) return;
      this.marked = this.marked.filter((one) => one !== marked);
      // Until the server has been heard, it would be back for a moment.
      if (this.prompts !== null) this.prompts = { ...this.prompts, lines: this.prompts.lines.filter((one) => one.key !== line.key || one.stage !== line.stage) };
      this.onChange();
    });
  }

  /** Returns whether all that is to be said of it is on the screen already. */
  answered(command: HostCommand, outcome: Outcome): boolean {
    if (command.do !== "say-line" && command.do !== "unsay-line") return false;
    if (outcome.kind !== "done") this.#unmark(command.key);
    this.#feed.hurry();
    return outcome.kind === "done" || (outcome.kind === "refused" && outcome.code === "not_found");
  }

  #unmark(key: string): void {
    this.marked = this.marked.filter(({ line }) => line.key !== key);
    this.onChange();
  }
}
