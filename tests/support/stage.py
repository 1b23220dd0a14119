"""The live side of one node over in-memory twins: a ledger, a Redis, an announcer, a gateway, and viewers."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broadcaster.close_codes import CloseCode
from broadcaster.frames import (
    Act,
    Beat,
    Bye,
    Card,
    CardRecord,
    Comment,
    Content,
    Done,
    Hello,
    MailFrame,
    Moment,
    Notice,
    Numbered,
    PassingFrame,
    PersonalFrame,
    Position,
    Pulse,
    Refused,
    RoomItem,
)
from broadcaster.ports import Identity, Joined, Rejected
from broadcaster.testing import MemoryBus, MemoryMailboxes, MemoryRoomStore, MemoryWorld
from member_cache.reader import ReadThrough
from member_cache.testing import MemoryCache
from server.announcing.announcer import Announcer
from server.announcing.shout_controls import ShoutControls
from server.clock import ManualClock
from server.credentials.access import Tokens
from server.credentials.keys import Seal
from server.credentials.permits import Gatekeeper, Permits
from server.credentials.tickets import TicketOffice, digest_of
from server.domain.commands import Origin, PutReward
from server.domain.rewards import GOODS, RewardTerms, on_offer
from server.funnel import TaskFunnel
from server.gateway.app import Gateway
from server.gateway.records import LedgerRecords
from server.hot.testing import MemoryHot
from server.ids import RewardId, RoomId
from server.ledger.errors import LedgerUnavailable
from server.ledger.widget_book import Widget
from tests.support.small_ledger import SmallLedger

NOW = 1_763_700_000_000
"""2025-11-21 12:40 in Shanghai."""
SECRET = b"0123456789abcdef0123456789abcdef"


def content(encoded: Content) -> Any:
    """What finished bytes say; both subprotocols must say the same."""
    as_json = json.loads(encoded.json)
    assert as_json == msgpack.unpackb(encoded.msgpack)
    return as_json


class FakeViewer:
    """A connection that keeps what it is sent."""

    def __init__(self, session: str, room: str, surface: str, identity: Identity) -> None:
        self.session = session
        self.room = room
        self.surface = surface
        self.identity = identity
        self.shown = True
        self.sent: list[PersonalFrame] = []

    def send(self, *frames: PersonalFrame) -> None:
        self.sent += frames

    def bye(
        self,
        code: CloseCode,
        reason: str,
        retry_after_ms: int = 0,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        self.sent.append(Bye(code, reason, retry_after_ms, details or {}))

    def cards(self) -> list[Any]:
        return [content(frame.body) for frame in self.sent if isinstance(frame, Card)]


class Meter:
    def __init__(self) -> None:
        self.drops: list[tuple[int, str, int]] = []
        self.bad: list[str] = []
        self.faults = 0

    def dropped(self, rank: int, reason: str, n: int) -> None:
        self.drops.append((rank, reason, n))

    def bad_input(self, reason: str) -> None:
        self.bad.append(reason)

    def announce_fault(self) -> None:
        self.faults += 1


@dataclass
class Heard:
    """A node's listener that keeps what goes over the bus."""

    numbered: list[tuple[str, Numbered]] = field(default_factory=list)
    passing: list[tuple[str, PassingFrame]] = field(default_factory=list)
    mailed: list[tuple[str, MailFrame]] = field(default_factory=list)
    deliver: Callable[[str, MailFrame], None] = lambda member, frame: None
    moved: Callable[[str, Sequence[str]], None] = lambda room, keys: None
    interruptions: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[], object], patience_s: float = 60.0) -> None:
        """Return when `holds` does; it is asked again whenever something arrives. Fails with TimeoutError."""
        async with asyncio.timeout(patience_s):
            while not holds():
                self.news.clear()
                await self.news.wait()

    def received(
        self, room: str, position: Position, numbered: Sequence[Numbered], passing: Sequence[PassingFrame]
    ) -> None:
        self.numbered += [(room, one) for one in numbered]
        self.passing += [(room, one) for one in passing]
        keys = [one.frame.key for one in numbered if isinstance(one.frame, RoomItem)]
        if keys:
            self.moved(room, keys)
        self.news.set()

    def mail(self, member: str, frame: MailFrame) -> None:
        self.mailed.append((member, frame))
        self.deliver(member, frame)
        self.news.set()

    def interrupted(self) -> None:
        self.interruptions += 1
        self.news.set()

    def moments(self) -> list[Any]:
        return [content(one.frame.body) for _, one in self.numbered if isinstance(one.frame, Moment)]

    def comments(self) -> list[Any]:
        return [content(frame.body) for _, frame in self.passing if isinstance(frame, Comment)]

    def pulses(self, key: str) -> list[Any]:
        pulses = [frame for _, frame in self.passing if isinstance(frame, Pulse)]
        return [content(pulse.value) for pulse in pulses if pulse.key == key]

    def items(self, key: str) -> list[Any]:
        frames = [one.frame for _, one in self.numbered]
        return [
            None if f.value is None else content(f.value)
            for f in frames
            if isinstance(f, RoomItem) and f.key == key
        ]

    def notices(self, member: str) -> list[Any]:
        return [content(f.body) for to, f in self.mailed if to == member and isinstance(f, Notice)]

    def card_versions(self, member: str) -> list[int]:
        return [f.version for to, f in self.mailed if to == member and isinstance(f, CardRecord)]


