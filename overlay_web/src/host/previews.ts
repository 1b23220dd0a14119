/** What tasks would cost now: the presets when a show goes on air and again while it is, any other when it is asked for. */
import type { LinkPorts } from "../link/ports.js";
import type { Language } from "../text/language.js";
import type { HostApi } from "./api.js";
import { readPreview } from "./board.js";
import type { Preview } from "./board.js";
import { previewRequest } from "./commands.js";
import type { TaskSpec } from "./commands.js";
import { presets } from "./presets.js";
import { specKey } from "./tasks-desk.js";

/** So often previews may be asked for, when the audience has changed … */
export const LOOK_MS = 4_000;
/** … and so often in any case: earlier tasks change what is expected. */
export const AGAIN_MS = 20_000;

export class Previews {
  /** By the key of the task; null: it could not be said. */
  known: ReadonlyMap<string, Preview | null> = new Map();
  #of = "";
  #askedMs = 0;
  #online: unknown = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(
    private readonly api: Pick<HostApi, "ask">,
    private readonly room: string,
    private readonly ports: Pick<LinkPorts, "now">,
    /** How many are in the room now; compared only. */
    private readonly online: () => unknown,
    /** Whether anybody would see them now. */
    private readonly looking: () => boolean,
    private readonly onChange: () => void,
  ) {}

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Say which show is on air, or null; the same again changes nothing. */
  onAir(show: string | null, language: Language): void {
    const wanted = show === null ? "" : `${show} ${language}`;
    if (wanted === this.#of) return;
    this.#of = wanted;
    clearTimeout(this.#timer);
    if (wanted !== "") this.#presets(language);
  }

  readonly ask = (spec: TaskSpec): void => {
    void this.api.ask(previewRequest(this.room, spec)).then((outcome) => {
      if (this.#stopped) return;
      this.known = new Map(this.known).set(specKey(spec), outcome.kind === "done" ? readPreview(outcome.body) : null);
      this.onChange();
    });
  };

  #presets(language: Language): void {
    this.#askedMs = this.ports.now();
    this.#online = this.online();
    for (const { spec } of presets(language)) this.ask(spec);
    this.#lookAgain(language);
  }

  #lookAgain(language: Language): void {
    this.#timer = setTimeout(() => {
      // Nobody looks: whoever comes back says again what is on air.
      if (!this.looking()) this.#of = "";
      else if (this.online() !== this.#online || this.ports.now() - this.#askedMs >= AGAIN_MS) this.#presets(language);
      else this.#lookAgain(language);
    }, LOOK_MS);
  }
}
