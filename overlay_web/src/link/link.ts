/** The thin shell around `Conversation`: one socket, one timer. */
import { decodeFrames, encodeMessage, SUBPROTOCOLS } from "../wire/codec.js";
import type { Act } from "../wire/messages.js";
import { Conversation } from "./conversation.js";
import type { ConversationOptions, Effect, LinkEvent, LinkStatus } from "./effects.js";
import type { LinkPorts, Socket } from "./ports.js";

export type LinkOptions = Omit<ConversationOptions, "random"> & {
  /** The server's address, `https://…` or `http://…`. */
  readonly server: string;
  readonly ports: LinkPorts;
  readonly onEvent: (event: LinkEvent) => void;
};

export class Link {
  readonly #conversation: Conversation;
  readonly #ports: LinkPorts;
  readonly #url: string;
  readonly #onEvent: (event: LinkEvent) => void;
  #socket: Socket | null = null;
  #subprotocol = "";
  #cancelTimer: (() => void) | null = null;

  constructor({ server, ports, onEvent, ...options }: LinkOptions) {
    this.#conversation = new Conversation({ ...options, random: ports.random });
    this.#ports = ports;
    this.#url = liveUrl(server);
    this.#onEvent = onEvent;
  }

  get status(): LinkStatus {
    return this.#conversation.status;
  }

  start(): void {
    this.#perform(this.#conversation.start(this.#ports.now()));
  }

  stop(): void {
    this.#perform(this.#conversation.stop());
  }

  /** Send an act and return its `ref`, under which exactly one `answer` event will come. */
  act(act: Act): string {
    const ref = this.#ports.newRef();
    this.#perform(this.#conversation.act(ref, act, this.#ports.now()));
    return ref;
  }

  seen(id: string): void {
    this.#perform(this.#conversation.seen(id, this.#ports.now()));
  }

  setToken(token: string | null): void {
    this.#perform(this.#conversation.setToken(token, this.#ports.now()));
  }

  setVisible(visible: boolean): void {
    this.#perform(this.#conversation.setVisible(visible, this.#ports.now()));
  }

  setPlaying(playing: boolean): void {
    this.#conversation.setPlaying(playing);
  }

  setCardVersion(version: number): void {
    this.#conversation.setCardVersion(version);
  }

  retry(): void {
    this.#perform(this.#conversation.retry(this.#ports.now()));
  }

  hurry(): void {
    this.#perform(this.#conversation.hurry(this.#ports.now()));
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case "open":
          this.#openSocket();
          break;
        case "close":
          this.#closeSocket();
          break;
        case "send":
          this.#socket?.send(encodeMessage(effect.message, this.#subprotocol));
          break;
        case "tell":
          this.#onEvent(effect.event);
          break;
      }
    }
    this.#setTimer();
  }

  #openSocket(): void {
    this.#closeSocket();
    const { openSocket, now } = this.#ports;
    this.#socket = openSocket(this.#url, SUBPROTOCOLS, {
      opened: (subprotocol) => {
        this.#subprotocol = subprotocol;
        this.#perform(this.#conversation.opened(now()));
      },
      received: (data) => {
        this.#perform(this.#conversation.received(decodeFrames(data), now()));
      },
      closed: (code) => {
        this.#socket = null;
        this.#perform(this.#conversation.closed(code, now()));
      },
    });
  }

  #closeSocket(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const at = this.#conversation.nextWakeMs();
    if (at === null) return;
    const { setTimer, now } = this.#ports;
    this.#cancelTimer = setTimer(Math.max(0, at - now()), () => {
      this.#cancelTimer = null;
      this.#perform(this.#conversation.wake(now()));
    });
  }
}

/** `https://shop.example/` → `wss://shop.example/v1/live`. No token in any address: servers log them. */
export function liveUrl(server: string): string {
  const url = new URL("/v1/live", server);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}
