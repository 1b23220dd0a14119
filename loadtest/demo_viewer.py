"""One viewer of the demo's crowd: a real socket that comes back for ever. DMO1, DMO3."""

from __future__ import annotations

import asyncio
import itertools
import logging
from random import Random
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from loadtest.conversation import Conversation, Farewell, Fault
from loadtest.crowd import now_ms
from loadtest.errors import ContractBroken
from loadtest.reconnect import wait_ms
from loadtest.wire import MSGPACK, Json, read_frames, write_message

log = logging.getLogger("crowd")

DUE_EVERY_S = 1.0


class TokenOffice(Protocol):
    async def token(self, member: str, name: str) -> str | None: ...


class DemoViewer:
    """Somebody with a nickname who watches and does what the script says."""

    def __init__(
        self, url: str, room: str, member: str, name: str, office: TokenOffice, random: Random
    ) -> None:
        self.member = member
        self._url, self._name, self._office, self._random = url, name, office, random
        self._talk = Conversation(room, None, random.random)
        self._socket: ClientConnection | None = None
        self._farewell: Farewell | None = None
        self._refs = itertools.count(1)

    @property
    def live(self) -> bool:
        return self._socket is not None and self._talk.live

    async def act(self, name: str, data: dict[str, Json]) -> None:
        """Do something if the link is up; a viewer without a link does nothing, and misses nothing by it."""
        if self.live:
            await self._send([self._talk.act(f"{self.member}-{next(self._refs)}", name, data, now_ms())])

    async def stay(self) -> None:
        """Be in the room until cancelled, or until the server says for good that we may not (4500 and up)."""
        attempt = 0
        while True:
            code, was_in = await self._visit()
            attempt = 0 if was_in else attempt + 1
            retry_ms = self._farewell.retry_after_ms if self._farewell else 0
            wait = wait_ms(code, retry_ms, attempt, self._random.random())
            if wait is None:
                log.warning("%s was sent away for good with code %s", self.member, code)
                return
            await asyncio.sleep(wait / 1_000)

    async def _visit(self) -> tuple[int | None, bool]:
        """Connect once and follow the room until the link ends. Returns (close code or None, whether we were in)."""
        self._farewell = None
        try:
            token = await self._office.token(self.member, self._name)
        except ContractBroken:
            token = None  # the office has said so already; ask again later like any other absence
        if token is None:
            return None, False
        self._talk.token = token
        code: int | None = None
        try:
            async with connect(
                self._url,
                subprotocols=[Subprotocol(MSGPACK)],
                compression=None,
                proxy=None,
                ping_interval=None,
            ) as self._socket:
                await self._send([self._talk.hello(now_ms())])
                await self._follow(self._socket)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else None
        except (OSError, WebSocketException, TimeoutError):
            code = None  # not reachable: the office reports it, here it only means later
        finally:
            was_in, self._talk.live = self._talk.live, False
            self._socket = None
        return code, was_in or self._farewell is not None

    async def _follow(self, connection: ClientConnection) -> None:
        while True:
            try:
                async with asyncio.timeout(DUE_EVERY_S):
                    data = await connection.recv()
            except TimeoutError:
                await self._send(self._talk.due(now_ms()))
                continue
            try:
                frames = read_frames(data)
            except ContractBroken as broken:
                log.warning("%s", broken)
                continue
            step = self._talk.received(frames, now_ms())
            for seen in step.seen:
                if isinstance(seen, Farewell):
                    self._farewell = seen
                elif isinstance(seen, Fault):
                    log.warning("outside the contract: %s", seen.what)
            await self._send([*step.send, *self._talk.due(now_ms())])

    async def _send(self, messages: list[dict[str, Json]]) -> None:
        for message in messages:
            if self._socket is None:
                return
            try:
                await self._socket.send(write_message(message, MSGPACK))
            except ConnectionClosed:
                return  # the reader sees it too and comes back
