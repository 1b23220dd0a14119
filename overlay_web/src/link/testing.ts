/** A world in which nothing happens by itself: the clock is turned by hand, sockets do what the test says. */
import { decode } from "@msgpack/msgpack";
import { MSGPACK } from "../wire/codec.js";
import type { ServerFrame } from "../wire/frames.js";
import type { ClientMessage } from "../wire/messages.js";
import { bytesOf, welcomeMap } from "../wire/testing.js";
import type { LinkEvent } from "./effects.js";
import { Link } from "./link.js";
import type { LinkOptions } from "./link.js";
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

/** Of member m1, for a long time. */
export const TOKEN = aToken({ sub: "m1", iat: 0, exp: 9_999_999_999 });

/** All that a link has told its owner, in order. */
export type Heard = LinkEvent[];

/** Links of a viewer in this world, whose events go into `heard`. */
export class LinkIn {
  constructor(
    private readonly world: ScriptedWorld,
    private readonly heard: Heard,
  ) {}

  /** Started, its first socket not open yet. */
  readonly started = (over: Partial<LinkOptions> = {}): Link => {
    const link = new Link({
      server: "https://shop.example/",
      room: "r1",
      surface: "viewer",
      token: TOKEN,
      visible: true,
      awaitRoom: false,
      ports: this.world.ports,
      onEvent: (event) => {
        this.heard.push(event);
      },
      ...over,
    });
    link.start();
    return link;
  };

  /** Welcomed at offset 0, or wherever `welcome` says. */
  readonly live = (over: Partial<LinkOptions> = {}, welcome: Readonly<Record<string, unknown>> = {}): Link => {
    const link = this.started(over);
    this.world.socket.accept();
    this.world.socket.deliver(welcomeMap({ server_time_ms: this.world.nowMs, ...welcome }));
    return link;
  };
}

export const framesIn = (heard: Heard): readonly ServerFrame[] => heard.flatMap((event) => (event.kind === "frame" ? [event.frame] : []));
export const offsetsIn = (heard: Heard): readonly number[] =>
  framesIn(heard).flatMap((frame) => ("offset" in frame && frame.type !== "welcome" ? [frame.offset] : []));
export const answersIn = (heard: Heard): readonly string[] =>
  heard.flatMap((event) => (event.kind === "answer" ? [`${event.answer.type} ${event.answer.ref}`] : []));
/** A kept frame at this offset. */
export const roomAt = (offset: number) => ({ type: "room", offset, patch: { pinned: { id: `p${offset}`, text: "x" } } });
