"""An outsider on the live socket: knows PROTOCOL.md and nothing of our code.

It keeps every message it was sent, folds rooms the way PROTOCOL §1.3 says, and fails a test with all it saw
when what was expected does not come.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

Frame = dict[str, Any]
PATIENCE_S = 60.0


class NothingCame(AssertionError):
    """The expected frame did not arrive; what did arrive stands in the message."""


class Viewer:
    """One live connection. `async with Viewer(url) as viewer: await viewer.hello("demo", token)`."""

    def __init__(
        self,
        base_url: str,
        *,
        codec: str = "msgpack",
        origin: str | None = None,
        patience_s: float = PATIENCE_S,
        beats: bool = False,
    ) -> None:
        """`beats`: answer each beacon as a page that plays and is looked at does."""
        self._url = base_url.replace("http://", "ws://", 1) + "/v1/live"
        self._codec = codec
        self._origin = origin
        self._patience_s = patience_s
        self._beats = beats
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._arrived = asyncio.Condition()
        self.frames: list[Frame] = []
        self.closed_with: int | None = None
        self._broke: Exception | None = None
        self._looked_at = 0
        self._ref = 0

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._url,
            subprotocols=[Subprotocol(f"liveroom.v1.{self._codec}")],
            origin=cast("Any", self._origin),
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=self._patience_s,
            close_timeout=1,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None, "use `async with`"
        return self._socket

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                frames = json.loads(message) if isinstance(message, str) else msgpack.unpackb(message)
                async with self._arrived:
                    self.frames.extend(frames)
                    self._arrived.notify_all()
                if self._beats:
                    await self._answer(frames)
        except ConnectionClosed:
            pass  # the close code below is what a test looks at
        except Exception as error:  # whoever waits is told why in vain
            self._broke = error
        async with self._arrived:
            self.closed_with = self.socket.close_code
            self._arrived.notify_all()

    async def _answer(self, frames: list[Frame]) -> None:
        for beacon in frames:
            if beacon["type"] == "beacon":
                card = self.card_now()
                beat = {"type": "beat", "nonce": beacon["nonce"], "playing": True, "visible": True}
                await self.send({**beat, "card_version": card["version"] if card else 0})

    async def send(self, message: Frame) -> None:
        if self._codec == "json":
            await self.socket.send(json.dumps(message, ensure_ascii=False))
        else:
            await self.socket.send(cast("bytes", msgpack.packb(message)))

    async def hello(
        self,
        room: str,
        token: str | None = None,
        *,
        surface: str = "viewer",
        position: Frame | None = None,
    ) -> Frame:
        """Say hello and return the welcome."""
        await self.send(
            {"type": "hello", "room": room, "surface": surface, "token": token, "position": position}
        )
        return await self.next("welcome")

    async def act(self, name: str, *, ref: str | None = None, **data: object) -> Frame:
        """Act and return the one answer to it (`done` or `refused`)."""
        self._ref += 1
        ref = ref or f"r{self._ref}"
        seen = len(self.frames)
        await self.send({"type": "act", "ref": ref, "name": name, "data": data})
        return await self.wait_for(
            lambda frame: frame["type"] in {"done", "refused"} and frame.get("ref") == ref,
            f"an answer to {name} {ref}",
            since=seen,
        )

    async def next(self, frame_type: str, /, **fields: object) -> Frame:
        """Return the next frame of this type (and fields) that no earlier `next` has returned or passed over."""

        def matches(frame: Frame) -> bool:
            return frame["type"] == frame_type and all(
                frame.get(key) == value for key, value in fields.items()
            )

        return await self.wait_for(
            matches, f"a {frame_type} with {fields}", since=self._looked_at, advance=True
        )

    async def wait_for(
        self, matches: Callable[[Frame], bool], wanted: str, *, since: int = 0, advance: bool = False
    ) -> Frame:
        position = since
        try:
            async with asyncio.timeout(self._patience_s), self._arrived:
                while True:
                    while position < len(self.frames):
                        frame = self.frames[position]
                        position += 1
                        if matches(frame):
                            if advance:
                                self._looked_at = position
                            return frame
                    self._goes_on(wanted)
                    await self._arrived.wait()
        except TimeoutError:
            raise NothingCame(f"no {wanted} within {self._patience_s} s; saw {self.frames[since:]}") from None

    def _goes_on(self, wanted: str) -> None:
        """Raise where nothing more can come: better at once and with the cause than at the end of the patience."""
        if self._broke is not None:
            raise NothingCame(f"cannot read on before {wanted}; saw {self.frames}") from self._broke
        if self.closed_with is not None:
            raise NothingCame(f"closed {self.closed_with} before {wanted}; saw {self.frames}")

    async def until(self, true: Callable[[], bool], wanted: str) -> None:
        """Return once `true()`; looked at whenever something arrives."""
        try:
            async with asyncio.timeout(self._patience_s), self._arrived:
                while not true():
                    self._goes_on(wanted)
                    await self._arrived.wait()
        except TimeoutError:
            raise NothingCame(f"not within {self._patience_s} s: {wanted}; saw {self.frames}") from None

    async def closed(self) -> int | None:
        """Wait until the server has closed the connection and return the code."""
        async with asyncio.timeout(self._patience_s), self._arrived:
            await self._arrived.wait_for(lambda: self.closed_with is not None or self._broke is not None)
        if self._broke is not None:
            raise self._broke
        return self.closed_with

    @property
    def welcome(self) -> Frame:
        """The newest welcome."""
        return [frame for frame in self.frames if frame["type"] == "welcome"][-1]

    @property
    def client_port(self) -> int:
        """Our end's port, by which the worker that holds the other end is found."""
        port: int = self.socket.local_address[1]
        return port

    def room_now(self) -> Frame:
        """The RoomView as a page would show it now: the last whole one, and what came after it."""
        at = max(
            number
            for number, frame in enumerate(self.frames)
            if frame["type"] == "welcome" and frame["room"] is not None
        )
        return folded(self.frames[at]["room"], self.frames[at + 1 :])

    def card_now(self) -> Frame | None:
        """The MemberCard as a page would show it now: the higher (`version`, `as_of_ms`) wins."""
        cards = [
            frame["card"]
            for frame in self.frames
            if frame["type"] in {"welcome", "card"} and frame["card"] is not None
        ]
        return max(cards, key=lambda card: (card["version"], card["as_of_ms"]), default=None)

    def moments(self) -> list[Frame]:
        """The moments seen so far, in the order they came."""
        return [frame for frame in self.frames if frame["type"] == "moment"]

    def kept(self) -> list[Frame]:
        """The numbered frames seen so far, in the order they came."""
        return [frame for frame in self.frames if frame["type"] in {"room", "moment", "retract", "void"}]


def folded(room: Frame, frames: list[Frame]) -> Frame:
    """Fold `room` patches into a RoomView: each top-level key, or entry of a map by id, replaced whole."""
    maps_by_id = {"tasks", "gates", "polls", "draws", "first_n", "tiers"}
    view = json.loads(json.dumps(room))
    for frame in frames:
        if frame["type"] != "room":
            continue
        for key, value in frame["patch"].items():
            if key in maps_by_id:
                entries = view.setdefault(key, {})
                for entry, item in value.items():
                    if item is None:
                        entries.pop(entry, None)
                    else:
                        entries[entry] = item
                if not entries:
                    del view[key]
            elif value is None:
                view.pop(key, None)
            else:
                view[key] = value
    return cast("Frame", view)
