/** The host's live link: the room's items and pulses, folded. Shows no shout-outs and reports nothing as seen. */
import type { LinkStatus } from "../link/effects.js";
import { Link } from "../link/link.js";
import type { LinkOptions } from "../link/link.js";
import { fold, nothingYet } from "../state/room-state.js";
import type { RoomState } from "../state/room-state.js";

export type HostSessionOptions = Omit<LinkOptions, "onEvent" | "surface" | "awaitRoom"> & {
  readonly onChange: () => void;
  /** What the host's own lists of the server may be older than. */
  readonly onTasksMoved: () => void;
  readonly onTokenRequest: () => void;
  readonly onFault: (fault: Error) => void;
};

export class HostSession {
  readonly #link: Link;
  #state: RoomState = nothingYet;
  #status: LinkStatus;
  #clockOffsetMs = 0;

  constructor(options: HostSessionOptions) {
    const { onChange, onTasksMoved, onTokenRequest, onFault } = options;
    this.#link = new Link({
      ...options,
      surface: "host",
      awaitRoom: false,
      onEvent: (event) => {
        switch (event.kind) {
          case "status":
            this.#status = event.status;
            break;
          case "frame": {
            const before = JSON.stringify(this.#state.items?.tasks ?? null);
            this.#state = fold(this.#state, event.frame);
            if (event.frame.type === "welcome" || JSON.stringify(this.#state.items?.tasks ?? null) !== before) onTasksMoved();
            break;
          }
          case "clock":
            this.#clockOffsetMs = event.offsetMs;
            return;
          case "token-request":
            onTokenRequest();
            return;
          case "fault":
            onFault(event.fault);
            return;
          case "answer":
          case "snapshot":
            return;
        }
        onChange();
      },
    });
    this.#status = this.#link.status;
  }

  get state(): RoomState {
    return this.#state;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Add to our clock to get the server's. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  start(): void {
    this.#link.start();
  }

  stop(): void {
    this.#link.stop();
  }

  retry(): void {
    this.#link.retry();
  }

  hurry(): void {
    this.#link.hurry();
  }

  setToken(token: string): void {
    this.#link.setToken(token);
  }

  setVisible(visible: boolean): void {
    this.#link.setVisible(visible);
  }
}
