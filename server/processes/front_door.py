"""The first bytes of a connection: a plain request for the live socket is answered here, all else is HTTP's. Rule GRD4.

In a storm nearly every connection is such a request, whole in its first bytes. An HTTP server's parser, its timer and
its objects cost a third of what letting an anonymous viewer in does (decision 0068), to find what one look finds.
Only accepts: whatever differs in the least is given to the HTTP server from its first byte on, which judges as before.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from broadcaster.handshake import plain_opening
from broadcaster.protocol import LiveConnection
from server.processes.http_guard import GuardedHttp, Limits


class _Waiting:
    """Connections that have sent nothing yet, in the order they came. One timer for all of them."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._until: dict[_FrontDoor, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, door: _FrontDoor) -> None:
        loop = asyncio.get_running_loop()
        self._until[door] = loop.time() + self._within_s
        if self._timer is None:
            self._timer = loop.call_later(self._within_s, self._look, loop)

    def drop(self, door: _FrontDoor) -> None:
        self._until.pop(door, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._until:
            door, until = next(iter(self._until.items()))
            if until > loop.time():
                self._timer = loop.call_later(until - loop.time(), self._look, loop)
                return
            del self._until[door]
            door.too_late()


class _FrontDoor(asyncio.Protocol):
    __slots__ = ("_app_state", "_config", "_server_state", "_transport")
    _http: type[GuardedHttp]
    _live: type[LiveConnection]
    _waiting: _Waiting
    _most_bytes: int

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object], _loop: object = None
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # uvicorn only calls `shutdown`
        self._waiting.add(self)

    def data_received(self, data: bytes) -> None:
        opening = plain_opening(data) if len(data) <= self._most_bytes else None
        if opening is None:
            self._to_http().data_received(data)
            return
        self._leave()
        connection = self._live(self._config, self._server_state, self._app_state)
        connection.connection_made(self._transport)
        connection.take_opening(*opening)
        self._transport.set_protocol(connection)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def shutdown(self) -> None:
        """uvicorn ends: who has asked for nothing yet gets nothing."""
        self._transport.close()

    def too_late(self) -> None:
        """Nothing has come in time: HTTP looks once more, and says so."""
        self._to_http().too_late()

    def _to_http(self) -> GuardedHttp:
        self._leave()
        http = self._http(self._config, self._server_state, self._app_state)
        http.connection_made(self._transport)
        self._transport.set_protocol(http)
        return http

    def _leave(self) -> None:
        self._server_state.connections.discard(self)
        self._waiting.drop(self)


def front_door(http: type[GuardedHttp], live: type[LiveConnection], limits: Limits) -> type[asyncio.Protocol]:
    """Return the protocol class for uvicorn's `Config(http=…)`: `live` for plain live requests, `http` for the rest."""
    return type(
        "FrontDoor",
        (_FrontDoor,),
        {
            "_http": http,
            "_live": live,
            "_waiting": _Waiting(limits.header_s),
            "_most_bytes": limits.header_bytes,
            "__slots__": (),
        },
    )
