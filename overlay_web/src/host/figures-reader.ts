/** Asks for the show's figures every two seconds, while somebody looks and the link is up. */
import type { LinkPorts } from "../link/ports.js";
import { readFigures } from "../wire/figures.js";
import type { Figures } from "../wire/figures.js";
import type { HostApi } from "./api.js";

export const FIGURES_EVERY_MS = 2_000;
/** After an answer that did not come: a server in trouble is not asked as often. */
export const FIGURES_LATER_MS = 8_000;

type Ports = Pick<LinkPorts, "setTimer">;

export class FiguresReader {
  figures: Figures | null = null;
  /** The last answer did not come. */
  old = false;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(
    private readonly api: Pick<HostApi, "get">,
    private readonly room: string,
    private readonly ports: Ports,
    /** Whether anybody would see them now. */
    private readonly wanted: () => boolean,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Something has changed: the first figures are not waited for. */
  nudge(): void {
    if (this.figures !== null || this.old || this.#cancel === null || !this.wanted()) return;
    this.#cancel();
    void this.#look();
  }

  async #look(): Promise<void> {
    this.#cancel = null;
    let laterMs = FIGURES_EVERY_MS;
    if (this.wanted()) {
      const outcome = await this.api.get(`/v1/rooms/${encodeURIComponent(this.room)}/figures`);
      if (this.#stopped) return;
      const read = outcome.kind === "done" ? readFigures(outcome.body) : null;
      this.old = read === null;
      if (read !== null) this.figures = read;
      else laterMs = FIGURES_LATER_MS;
      this.onChange();
    }
    this.#cancel = this.ports.setTimer(laterMs, () => void this.#look());
  }
}
