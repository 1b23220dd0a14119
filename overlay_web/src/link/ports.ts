/** What the link needs of the world. The real ones are in `browser-ports.ts`, the scripted ones in `testing.ts`. */

export type SocketEvents = {
  readonly opened: (subprotocol: string) => void;
  readonly received: (data: ArrayBuffer | string) => void;
  readonly closed: (code: number) => void;
};

export type Socket = {
  send(data: Uint8Array<ArrayBuffer> | string): void;
  /** No event of this socket is heard after this. */
  close(): void;
};

/** What became of asking for a snapshot. `refused`: there is none for us, however often we ask. */
export type Polled = { readonly kind: "came"; readonly body: unknown } | { readonly kind: "refused" } | { readonly kind: "failed" };

export type LinkPorts = {
  readonly openSocket: (url: string, subprotocols: readonly string[], events: SocketEvents) => Socket;
  /** Call back once, within seconds. */
  readonly poll: (url: string, done: (answer: Polled) => void) => void;
  /** Whole milliseconds that never go backwards. */
  readonly now: () => number;
  /** Evenly from 0 to 1. */
  readonly random: () => number;
  /** Unique, at most 64 of `[A-Za-z0-9_.:-]`. */
  readonly newRef: () => string;
  /** Call back once; the returned function takes it back. */
  readonly setTimer: (delayMs: number, ring: () => void) => () => void;
};
