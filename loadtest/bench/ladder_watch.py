"""Somebody in the room who notes each `pulse overload`: a viewer, or a host. BEN21."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Self, cast

from websocket import ABNF, WebSocketException, create_connection

from loadtest.errors import ContractBroken
from loadtest.wire import MSGPACK, Frame, integer, read_frames, write_message

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    surface: str
    levels: tuple[tuple[int, int], ...]
    """When (CLOCK_MONOTONIC ns) which level was told."""


class Watcher:
    """One connection with a thread that reads it until the end."""

    def __init__(self, port: int, surface: str, room: str = "bench") -> None:
        self._surface = surface
        self._levels: list[tuple[int, int]] = []
        self._socket = create_connection(
            f"ws://127.0.0.1:{port}/v1/live",
            timeout=PATIENCE_S,
            subprotocols=[MSGPACK],
            suppress_origin=True,
        )
        hello: Frame = {"type": "hello", "room": room, "surface": surface, "token": None}
        self._socket.send(write_message(hello, MSGPACK), ABNF.OPCODE_BINARY)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def level(self) -> int:
        """The level that was told last; 0 = none was."""
        return self._levels[-1][1] if self._levels else 0

    def heard(self) -> Heard:
        return Heard(self._surface, tuple(self._levels))

    def _read(self) -> None:
        while True:
            try:
                opcode, data = self._socket.recv_data()
                if opcode != ABNF.OPCODE_BINARY:
                    return
                for frame in read_frames(cast(bytes, data)):
                    if frame.get("type") == "pulse" and frame.get("key") == "overload":
                        self._levels.append((time.monotonic_ns(), integer(frame, "value")))
            except (OSError, WebSocketException, ContractBroken):
                return  # it hears nothing more, which the row shows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown()  # type: ignore[no-untyped-call]
        self._thread.join(PATIENCE_S)
