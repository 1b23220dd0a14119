"""Twins in memory for tests and demos: store, bus, mailboxes, and a plain application.

Store, bus and mailboxes pass the same contract suite as the real ones. One `MemoryWorld` stands for one Redis:
give it to all twins of all nodes of a test.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from broadcaster.close_codes import CloseCode
from broadcaster.errors import BusUnavailable
from broadcaster.frames import (
    Act,
    Beat,
    Card,
    CardRecord,
    Comment,
    Done,
    Encoded,
    Hello,
    KeptFrame,
    MailFrame,
    Numbered,
    PassingFrame,
    Position,
    Pulse,
    Refused,
    RoomFrame,
    RoomItem,
    Seen,
    Snapshot,
)
from broadcaster.keys import MAILBOX_TTL_MS, PENDING_TTL_MS, PRESENCE_TTL_MS
from broadcaster.ports import (
    Clock,
    Connection,
    Denied,
    Identity,
    Joined,
    Published,
    Rejected,
    RoomListener,
    Upgrade,
)
from broadcaster.roomlog import RoomLog, judge
from broadcaster.roomstate import RoomState
from broadcaster.wire import encoded


@dataclass
class MemoryRoom:
    """What Redis holds of one room. `state` None = no hot state; `revs` outlive it as pending items."""

    state: RoomState | None = None
    log: RoomLog = field(default_factory=RoomLog)
    held: dict[str, RoomItem] = field(default_factory=dict)
    held_until_ms: int = 0
    pulses: dict[str, Pulse] = field(default_factory=dict)
    grown: dict[tuple[str, str], int] = field(default_factory=dict)
    """Revs of growing pulses, by epoch and key."""
    comments: tuple[Comment, ...] = ()
    presence: dict[str, tuple[int, int]] = field(default_factory=dict)


class MemoryWorld:
    """One Redis."""

    def __init__(self) -> None:
        self.rooms: dict[str, MemoryRoom] = defaultdict(MemoryRoom)
        self.listeners: dict[str, tuple[RoomListener, Counter[str]]] = {}
        self.mailboxes: dict[str, dict[str, int]] = defaultdict(dict)
        self.is_away = False
        self._epochs = count(1)

    def new_epoch(self) -> str:
        return f"epoch{next(self._epochs)}"

    def flush(self) -> None:
        """Forget everything, as FLUSHALL does."""
        self.rooms.clear()
        self.mailboxes.clear()

    def reach(self, doing: str) -> None:
        if self.is_away:
            raise BusUnavailable(doing)


class MemoryRoomStore:
    """`RoomStore` and `Presence` in memory."""

    def __init__(self, world: MemoryWorld, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        self._world.reach("publish")
        held = self._world.rooms[room]
        numbered: list[Numbered] = []
        passing: list[PassingFrame] = []
        for frame in frames:
            if isinstance(frame, Comment) or (isinstance(frame, Pulse) and self._has_grown(held, frame)):
                passing.append(frame)
            elif isinstance(frame, Pulse):
                continue
            elif not isinstance(frame, RoomItem) or self._is_newer(held, frame, now_ms):
                numbered += self._keep(held, frame, now_ms)
        shadow = held.state or RoomState(self._stored(held, Position("", 0)))
        shadow.pass_by(passing)
        held.pulses, held.comments = dict(shadow.pulses), tuple(shadow.comments)
        position = held.state.position if held.state is not None else None
        if numbered or passing or position is None:
            self._tell(room, position or Position("", 0), numbered, passing)
        return Published(position, tuple(one.offset for one in numbered))

    def _has_grown(self, held: MemoryRoom, pulse: Pulse) -> bool:
        if not pulse.rev or held.state is None:
            return True
        key = (held.state.position.epoch, pulse.key)
        if held.grown.get(key, 0) >= pulse.rev:
            return False
        held.grown[key] = pulse.rev
        return True

    def _is_newer(self, held: MemoryRoom, item: RoomItem, now_ms: int) -> bool:
        if held.state is None and now_ms > held.held_until_ms:
            held.held.clear()
        before = held.held.get(item.key)
        if before is not None and before.rev >= item.rev:
            return False
        held.held[item.key] = item
        if held.state is None:
            held.held_until_ms = now_ms + PENDING_TTL_MS
        return True

    def _keep(self, held: MemoryRoom, frame: KeptFrame, now_ms: int) -> list[Numbered]:
        if held.state is None:
            return []
        numbered = Numbered(held.state.position.offset + 1, frame, now_ms)
        held.state.fold(numbered)
        held.comments = tuple(held.state.comments)
        held.log.append(numbered, 64, now_ms)
        return [numbered]

    def _stored(self, held: MemoryRoom, position: Position) -> Snapshot:
        items = sorted((one for one in held.held.values() if one.value is not None), key=lambda one: one.key)
        pulses = sorted(held.pulses.values(), key=lambda one: one.key)
        return Snapshot(position, tuple(items), tuple(pulses), held.comments)

    def _tell(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        for listener, followed in self._world.listeners.values():
            if followed[room] > 0:
                asyncio.get_running_loop().call_soon(listener.received, room, position, numbered, passing)

    async def snapshot(self, room: str) -> Snapshot | None:
        self._world.reach("snapshot")
        held = self._world.rooms[room]
        return None if held.state is None else self._stored(held, held.state.position)

    async def rebuild(self, room: str, items: Sequence[RoomItem], now_ms: int) -> Snapshot:
        self._world.reach("rebuild")
        held = self._world.rooms[room]
        if held.state is None:
            for item in items:
                self._is_newer(held, item, now_ms)
            held.log.clear()
            held.state = RoomState(self._stored(held, Position(self._world.new_epoch(), 0)))
        return self._stored(held, held.state.position)

    async def since(self, room: str, position: Position, limit: int) -> Sequence[Numbered] | None:
        self._world.reach("since")
        held = self._world.rooms[room]
        if held.state is None:
            return None
        sent_ms = held.log.sent_ms(position.offset + 1)
        verdict = judge(position, held.state.position, held.log.first, sent_ms, self._clock.now_ms())
        missed = held.log.after(position.offset) if verdict.recovered else None
        return missed if missed is not None and len(missed) <= limit else None

    async def recent(self, room: str, epoch: str) -> Sequence[Numbered]:
        self._world.reach("recent")
        held = self._world.rooms[room]
        if held.state is None or held.state.position.epoch != epoch:
            return ()
        return held.log.after(-1)

    async def positions(self, rooms: Sequence[str]) -> Mapping[str, Position]:
        self._world.reach("positions")
        held = {room: self._world.rooms[room].state for room in rooms}
        return {room: state.position for room, state in held.items() if state is not None}

    async def report(self, room: str, node: str, count: int, now_ms: int) -> int:
        self._world.reach("presence")
        presence = self._world.rooms[room].presence
        presence[node] = (now_ms + PRESENCE_TTL_MS, count)
        return sum(viewers for until_ms, viewers in presence.values() if until_ms >= now_ms)


class MemoryBus:
    """`RoomBus` in memory."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world
        self._node = ""

    async def start(self, node: str, listener: RoomListener) -> None:
        self._node = node
        self._world.listeners[node] = (listener, Counter())

    async def stop(self) -> None:
        self._world.listeners.pop(self._node, None)

    async def follow(self, room: str) -> None:
        self._world.reach("subscribe")
        self._world.listeners[self._node][1][room] += 1

    async def unfollow(self, room: str) -> None:
        self._world.listeners[self._node][1][room] -= 1

    async def canary(self) -> float:
        self._world.reach("canary")
        return 0.0


