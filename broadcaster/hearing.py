"""What a node makes of the bytes that reach its ears, however they are connected."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from broadcaster.bus_redis import numbered_of
from broadcaster.frames import Position
from broadcaster.ports import RoomListener
from broadcaster.records import pack, read_mail, read_passing, unpack

_log = logging.getLogger(__name__)


class Hearing:
    """Tells the listener what arrives, and knows the canaries that are out. Without a listener nothing is told."""

    def __init__(self, listener: RoomListener | None = None, node_channel: str = "") -> None:
        self.node_channel = node_channel
        self._listener = listener
        self._canaries: dict[bytes, asyncio.Future[None]] = {}

    @contextmanager
    def canary(self) -> Iterator[tuple[bytes, asyncio.Future[None]]]:
        """Give the message to send to our own channel, and the future that is done when it is back."""
        token = secrets.token_bytes(8)
        back: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._canaries[token] = back
        try:
            yield pack(("canary", token)), back
        finally:
            del self._canaries[token]

    def interrupted(self) -> None:
        """Something may have been missed."""
        if self._listener is not None:
            self._listener.interrupted()

    def take(self, channel: str, data: bytes) -> None:
        """Hand one bus message to the listener; a message that cannot be read is dropped and logged."""
        listener = self._listener
        if listener is None:
            return
        try:
            if channel == self.node_channel:
                kind, content = unpack(data)
                if kind == b"canary":
                    back = self._canaries.get(content)
                    if back is not None and not back.done():
                        back.set_result(None)
                    return
                letters = [(member.decode(), read_mail(record)) for member, record in content]
                for member, frame in letters:
                    listener.mail(member, frame)
            else:
                room, epoch, offset, numbered, passing = unpack(data)
                listener.received(
                    room.decode(),
                    Position(epoch.decode(), offset),
                    [numbered_of(entry) for entry in numbered],
                    [read_passing(record) for record in passing],
                )
        except Exception:
            _log.exception("a bus message could not be handled")
