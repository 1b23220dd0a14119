/** A world in which nothing happens by itself: the clock is turned by hand, sockets do what the test says. */
import { decode } from "@msgpack/msgpack";
import { MSGPACK } from "../wire/codec.js";
import type { ClientMessage } from "../wire/messages.js";
import { bytesOf } from "../wire/testing.js";
import type { LinkPorts, Polled, SocketEvents } from "./ports.js";

export class ScriptedSocket {
  readonly sent: ClientMessage[] = [];
  isOpen = true;

  constructor(
    readonly url: string,
    readonly subprotocols: readonly string[],
    readonly events: SocketEvents,
  ) {}

  /** The handshake succeeds. */
  accept(): void {
    this.events.opened(MSGPACK);
  }

  /** The server sends one message of these frames. */
  deliver(...maps: readonly Readonly<Record<string, unknown>>[]): void {
    if (this.isOpen) this.events.received(bytesOf(...maps));
  }

  /** The server, or the network, ends it. */
  drop(code: number): void {
    this.isOpen = false;
    this.events.closed(code);
  }

  of<T extends ClientMessage["type"]>(type: T): readonly Extract<ClientMessage, { type: T }>[] {
    return this.sent.filter((message): message is Extract<ClientMessage, { type: T }> => message.type === type);
  }
}

export class ScriptedWorld {
  readonly sockets: ScriptedSocket[] = [];
  nowMs = 1_000_000;
  random = 0.5;
  /** Addresses asked for by polling, and how to answer the last one. */
  readonly polls: string[] = [];
  answerPoll: (answer: Polled) => void = () => {
    throw new Error("nothing was asked for");
  };
  #timers: { readonly atMs: number; readonly ring: () => void }[] = [];
  #refs = 0;

  readonly ports: LinkPorts = {
    openSocket: (url, subprotocols, events) => {
      const socket = new ScriptedSocket(url, subprotocols, events);
      this.sockets.push(socket);
      return {
        send: (data) => {
          const text = typeof data === "string";
          socket.sent.push((text ? JSON.parse(data) : decode(data)) as ClientMessage);
        },
        close: () => {
          socket.isOpen = false;
        },
      };
    },
    poll: (url, done) => {
      this.polls.push(url);
      this.answerPoll = done;
    },
    now: () => this.nowMs,
    random: () => this.random,
    newRef: () => `ref${(this.#refs += 1)}`,
    setTimer: (delayMs, ring) => {
      const timer = { atMs: this.nowMs + delayMs, ring };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      };
    },
  };

  /** The socket in use. */
  get socket(): ScriptedSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  }

  get timersSet(): number {
    return this.#timers.length;
  }

  /** Let time pass; timers ring in order, each at its moment. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= end).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.ring();
    }
    this.nowMs = end;
  }
}

const base64url = (claims: unknown): string =>
  btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** A token that says this and proves nothing. */
export const aToken = (claims: Readonly<Record<string, unknown>>): string => `${base64url({ alg: "HS256" })}.${base64url(claims)}.x`;
