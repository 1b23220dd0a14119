"""What a node does by the clock: deadlines, comparisons with the store, presence, beacons. Four loops, no more."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Protocol

from broadcaster.ending import ended
from broadcaster.errors import BusUnavailable
from broadcaster.frames import Beacon, Pulse
from broadcaster.hub import Hub
from broadcaster.judging import Judging
from broadcaster.members import Members
from broadcaster.overload import Load
from broadcaster.ports import Application, Presence, RoomBus, RoomStore
from broadcaster.protocol import SLOW_AFTER_MS, ConnectionNode, LiveConnection
from broadcaster.rooms import Rooms
from broadcaster.settings import NodeSettings
from broadcaster.wire import encoded

_log = logging.getLogger(__name__)
TICK_S = 0.25
PRESENCE_AGAIN_MS = 10_000
"""A third of what presence lives, so that one lost report changes no number."""
RENEW_MAIL_MS = 30_000
_TURNS_TO_READ = 2
"""Of the loop: in the first it learns what has arrived (asyncio, after our own step), by the second that is read."""


class RoundsNode(ConnectionNode, Protocol):
    """The node, as its loops see it."""

    @property
    def settings(self) -> NodeSettings: ...
    @property
    def application(self) -> Application: ...
    @property
    def store(self) -> RoomStore: ...
    @property
    def presence(self) -> Presence: ...
    @property
    def bus(self) -> RoomBus: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def rooms(self) -> Rooms: ...
    @property
    def members(self) -> Members: ...
    @property
    def judging(self) -> Judging: ...
    @property
    def lagging(self) -> Set[LiveConnection]: ...
    @property
    def people(self) -> Mapping[str, int]:
        """Viewers per room, for `online`."""
        ...

    def live_connections(self) -> list[LiveConnection]: ...
    def weigh(self, load: Load, at_ms: int) -> None:
        """Take one reading of the load; `at_ms` is of a clock that never goes back."""
        ...

    def take_canary(self, seconds: float) -> None: ...
    def lose_canary(self) -> None: ...


class Rounds:
    """The node's loops. Each round catches its own failures: a loop that ends would be silent."""

    def __init__(self, node: RoundsNode) -> None:
        self._node = node
        self._tasks: list[asyncio.Task[None]] = []
        self._reported: dict[str, tuple[int, int]] = {}  # room → (viewers, when)
        self._renewed_ms = 0

    def start(self) -> None:
        settings = self._node.settings
        self._tasks = [
            asyncio.create_task(self._tick_for_ever(), name="tick"),
            asyncio.create_task(self._for_ever(settings.check_s, self.check), name="check"),
            asyncio.create_task(self._for_ever(settings.presence_s, self.report_presence), name="presence"),
            asyncio.create_task(self._for_ever(settings.beat_s, self.beacon_round), name="beacons"),
        ]

    async def stop(self) -> None:
        await ended(self._tasks)

    async def _for_ever(self, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + every_s
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            due = max(due + every_s, loop.time())
            try:
                await work()
            except BusUnavailable as error:
                _log.info("a round was left out: %s", error)
            except Exception:
                _log.exception("a round failed")

    async def _tick_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            late_s = max(0.0, loop.time() - due)
            self._node.meter.loop_lag(late_s)
            try:
                self._node.weigh(Load(late_s * 1000, self._node.hub.slowest_ms()), int(loop.time() * 1000))
                await self.judge_deadlines()
                self._node.judging.look()
            except Exception:
                _log.exception("a tick failed")

    async def judge_deadlines(self) -> None:
        """Do what `tick` does, for now, after all that has arrived by now was read.

        A loop that stood still turns to its timers first: the hello of a new viewer may lie unread since it was in time.
        """
        now_ms = self._node.clock.now_ms()
        for _ in range(_TURNS_TO_READ):
            await asyncio.sleep(0)
        self.tick(now_ms)

    def tick(self, now_ms: int) -> None:
        """Turn to every connection whose deadline has passed."""
        node = self._node
        for connection in list(node.wheel.turn(now_ms)):
            try:
                connection.tick(now_ms)
            except Exception:
                _log.exception("a deadline could not be met")
                connection.cut()
        for connection in [one for one in node.lagging if now_ms - one.lagging_ms >= SLOW_AFTER_MS]:
            connection.too_slow()

    async def check(self) -> None:
        """Canary, comparison of positions, mailbox renewal, empty rooms."""
        node = self._node
        try:
            node.take_canary(await node.bus.canary())
        except BusUnavailable:
            node.lose_canary()
            raise
        if not await node.rooms.compare():
            self.forgotten()
        now_ms = node.clock.now_ms()
        if now_ms - self._renewed_ms >= RENEW_MAIL_MS:
            await node.members.renew()
            self._renewed_ms = now_ms
        await node.rooms.forget_empty(now_ms)

    def forgotten(self) -> None:
        """Redis may have lost what we told it: tell it again in the next round."""
        self._renewed_ms = 0
        self._reported.clear()

    async def report_presence(self) -> None:
        """Report viewers per room where they changed, and publish `online` where the sum did."""
        node = self._node
        now_ms = node.clock.now_ms()
        counts = Counter(node.people)
        for room, (_, reported_ms) in list(self._reported.items()):
            if room not in counts:
                counts[room] = 0
                if now_ms - reported_ms >= PRESENCE_AGAIN_MS and self._reported[room][0] == 0:
                    del self._reported[room]
                    del counts[room]
        for room, count in counts.items():
            before = self._reported.get(room)
            if before is not None and before[0] == count and now_ms - before[1] < PRESENCE_AGAIN_MS:
                continue
            everywhere = await node.presence.report(room, node.settings.node, count, now_ms)
            self._reported[room] = (count, now_ms)
            value = encoded(everywhere)
            held = node.hub.rooms.get(room)
            if held is not None and held.is_loaded:
                known = held.state.pulses.get("online")
                if known is not None and known.value == value:
                    continue
            await node.store.publish(room, (Pulse("online", value),), now_ms)

    async def beacon_round(self) -> None:
        """Send every room its beacon with the position as stored, then let the application do its round."""
        node = self._node
        try:
            await node.rooms.compare()
        except BusUnavailable as error:
            # Never shed: without a stored position the last one read (or believed) keeps viewers and proofs alive.
            _log.info("beacons go out without a comparison: %s", error)
        now_ms = node.clock.now_ms()
        for room in list(node.hub.rooms.values()):
            if room.is_loaded and room.audience:
                position = room.stored or room.position
                room.beacon(Beacon(position, now_ms, secrets.token_hex(8)), now_ms)
        await node.application.round(node.live_connections(), now_ms)
