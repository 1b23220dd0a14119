"""Post numbered messages to an HTTP publishing location at a steady rate, from a child on the generator's core.

A child, not a thread: the bench itself must not wake up while a window is measured.
"""

from __future__ import annotations

import argparse
import http.client
import select
import time
from types import TracebackType

from loadtest.bench.commands import Commands, interval_of
from loadtest.child import Child, python_module
from loadtest.swarm import marker


class HttpPublisher:
    """A running publisher; `rate(0)` pauses it."""

    def __init__(self, port: int, path: str, payload: int) -> None:
        arguments = ("--port", str(port), "--path", path, "--payload", str(payload))
        self._child = Child("publisher", python_module("loadtest.bench.publisher", *arguments))
        self._child.hear_starting("ready", 10.0)

    def rate(self, per_second: float) -> None:
        self._child.say(f"rate {per_second:.6f}")

    def __enter__(self) -> HttpPublisher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.stop()


def payload_of(number: int, size: int) -> bytes:
    """Return one message: its marker, filled up with dots."""
    return marker(time.monotonic_ns(), number).ljust(size, b".")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.publisher")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--payload", type=int, default=200)
    options = parser.parse_args()
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=10)
    commands = Commands()
    print("ready", flush=True)
    interval, due, number = 0.0, 0.0, 0
    while True:
        wait = max(0.0, due - time.monotonic()) if interval else None
        if select.select([commands.fd], [], [], wait)[0]:
            lines = commands.take()
            for words in lines or [[]]:
                match words:
                    case ["rate", rate]:
                        interval = interval_of(rate)
                        due = time.monotonic() + interval
                    case _:
                        return
            continue
        connection.request("POST", options.path, payload_of(number, options.payload))
        response = connection.getresponse()
        response.read()
        if response.status >= 300:
            raise SystemExit(f"publishing answered {response.status}")
        number += 1
        due = max(due + interval, time.monotonic())  # a late message is not made up for by a burst


if __name__ == "__main__":
    main()
