"""An echo made of our protocol class: everything below a message is the product's own, every message comes back.

By itself it serves the Autobahn test suite (figures and how they were made: docs/benchmarks):

    python -m tests.wire.broadcaster.echo 9001     then     wstest -m fuzzingclient -s spec.json
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from broadcaster.node import Node
from broadcaster.protocol import LiveConnection
from broadcaster.testing import (
    CountingMeter,
    MemoryBus,
    MemoryMailboxes,
    MemoryRoomStore,
    MemoryWorld,
    PlainApplication,
)
from broadcaster.whole_frame import TEXT
from server.clock import SystemClock
from tests.wire.broadcaster.conftest import QUIET, no_pages


class Echo(LiveConnection):
    """Says every message back in its own kind. Opening, frames, fragments, control frames and closing are inherited."""

    __slots__ = ("_echoed", "_is_text")

    @property
    def _is_json(self) -> bool:
        """The product takes one kind per connection; here the kind is that of the present message."""
        return self._is_text

    @_is_json.setter
    def _is_json(self, given: bool) -> None:
        self._is_text = given

    def data_received(self, data: bytes) -> None:
        if self._ws is None:
            self._is_text = data[0] == TEXT  # read without the WebSocket layer, if it is a whole message
        super().data_received(data)

    def _layer(self) -> ServerProtocol:
        if self._ws is None:
            self._ws = Noting(super()._layer(), self)  # type: ignore[assignment]
        assert self._ws is not None
        return self._ws

    def _message(self, payload: bytes) -> None:
        if not self._is_text:
            self._say(Opcode.BINARY, payload)
            return
        try:
            payload.decode()
        except UnicodeDecodeError as error:
            self._layer().fail(1007, str(error))
            self._flush()
        else:
            self._say(Opcode.TEXT, payload)

    def _say(self, opcode: Opcode, payload: bytes) -> None:
        if self._ws is None:
            self.write(Frame(opcode, payload).serialize(mask=False))
        elif opcode is Opcode.TEXT:
            self._ws.send_text(payload)
        else:
            self._ws.send_binary(payload)


class Noting:
    """The WebSocket layer, telling the echo each message's kind as it is taken out."""

    def __init__(self, inner: ServerProtocol, echo: Echo) -> None:
        self._inner = inner
        self._echo = echo

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def events_received(self) -> Iterator[object]:
        for event in self._inner.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._echo._is_text = event.opcode is Opcode.TEXT
            yield event


@asynccontextmanager
async def echo_server(port: int = 0) -> AsyncIterator[int]:
    """Serve echoes under /v1/live; gives the port."""
    clock, world = SystemClock(), MemoryWorld()
    node = Node(
        QUIET, PlainApplication({}), MemoryRoomStore(world, clock), MemoryBus(world),
        MemoryMailboxes(world, clock), CountingMeter(), clock,
    )  # fmt: skip
    made = type("EchoOfNode", (Echo,), {"node": node, "__slots__": ()})
    config = uvicorn.Config(no_pages, ws=made, http="httptools", lifespan="off")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", port
    )
    async with server:
        yield server.sockets[0].getsockname()[1]
        for connection in list(node._connections):
            connection.cut()


async def main(port: int) -> None:
    async with echo_server(port):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