class MemoryMailboxes:
    """`Mailboxes` in memory."""

    def __init__(self, world: MemoryWorld, clock: Clock) -> None:
        self._world = world
        self._clock = clock

    async def send(self, mail: Sequence[tuple[str, MailFrame]]) -> None:
        self._world.reach("mail")
        for member, frame in mail:
            for node, until_ms in self._world.mailboxes[member].items():
                if until_ms >= self._clock.now_ms() and node in self._world.listeners:
                    listener, _ = self._world.listeners[node]
                    asyncio.get_running_loop().call_soon(listener.mail, member, frame)

    async def register(self, members: Sequence[str], node: str) -> None:
        self._world.reach("register")
        for member in members:
            self._world.mailboxes[member][node] = self._clock.now_ms() + MAILBOX_TTL_MS

    async def unregister(self, members: Sequence[str], node: str) -> None:
        self._world.reach("unregister")
        for member in members:
            self._world.mailboxes[member].pop(node, None)


class CountingMeter:
    """`Meter` that keeps everything it was told, by (name, label)."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.levels: list[int] = []

    def connections(self, delta: int) -> None:
        self.counts["connections", ""] += delta

    def join(self, outcome: str) -> None:
        self.counts["join", outcome] += 1

    def close(self, code: int) -> None:
        self.counts["close", str(code)] += 1

    def delivered(self, lane: str, n: int) -> None:
        self.counts["delivered", lane] += n

    def dropped(self, rank: int, reason: str, n: int) -> None:
        self.counts["dropped", reason] += n

    def fanout(self, seconds: float) -> None:
        self.seconds["fanout"].append(seconds)

    def event_to_socket(self, seconds: float) -> None:
        self.seconds["event_to_socket"].append(seconds)

    def recovery(self, result: str) -> None:
        self.counts["recovery", result] += 1

    def loop_lag(self, seconds: float) -> None:
        self.seconds["loop_lag"] = [*self.seconds["loop_lag"][-99:], seconds]

    def overload(self, level: int) -> None:
        self.levels.append(level)

    def canary(self, seconds: float) -> None:
        self.seconds["canary"].append(seconds)


class PlainApplication:
    """`Application` with rooms given as items; a token is the member's name, ``bad…`` is refused.

    A token may say more: ``m1@1700000000000`` expires then; ``host:h1`` is a host.
    """

    features: tuple[str, ...] = ()

    def __init__(self, rooms: Mapping[str, Sequence[RoomItem]], origins: Sequence[str] = ()) -> None:
        self.rooms = {room: list(items) for room, items in rooms.items()}
        self.origins = set(origins)
        self.beats: list[tuple[str, Beat]] = []
        self.acts: list[Act] = []
        self.joins: list[Hello] = []
        self.reports: list[Seen] = []
        self.moves: list[tuple[str, tuple[str, ...]]] = []
        self.live: set[Connection] = set()
        self.rounds = 0
        self.act_gate: asyncio.Event | None = None
        """When set, acts are answered only after it is."""

    def admit(self, upgrade: Upgrade) -> Denied | None:
        same = upgrade.origin is None or upgrade.origin.partition("://")[2] == upgrade.host
        return None if same or upgrade.origin in self.origins else Denied(403, "foreign origin")

    async def join(self, hello: Hello, identity: Identity | None, session: str) -> Joined | Rejected:
        self.joins.append(hello)
        if hello.room not in self.rooms:
            return Rejected(CloseCode.NOT_ALLOWED_IN, "no such room")
        if hello.token_given or identity is None:
            return self._identify(hello.token)
        return Joined(identity, card_of(identity.member))

    async def token(self, connection: Connection, token: str) -> Joined | Rejected:
        return self._identify(token)

    def _identify(self, token: str | None) -> Joined | Rejected:
        if token is None:
            return Joined(Identity(None, "anonymous"), None)
        if token.startswith("bad"):
            return Rejected(CloseCode.NOT_AUTHORISED, "token refused")
        name, _, expires = token.partition("@")
        expires_ms = int(expires) if expires else None
        if name.startswith("host:"):
            return Joined(Identity(None, "host", name[5:], expires_ms), None)
        return Joined(Identity(name, "viewer", name, expires_ms), card_of(name))

    async def act(self, connection: Connection, act: Act) -> Done | Refused:
        if self.act_gate is not None:
            await self.act_gate.wait()
        self.acts.append(act)
        if act.name == "explode":
            raise RuntimeError("an act of a test explodes")
        if connection.identity.member is None:
            return Refused(act.ref, "sign_in", "sign in first")
        return Done(act.ref, encoded({"points": len(self.acts)}))

    def joined(self, connection: Connection) -> None:
        self.live.add(connection)

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None:
        self.beats.append((connection.session, beat))

    def seen(self, connection: Connection, seen: Seen) -> None:
        self.reports.append(seen)

    def left(self, connection: Connection) -> None:
        self.live.discard(connection)

    def moved(self, room: str, keys: Sequence[str]) -> None:
        self.moves.append((room, tuple(keys)))

    async def round(self, connections: Sequence[Connection], now_ms: int) -> None:
        self.rounds += 1

    def render(self, member: str, record: CardRecord, now_ms: int) -> Card | None:
        return card_of(member, record.version)

    async def items(self, room: str) -> Sequence[RoomItem] | None:
        return self.rooms.get(room)


def card_of(member: str | None, version: int = 1) -> Card | None:
    """Return a small card, None for nobody."""
    if member is None:
        return None
    return Card(version, 0, encoded({"member": member, "version": version, "as_of_ms": 0}))


def text_item(key: str, rev: int, text: str | None) -> RoomItem:
    """Return an item whose value is a string; None = removed."""
    value: Encoded | None = None if text is None else encoded(text)
    return RoomItem(key, rev, value)
