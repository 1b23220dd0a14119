"""Somebody who is told by webhook: a real HTTP server that verifies with the library and answers as a test says."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from standardwebhooks.webhooks import Webhook

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Reply = Callable[["Got"], Awaitable[bytes]]


def status(code: int, headers: str = "") -> bytes:
    """A short answer, after which the connection may be used again."""
    return f"HTTP/1.1 {code} x\r\ncontent-length: 2\r\n{headers}\r\nok".encode()


@dataclass(frozen=True, slots=True)
class Got:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verified(self, secret: str) -> dict[str, Any]:
        """Return the message if `secret` signed it just now; raises otherwise."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, dict(self.headers))
        return found


class Receiver:
    """`async with Receiver() as receiver:` listens on the loopback; `got` holds all requests in their order.

    What it answers is `reply`: a finished answer, or a coroutine of the request (which may hang); b"" = hang up.
    """

    def __init__(self, reply: Reply | bytes = OK, context: ssl.SSLContext | None = None) -> None:
        self.reply = reply
        self.got: list[Got] = []
        self.open = 0
        """Requests being answered now …"""
        self.most_open = 0
        """… and the most there have been at once."""
        self.connections = 0
        self._broke: Exception | None = None
        self._context = context
        self._more = asyncio.Condition()
        self._talking: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=self._context)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def until(self, n: int, seconds: float = 60) -> list[Got]:
        """Return all requests when there are `n`."""
        async with asyncio.timeout(seconds), self._more:
            await self._more.wait_for(lambda: len(self.got) >= n or self._broke is not None)
        self._goes_on()
        return self.got

    async def first(self, type_: str, seconds: float = 60) -> Got:
        """Return the first request of a type, when it is there."""

        def found() -> list[Got]:
            return [got for got in self.got if got.said["type"] == type_]

        async with asyncio.timeout(seconds), self._more:
            await self._more.wait_for(lambda: bool(found()) or self._broke is not None)
        self._goes_on()
        return found()[0]

    def _goes_on(self) -> None:
        """Raise what broke the receiver: better at once than a wait in vain."""
        if self._broke is not None:
            raise self._broke

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._talk(reader, writer))
        self._talking.add(task)
        task.add_done_callback(self._talking.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (got := await _read(reader)) is not None:
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                self.got.append(got)
                async with self._more:
                    self._more.notify_all()
                try:
                    answer = self.reply if isinstance(self.reply, bytes) else await self.reply(got)
                finally:
                    self.open -= 1
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender had enough
        except Exception as error:  # whoever waits is told why in vain
            self._broke = error
            async with self._more:
                self._more.notify_all()
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Got | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(line.split(" ")[1], headers, body)
