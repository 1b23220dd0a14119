/** The browser's socket, clock and dice. */
import type { LinkPorts, Socket, SocketEvents } from "./ports.js";

export const browserPorts: LinkPorts = {
  openSocket,
  // Not Date.now(): somebody setting the clock must not end a shout-out or a back-off.
  now: () => Math.round(performance.timeOrigin + performance.now()),
  random: () => Math.random(),
  // Not randomUUID(): it exists only on https pages, and a shop tries us out on http first.
  newRef: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  setTimer: (delayMs, ring) => {
    const id = setTimeout(ring, delayMs);
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
