"""One node: the composition of everything here, and what its connections ask of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Protocol

from broadcaster.actions import (
    Action,
    Close,
    Count,
    Cut,
    Judge,
    Perform,
    Ping,
    Refresh,
    Report,
    Send,
    Show,
)
from broadcaster.audience import Welcoming
from broadcaster.close_codes import CloseCode
from broadcaster.codec import encode, seal
from broadcaster.ending import ended
from broadcaster.frames import (
    NULL,
    Act,
    Card,
    MailFrame,
    Numbered,
    PassingFrame,
    Position,
    Refused,
    RoomItem,
)
from broadcaster.hub import Hub, Room
from broadcaster.joining import join, refresh, welcome_bytes
from broadcaster.judging import Judging
from broadcaster.members import Members
from broadcaster.overload import POLL_RETRY_MS, Ladder, Level, Load, climb
from broadcaster.ports import (
    Application,
    Clock,
    Denied,
    Identity,
    Mailboxes,
    Meter,
    Presence,
    RoomBus,
    RoomStore,
    Upgrade,
)
from broadcaster.protocol import LiveConnection
from broadcaster.rooms import Rooms
from broadcaster.rounds import Rounds
from broadcaster.settings import NodeSettings
from broadcaster.wheel import Wheel

_log = logging.getLogger(__name__)
CANARY_OLD_MS = 15_000
"""Three checks without a canary: the bus does not work."""


class Store(RoomStore, Presence, Protocol):
    """What a node needs of its store."""


class Node:
    """The live socket's side of one process. Give ``live_protocol(node)`` to uvicorn; `start` first, `stop` last."""

    def __init__(
        self,
        settings: NodeSettings,
        application: Application,
        store: Store,
        bus: RoomBus,
        mailboxes: Mailboxes,
        meter: Meter,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.application = application
        self.store: RoomStore = store
        self.presence: Presence = store
        self.bus = bus
        self.meter = meter
        self.clock = clock
        self.hub = Hub(clock, meter, self._lost)
        self.rooms = Rooms(self.hub, store, bus, application, clock)
        self.members = Members(settings.node, mailboxes, application, clock, self.spawn)
        self.wheel: Wheel[LiveConnection] = Wheel(clock.now_ms())
        self.judging = Judging()
        self.lagging: set[LiveConnection] = set()
        self.people: Counter[str] = Counter()
        """Viewers per room, for `online`."""
        self.ws_logger = logging.getLogger("broadcaster.websocket")
        self.ws_logger.setLevel(logging.WARNING)  # websockets logs each connection's end at INFO
        self._rounds = Rounds(self)
        self._connections: dict[LiveConnection, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        self._canary_ms = 0
        self._ladder = Ladder()

    # --- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to listen. Returns at once with Redis away, too: then the node is live and not ready (R11)."""
        await self.bus.start(self.settings.node, self)
        self._rounds.start()
        self.spawn(self._first_check())

    async def _first_check(self) -> None:
        try:
            self.take_canary(await self.bus.canary())
        except Exception as error:
            _log.info("the bus is not there yet: %s", error)

    async def stop(self) -> None:
        """End all loops and tasks; connections still there are cut."""
        await self._rounds.stop()
        for connection in list(self._connections):
            connection.cut()
        await self.rooms.stop()
        await ended(self._tasks | self.judging.tasks)
        await self.bus.stop()

    async def drain(self, within_s: float = 30.0) -> None:
        """Take nobody in any more and send everybody away, evenly; return when all are gone or time is up."""
        self._draining = True
        loop = asyncio.get_running_loop()
        ends = loop.time() + within_s
        step = max(1, self.settings.drain_per_s // 20)
        waiting = list(self._connections)
        while self._connections and loop.time() < ends:
            for connection in waiting[:step]:
                connection.bye(CloseCode.GOING_AWAY, "going away", self.spread_ms())
            waiting = waiting[step:]
            await asyncio.sleep(0.05)

    @property
    def is_ready(self) -> bool:
        """Whether the bus has brought a canary back lately, and nobody is being sent away."""
        return not self._draining and self.clock.now_ms() - self._canary_ms <= CANARY_OLD_MS

    @property
    def level(self) -> Level:
        """How overloaded this node is (X5)."""
        return self.hub.level

    def weigh(self, load: Load, at_ms: int) -> None:
        """Take one reading of the load; `at_ms` is of a clock that never goes back. May change the level."""
        before = self._ladder.level
        self._ladder = climb(self._ladder, load, at_ms)
        level = self._ladder.level
        if level == before:
            return
        _log.warning(
            "overload level %d, was %d: loop %.0f ms late, slowest fan-out %.0f ms",
            *(level, before, load.lag_ms, load.fanout_ms),
        )
        self.meter.overload(int(level))
        self.hub.take_level(level)

    def take_canary(self, seconds: float) -> None:
        self._canary_ms = self.clock.now_ms()
        self.meter.canary(seconds)

    def lose_canary(self) -> None:
        self._canary_ms = 0

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run something short in the background; it ends with the node."""
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- the bus's listener -----------------------------------------------------------------------

    def received(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        held = self.hub.rooms.get(room)
        if held is None:
            return
        held.received((position, numbered, passing), self.clock.now_ms())
        keys = [one.frame.key for one in numbered if isinstance(one.frame, RoomItem)]
        if keys:
            self.application.moved(room, keys)

    def mail(self, member: str, frame: MailFrame) -> None:
        self.members.deliver(member, frame)

    def interrupted(self) -> None:
        self.rooms.resync_all()
        self._rounds.forgotten()

    def _lost(self, room: Room) -> None:
        self.rooms.resync(room)

    # --- asked by connections ---------------------------------------------------------------------

    def admit(self, upgrade: Upgrade) -> Denied | None:
        """Judge an upgrade: limits are the node's, the origin is the application's."""
        if self._draining:
            return Denied(503, "going away", retry_after_s=1 + self.spread_ms() // 1000)
        denied = self.application.admit(upgrade)
        if denied is None and len(self._connections) >= self.settings.hard_limit:
            return Denied(503, "full", retry_after_s=1 + self.spread_ms() // 1000)
        return denied

    def opened(self, connection: LiveConnection) -> None:
        self._connections[connection] = None
        self.meter.connections(1)
        self.wheel.file(connection)
        if len(self._connections) > self.settings.soft_limit:
            connection.bye(CloseCode.OVERLOADED, "full", self.spread_ms())
        elif self.level is Level.POLL:
            connection.bye(
                CloseCode.OVERLOADED, "overloaded: poll meanwhile", POLL_RETRY_MS + self.spread_ms()
            )

    def gone(self, connection: LiveConnection, code: int) -> None:
        """The socket is no more."""
        self.leave(connection)
        self.wheel.drop(connection)
        if self._connections.pop(connection, self) is None:
            self.meter.connections(-1)
            self.meter.close(code)

    def leave(self, connection: LiveConnection) -> None:
        """Take a viewer out of its room; called again it does nothing."""
        self.lagging.discard(connection)
        room = self.hub.rooms.get(connection.room)
        if room is not None:
            room.leave(connection)
        if not connection.has_entered:
            return
        connection.has_entered = False
        self._count(connection, False)
        address = connection.identity.address
        if address is not None:
            self.members.leave(address, connection)
        try:
            self.application.left(connection)
        except Exception:
            _log.exception("the application could not take a leaving")

    def nonces(self, room: str) -> Sequence[str]:
        held = self.hub.rooms.get(room)
        return () if held is None else held.nonces

    def perform(self, connection: LiveConnection, action: Action) -> None:
        """Do one thing a session wants done."""
        match action:
            case Send(frame):
                connection.answer(frame)
            case Perform(act):
                self.spawn(self._act(connection, act))
            case Count(beat):
                self.application.beat(connection, beat, self.clock.now_ms())
            case Judge(hello, identity):
                self.judging.begin(join(self, connection, hello, identity))
            case Show(visible):
                self._show(connection, visible)
            case Refresh(token):
                self.spawn(refresh(self, connection, token))
            case Report(seen):
                self.application.seen(connection, seen)
            case Ping():
                connection.ping()
            case Close(code, reason, retry_after_ms, details):
                connection.bye(code, reason, retry_after_ms, details)
            case Cut():
                connection.cut()

    async def _act(self, connection: LiveConnection, act: Act) -> None:
        try:
            answer = await self.application.act(connection, act)
        except Exception:
            _log.exception("an act failed: %s", act.name)
            answer = Refused(act.ref, "try_later", "our fault", retry_after_ms=1_000)
        connection.perform(connection.session_state.answered(answer))

    def _show(self, connection: LiveConnection, visible: bool) -> None:
        room = self.hub.rooms.get(connection.room)
        if room is None:
            return
        room.moved(connection)
        pulses = room.snapshot().pulses
        if visible and pulses:
            wire = connection.wire
            connection.write(seal(wire, [encode(pulse, wire) for pulse in pulses]))
            self.meter.delivered("passing", len(pulses))

    def entered(self, connection: LiveConnection, before: Identity | None) -> None:
        """A viewer is live (again): enter its member, replace the oldest beyond the limit, tell the application."""
        if connection.is_lost or not connection.session_state.is_live:
            return
        connection.has_entered = True
        self._count(connection, connection.surface == "viewer")
        address = connection.identity.address
        if before is not None and before.address is not None and before.address != address:
            self.members.leave(before.address, connection)
        if address is not None:
            for oldest in self.members.enter(address, connection, self.settings.max_per_member):
                oldest.bye(CloseCode.REPLACED, "replaced by a newer connection")
        self.application.joined(connection)

    def _count(self, connection: LiveConnection, counts: bool) -> None:
        """Keep the audience: people watching; overlays and hosts are not the audience."""
        if counts != connection.counts:
            connection.counts = counts
            self.people[connection.room] += 1 if counts else -1
            if not self.people[connection.room]:
                del self.people[connection.room]

    def answer_card(self, connection: LiveConnection, card: Card | None) -> None:
        connection.send(Card(0, 0, NULL) if card is None else card)

    # --- slow viewers -----------------------------------------------------------------------------

    def lags(self, connection: LiveConnection) -> None:
        self.lagging.add(connection)
        self.meter.dropped(0, "lagging", 1)

    def drained(self, connection: LiveConnection) -> None:
        """A lagging viewer reads again: what it missed is made good by one fresh welcome."""
        self.lagging.discard(connection)
        room = self.hub.rooms.get(connection.room)
        if room is not None and connection.session_state.is_live:
            self.welcome_anew(connection, room)
            room.enter(connection)

    def welcome_anew(self, connection: LiveConnection, room: Welcoming) -> None:
        if connection.is_lost or not connection.session_state.is_live:
            return
        wire = connection.wire
        connection.write(seal(wire, [welcome_bytes(self, connection, room, self.clock.now_ms())]))

    # --- asked by the rounds ----------------------------------------------------------------------

    def live_connections(self) -> list[LiveConnection]:
        return [one for one in self._connections if one.has_entered]

    def spread_ms(self) -> int:
        return random.randrange(self.settings.reconnect_spread_ms + 1)