class Timers:
    """Timers that go off when the test says so."""

    def __init__(self) -> None:
        self._waiting: dict[int, Callable[[], None]] = {}
        self._number = 0

    def later(self, seconds: float, call: Callable[[], None]) -> "Timers.Handle":
        assert seconds > 0
        self._number += 1
        self._waiting[self._number] = call
        return Timers.Handle(self, self._number)

    def go_off(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for call in waiting.values():
            call()

    @dataclass(frozen=True)
    class Handle:
        timers: "Timers"
        number: int

        def cancel(self) -> None:
            self.timers._waiting.pop(self.number, None)


class FewWidgets:
    """Broadcast widgets by id, as `server.ledger.widget_book` would have them."""

    def __init__(self) -> None:
        self.known: dict[str, Widget] = {}
        self.away = False

    def put(self, widget: str, secret: str, generation: int = 1, room: str = "r1") -> None:
        digest = digest_of(secret)
        self.known[widget] = Widget(widget, RoomId(room), widget, digest, generation, NOW, NOW)

    async def widget(self, widget: str) -> Widget | None:
        self._must_be_here()
        return self.known.get(widget)

    async def generations(self, ids: Sequence[str]) -> dict[str, int]:
        self._must_be_here()
        return {one: self.known[one].generation for one in ids if one in self.known}

    def _must_be_here(self) -> None:
        if self.away:
            raise LedgerUnavailable("switched off")


class Stage:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.ledger = SmallLedger(self.clock)
        self.cache = MemoryCache(self.clock.now_ms)
        self.hot = MemoryHot(self.clock)
        self.redis = MemoryWorld()
        self.store = MemoryRoomStore(self.redis, self.clock)
        self.bus = MemoryBus(self.redis)
        self.mailboxes = MemoryMailboxes(self.redis, self.clock)
        self.meter = Meter()
        self.heard = Heard(deliver=self._deliver, moved=lambda room, keys: self.gateway.moved(room, keys))
        self.tokens = Tokens(SECRET)
        self.permits = Permits(Ed25519PrivateKey.from_private_bytes(SECRET))
        self.seal = Seal(SECRET)
        self.timers = Timers()
        self.widgets = FewWidgets()
        self.office = TicketOffice(self.widgets, self.hot, self.clock)
        self.announcer = self.new_announcer()
        self.funnel = TaskFunnel(self.announcer.after_commit, self.hot)
        self.gateway = self.new_gateway()
        self.ledger.after_commit = self.funnel.after_commit
        self._sessions = 0
        self.viewers: list[FakeViewer] = []

    def new_announcer(self, node: str = "node1") -> Announcer:
        return Announcer(
            cache=self.cache,
            publisher=self.store,
            mail=self.mailboxes,
            hot=self.hot,
            controls=ShoutControls(self.ledger, self.clock),
            node=node,
            rulebook_at=lambda _: self.ledger.world.rulebook,
            clock=self.clock,
            meter=self.meter,
            items_changed=lambda room: self.gateway.rooms.changed(room),
            later=self.timers.later,
        )

    def new_gateway(self) -> Gateway:
        """A gateway as another node, or this one after a restart, would have it: it remembers nothing."""
        return Gateway(
            tokens=self.tokens,
            tickets=self.office,
            widgets=self.widgets,
            origins=("https://shop.example",),
            intake=self.ledger,
            truth=self.ledger,
            reader=ReadThrough(self.cache, LedgerRecords(self.ledger, self.clock)),
            cache=self.cache,
            hot=self.hot,
            store=self.store,
            tells=self.announcer,
            gatekeeper=Gatekeeper(self.ledger, self.permits, self.seal),
            rulebook_at=lambda _: self.ledger.world.rulebook,
            calendar=self.ledger.world.calendar,
            clock=self.clock,
            meter=self.meter,
            offered=lambda: on_offer(self.ledger.world.rewards.values()),
            funnel=self.funnel,
        )

    async def open(self) -> None:
        self.announcer.start()
        await self.bus.start("node1", self.heard)
        await self.bus.follow("r1")
        await self.ledger.put_room("r1")
        await self.ledger.go_live("r1")
        await self.told()
        items = await self.gateway.items("r1")
        await self.store.rebuild("r1", items or (), self.clock.now_ms())

    async def close(self) -> None:
        await self.gateway.stop()
        await self.announcer.stop()

    async def told(self) -> None:
        """Return when what was committed has been announced and delivered, and what waits has been tried again."""
        await asyncio.sleep(0)
        self.timers.go_off()
        for _ in range(10):
            await asyncio.sleep(0)
        await self.announcer.settle()
        await asyncio.sleep(0)

    async def shop(self, reward: str, cost: int, *, stock: int | None = None) -> None:
        """Put goods into the reward shop."""
        terms = RewardTerms("帆布袋", GOODS, cost, stock)
        origin = Origin("api", f"put:{reward}", "x", self.clock.now_ms())
        await self.ledger.submit(PutReward(origin, RewardId(reward), terms))

    def _deliver(self, member: str, frame: MailFrame) -> None:
        """Do with mail what a node does."""
        here = [viewer for viewer in self.viewers if viewer.identity.address == member]
        if isinstance(frame, CardRecord):
            card = self.gateway.render(member, frame, self.clock.now_ms())
            for viewer in here:
                if card is not None:
                    viewer.send(card)
        else:
            for viewer in here:
                viewer.send(frame)

    def redis_is_away(self, away: bool = True) -> None:
        self.redis.is_away = self.cache.away = self.hot.away = away

    def flush_redis(self) -> None:
        self.redis.flush()
        self.cache.flush()
        self.hot.flush()

    # --- viewers ----------------------------------------------------------------------------------

    def token(
        self,
        sub: str = "anna",
        role: str = "viewer",
        rooms: Sequence[str] = ("*",),
        name: str | None = None,
        ttl_s: int = 3_600,
    ) -> str:
        minted, _ = self.tokens.mint(
            sub=sub, role=role, rooms=rooms, now_ms=self.clock.now_ms(), ttl_s=ttl_s, name=name
        )
        return minted

    async def hello(
        self, token: str | None = None, room: str = "r1", surface: str = "viewer", **also: Any
    ) -> Joined | Rejected:
        hello = Hello(room, surface, token, token_given=token is not None, **also)
        self._sessions += 1
        return await self.gateway.join(hello, None, f"session{self._sessions}")

    async def overlay(self, widget: str = "w1", secret: str = "lrw_one", room: str = "r1") -> FakeViewer:
        """Let a broadcast overlay in with a ticket of this widget, which is made if there is none."""
        if widget not in self.widgets.known:
            self.widgets.put(widget, secret, room=room)
        found = await self.office.proven(widget, secret)
        assert found is not None
        bought = await self.office.issue(found)
        verdict = await self.hello(bought[0], room, "broadcast")
        assert isinstance(verdict, Joined), verdict
        overlay = FakeViewer(f"session{self._sessions}", room, "broadcast", verdict.identity)
        assert verdict.identity.address is not None
        await self.mailboxes.register((verdict.identity.address,), "node1")
        self.gateway.joined(overlay)
        self.viewers.append(overlay)
        return overlay

    async def viewer(
        self, sub: str | None = "anna", room: str = "r1", surface: str = "viewer", **token: Any
    ) -> FakeViewer:
        """Let somebody in and return their connection; `sub` None = anonymous."""
        given = None if sub is None else self.token(sub, **token)
        verdict = await self.hello(given, room, surface)
        assert isinstance(verdict, Joined), verdict
        viewer = FakeViewer(f"session{self._sessions}", room, surface, verdict.identity)
        if verdict.card is not None:
            viewer.sent.append(verdict.card)
        if verdict.identity.member is not None:
            await self.mailboxes.register((verdict.identity.member,), "node1")
        self.gateway.joined(viewer)
        self.viewers.append(viewer)
        return viewer

    async def act(self, viewer: FakeViewer, ref: str, act: str, **data: object) -> Done | Refused:
        return await self.gateway.act(viewer, Act(ref, act, data))

    async def done(self, viewer: FakeViewer, ref: str, act: str, **data: object) -> Any:
        """Act, expect `done`, return the result."""
        answer = await self.act(viewer, ref, act, **data)
        assert isinstance(answer, Done), answer
        return content(answer.result)

    async def refused(self, viewer: FakeViewer, ref: str, act: str, **data: object) -> Refused:
        answer = await self.act(viewer, ref, act, **data)
        assert isinstance(answer, Refused), answer
        return answer

    async def watch(
        self,
        viewer: FakeViewer,
        seconds: int,
        every_s: int = 15,
        *,
        playing: bool = True,
        visible: bool = True,
    ) -> None:
        """Let time go by, a beat and a round every `every_s`."""
        for _ in range(seconds // every_s):
            self.clock.advance(every_s * 1_000)
            self.beat(viewer, playing=playing, visible=visible)
            await self.round()

    def beat(
        self,
        viewer: FakeViewer,
        *,
        playing: bool = True,
        visible: bool = True,
        card_version: int | None = None,
    ) -> None:
        if card_version is None:
            card_version = max((card["version"] for card in viewer.cards()), default=0)
        self.gateway.beat(viewer, Beat("nonce", playing, visible, card_version), self.clock.now_ms())

    async def round(self) -> None:
        """What a node does every beat: renew its members' mailboxes, then let the application look after things."""
        members = {viewer.identity.member for viewer in self.viewers if viewer.identity.member is not None}
        if not self.redis.is_away:
            await self.mailboxes.register(sorted(members), "node1")
        await self.gateway.round(self.viewers, self.clock.now_ms())

    def leave(self, viewer: FakeViewer) -> None:
        self.gateway.left(viewer)
        self.viewers.remove(viewer)


@pytest.fixture
async def stage() -> Any:
    """Room r1 with its show s1 live, one node, everything in memory on one manual clock."""
    stage = Stage()
    await stage.open()
    yield stage
    await stage.close()
