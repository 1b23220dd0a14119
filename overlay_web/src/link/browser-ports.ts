/** The browser's socket, clock and dice. */
import type { LinkPorts, Polled, Socket, SocketEvents } from "./ports.js";

/** After this nobody believes in an answer any more. */
const POLL_PATIENCE_MS = 8_000;

export const browserPorts: LinkPorts = {
  openSocket,
  poll: (url, done) => void polled(url).then(done),
  // Not Date.now(): somebody setting the clock must not end a shout-out or a back-off.
  now: () => Math.round(performance.timeOrigin + performance.now()),
  random: () => Math.random(),
  // Not randomUUID(): it exists only on https pages, and a shop tries us out on http first.
  newRef: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  setTimer: (delayMs, ring) => {
    // The browser drops the fraction and would ring too early.
    const id = setTimeout(ring, Math.ceil(delayMs));
    return () => {
      clearTimeout(id);
    };
  },
};

function openSocket(url: string, subprotocols: readonly string[], events: SocketEvents): Socket {
  const socket = new WebSocket(url, [...subprotocols]);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    events.opened(socket.protocol);
  };
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    events.received(data);
  };
  socket.onclose = ({ code }) => {
    events.closed(code);
  };
  return {
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}

/** The browser's own cache knows the ETag: a room that has not changed costs a 304. Nobody is named: no token, no cookie. */
async function polled(url: string): Promise<Polled> {
  try {
    const answer = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(POLL_PATIENCE_MS) });
    if (answer.ok) return { kind: "came", body: await answer.json() };
    return { kind: answer.status === 403 || answer.status === 404 ? "refused" : "failed" };
  } catch {
    // Without a network, or with an answer that broke off, there is only later.
    return { kind: "failed" };
  }
}
