"""The floor where there is no C compiler: one `os.write` per viewer. Its rows say so and judge nothing. BEN4.

Same options, output and commands as `floor.c`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import resource
import select
import socket
import time

from loadtest.bench.commands import Commands, interval_of
from loadtest.swarm import marker

ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake_answer(request: bytes) -> bytes | None:
    """Return the 101 response to an upgrade request (RFC 6455 4.2.2), or None when it has no key."""
    headers = {
        name.strip().lower(): value.strip()
        for name, found, value in (line.partition(b":") for line in request.split(b"\r\n")[1:])
        if found
    }
    key = headers.get(b"sec-websocket-key")
    if not key:
        return None
    accept = base64.b64encode(hashlib.sha1(key + ACCEPT_GUID, usedforsecurity=False).digest())
    protocol = headers.get(b"sec-websocket-protocol", b"").split(b",")[0]
    chosen = b"Sec-WebSocket-Protocol: " + protocol + b"\r\n" if protocol else b""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n" + chosen + b"\r\n"
    )


class Floor:
    def __init__(self, payload: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.port: int = self.listener.getsockname()[1]
        self.payload = payload
        self.poll = select.epoll()
        self.poll.register(self.listener.fileno(), select.EPOLLIN)
        self.commands = Commands()
        self.poll.register(self.commands.fd, select.EPOLLIN)
        self.shaking: dict[int, socket.socket] = {}
        self.live: dict[int, socket.socket] = {}
        self.published = self.sent = self.dropped = 0

    def publish(self) -> None:
        data = marker(time.monotonic_ns(), self.published).ljust(self.payload, b".")
        head = bytes([0x82, self.payload]) if self.payload < 126 else b"\x82\x7e" + self.payload.to_bytes(2)
        frame = head + data
        self.published += 1
        for fd in list(self.live):
            try:
                whole = os.write(fd, frame) == len(frame)
            except BlockingIOError:
                self.dropped += 1
                continue
            except OSError:
                whole = False
            if whole:
                self.sent += 1
            else:
                self.live.pop(fd).close()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.shaking[connection.fileno()] = connection
            self.poll.register(connection.fileno(), select.EPOLLIN)

    def read(self, fd: int) -> None:
        viewers = self.shaking if fd in self.shaking else self.live
        try:
            data = viewers[fd].recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            viewers.pop(fd).close()
        elif viewers is self.shaking:  # on loopback our own swarm's request comes in one piece
            viewer = self.shaking.pop(fd)
            answer = handshake_answer(data)
            if answer is None:
                viewer.close()
                return
            viewer.send(answer)
            self.live[fd] = viewer

    def obey(self) -> None:
        """Serve and publish until the commands end."""
        interval, due = 0.0, 0.0
        while True:
            wait = max(0.0, due - time.monotonic()) if interval else None
            for fd, _ in self.poll.poll(wait):
                if fd == self.listener.fileno():
                    self.accept()
                elif fd != self.commands.fd:
                    if fd in self.shaking or fd in self.live:  # not dropped a moment ago
                        self.read(fd)
                else:
                    for words in self.commands.take() or [[]]:
                        match words:
                            case ["rate", rate]:
                                interval = interval_of(rate)
                                due = time.monotonic() + interval
                            case ["stats"]:
                                counts = {
                                    "published": self.published,
                                    "sent": self.sent,
                                    "dropped": self.dropped,
                                }
                                print(json.dumps(counts), flush=True)
                            case _:
                                return
            if interval and time.monotonic() >= due:
                self.publish()
                due = max(due + interval, time.monotonic())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.floor_python")
    parser.add_argument("--payload", type=int, default=200)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    floor = Floor(options.payload)
    print(f"ready {floor.port}", flush=True)
    floor.obey()


if __name__ == "__main__":
    main()
