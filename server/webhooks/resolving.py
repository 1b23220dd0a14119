"""Names into addresses, in threads of their own: a resolver that hangs for one name holds up nobody else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from server.webhooks.errors import NameNotFound

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Host and port → its addresses, the preferred first. Raises `NameNotFound`."""
_MOST = 4


class Resolver:
    """The system's resolver. One question per name is under way at a time; whoever asks again joins it."""

    def __init__(self, threads: int) -> None:
        """`threads` ≥ the number of names in use; they are made when needed."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")
        self._asked: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """Return at most 4 addresses. Waits as long as the resolver does: the caller sets the limit."""
        asked = self._asked.get(host)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, _ask, host, port)
            self._asked[host] = asked
            asked.add_done_callback(lambda _: self._asked.pop(host, None))
        try:
            return await asyncio.shield(asked)
        except OSError as unknown:
            raise NameNotFound(host) from unknown
        except UnicodeError as unusable:
            raise NameNotFound(host) from unusable

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))[:_MOST]
