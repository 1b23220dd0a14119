/** The thin shell around `Conversation`: one socket, one timer. */
import { decodeFrames, encodeMessage, SUBPROTOCOLS } from "../wire/codec.js";
import type { Act } from "../wire/messages.js";
import { Conversation } from "./conversation.js";
import type { ConversationOptions, Effect, LinkEvent, LinkStatus } from "./effects.js";
import type { LinkPorts, Socket } from "./ports.js";

/** What came of asking for a ticket: it, a no for good, or no answer now. */
export type TicketAnswer = { readonly kind: "ticket"; readonly ticket: string } | { readonly kind: "refused" | "lost" };

export type LinkOptions = Omit<ConversationOptions, "random" | "ticketed"> & {
  /** The server's address, `https://…` or `http://…`. */
  readonly server: string;
  readonly ports: LinkPorts;
  readonly onEvent: (event: LinkEvent) => void;
  /** Asked before every connection (overlay tickets, PROTOCOL §2). Never rejects. Absent: `token` is what there is. */
  readonly buyTicket?: () => Promise<TicketAnswer>;
};

/** As if the server had said that the secret is worth nothing any more, and that there was no socket at all. */
const REPLACED = 4505;
const NO_SOCKET = 1006;

export class Link {
  readonly #conversation: Conversation;
  readonly #ports: LinkPorts;
  readonly #url: string;
  readonly #snapshotUrl: string;
  readonly #onEvent: (event: LinkEvent) => void;
  #socket: Socket | null = null;
  #subprotocol = "";
  #cancelTimer: (() => void) | null = null;
  readonly #buyTicket: (() => Promise<TicketAnswer>) | null;
  /** Which opening is the last one: a ticket for an earlier one comes too late. */
  #opening = 0;

  constructor({ server, ports, onEvent, buyTicket, ...options }: LinkOptions) {
    this.#buyTicket = buyTicket ?? null;
    this.#conversation = new Conversation({ ...options, random: ports.random, ticketed: buyTicket !== undefined });
    this.#ports = ports;
    this.#url = liveUrl(server);
    this.#snapshotUrl = snapshotUrl(server, options.room);
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
          this.#open();
          break;
        case "close":
          this.#closeSocket();
          break;
        case "send":
          this.#socket?.send(encodeMessage(effect.message, this.#subprotocol));
          break;
        case "poll":
          this.#poll();
          break;
        case "tell":
          this.#onEvent(effect.event);
          break;
      }
    }
    this.#setTimer();
  }

  #open(): void {
    this.#closeSocket();
    const buy = this.#buyTicket;
    if (buy === null) {
      this.#openSocket();
      return;
    }
    const opening = this.#opening;
    void buy().then((answer) => {
      if (opening !== this.#opening) return;
      if (answer.kind === "ticket") {
        this.#conversation.bringTicket(answer.ticket);
        this.#openSocket();
      } else {
        this.#perform(this.#conversation.closed(answer.kind === "refused" ? REPLACED : NO_SOCKET, this.#ports.now()));
      }
    });
  }

  #openSocket(): void {
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

  #poll(): void {
    this.#ports.poll(this.#snapshotUrl, (answer) => {
      this.#perform(this.#conversation.polled(answer, this.#ports.now()));
    });
  }

  #closeSocket(): void {
    this.#opening += 1;
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

export const snapshotUrl = (server: string, room: string): string =>
  new URL(`/v1/rooms/${encodeURIComponent(room)}/snapshot`, server).href;
