"""The live side on a real Redis: what one process commits, another hears; and what a dying Redis costs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.ear_redis import RedisBus
from broadcaster.errors import BusUnavailable
from broadcaster.frames import Beat, Card, Hello, Notice
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.ports import Joined
from broadcaster.redis_link import RedisLink
from member_cache.errors import CacheUnavailable
from member_cache.reader import ReadThrough
from member_cache.redis_cache import RedisCache
from server.announcing.announcer import Announcer
from server.announcing.shout_controls import ShoutControls
from server.clock import SystemClock
from server.credentials.access import Tokens
from server.credentials.keys import Seal
from server.credentials.permits import Gatekeeper, Permits
from server.credentials.tickets import TicketOffice
from server.domain.commands import ById, Origin, RecordPaidOrder
from server.gateway.app import Gateway
from server.gateway.records import LedgerRecords
from server.hot.redis_hot import RedisHot
from server.ids import MemberId, OrderId, RoomId
from tests.support.redis_server import RedisServer
from tests.support.small_ledger import SmallLedger
from tests.support.stage import SECRET, FakeViewer, FewWidgets, Heard, Meter

T = TypeVar("T")


class Process:
    """One server process' live side, as bootstrap puts it together, over a ledger that both share."""

    def __init__(self, url: str, ledger: SmallLedger) -> None:
        self.ledger = ledger
        self.clock = SystemClock()
        self.meter = Meter()
        self.link = RedisLink(url, "test")
        keys = Keys("test")
        self.store = RedisRoomStore(self.link, keys, self.clock)
        self.bus = RedisBus(self.link, keys)
        self.mailboxes = RedisMailboxes(self.link, keys, self.clock)
        self.cache = RedisCache(self.link.writes, "test")
        self.hot = RedisHot(self.link.writes, "test", clustered=self.link.cluster is not None)
        self.tokens = Tokens(SECRET)
        self.heard = Heard(deliver=self._deliver)
        self.viewers: list[FakeViewer] = []
        self.announcer = Announcer(
            cache=self.cache,
            publisher=self.store,
            mail=self.mailboxes,
            hot=self.hot,
            controls=ShoutControls(ledger, self.clock),
            node=str(id(self)),
            rulebook_at=lambda _: ledger.world.rulebook,
            clock=self.clock,
            meter=self.meter,
        )
        self.gateway = Gateway(
            tokens=self.tokens,
            tickets=TicketOffice(FewWidgets(), self.hot, self.clock),
            widgets=FewWidgets(),
            origins=(),
            intake=ledger,
            truth=ledger,
            reader=ReadThrough(self.cache, LedgerRecords(ledger, self.clock)),
            cache=self.cache,
            hot=self.hot,
            store=self.store,
            tells=self.announcer,
            gatekeeper=Gatekeeper(ledger, Permits(Ed25519PrivateKey.generate()), Seal(SECRET)),
            rulebook_at=lambda _: ledger.world.rulebook,
            calendar=ledger.world.calendar,
            clock=self.clock,
            meter=self.meter,
        )

    async def open(self, node: str) -> None:
        self.node = node
        await self.bus.start(node, self.heard)
        await self.bus.follow("r1")
        self.announcer.start()

    async def close(self) -> None:
        await self.announcer.stop(patience_s=0.5)
        await self.gateway.stop()
        await self.bus.stop()
        await self.link.aclose()

    async def viewer(self, sub: str, name: str) -> FakeViewer:
        token, _ = self.tokens.mint(
            sub=sub, role="viewer", rooms=["*"], now_ms=self.clock.now_ms(), name=name
        )
        verdict = await self.gateway.join(Hello("r1", "viewer", token, token_given=True), None, f"s{sub}")
        assert isinstance(verdict, Joined)
        viewer = FakeViewer(f"s{sub}", "r1", "viewer", verdict.identity)
        self.viewers.append(viewer)
        await self.mailboxes.register((sub,), self.node)
        self.gateway.joined(viewer)
        return viewer

    def _deliver(self, member: str, frame: object) -> None:
        for viewer in self.viewers:
            if viewer.identity.member != member:
                continue
            if isinstance(frame, Notice):
                viewer.send(frame)
            elif (card := self.gateway.render(member, frame, self.clock.now_ms())) is not None:  # type: ignore[arg-type]
                viewer.send(card)


@pytest.fixture
async def ledger() -> SmallLedger:
    ledger = SmallLedger(SystemClock())
    await ledger.put_room("r1")
    await ledger.go_live("r1")
    return ledger


@pytest.fixture(params=["redis_server", "embedded_redis_server"])
async def two(request: pytest.FixtureRequest, ledger: SmallLedger) -> AsyncIterator[tuple[Process, Process]]:
    server: RedisServer = request.getfixturevalue(request.param)
    here, there = Process(server.url, ledger), Process(server.url, ledger)
    await here.open("here")
    await there.open("there")
    ledger.after_commit = here.announcer.after_commit
    items = await here.gateway.items("r1")
    await here.store.rebuild("r1", items or (), here.clock.now_ms())
    yield here, there
    await here.close()
    await there.close()


async def pays(ledger: SmallLedger, member: str, yuan: int) -> None:
    number = len(ledger.receipts)
    origin = Origin("shop", f"e{number}", "x", ledger.clock.now_ms(), room=RoomId("r1"))
    await ledger.submit(
        RecordPaidOrder(origin, ById(MemberId(member)), OrderId(f"o{number}"), yuan * 100, "CNY")
    )


async def test_X2_an_order_committed_here_is_a_card_and_a_shout_at_the_other_node(
    two: tuple[Process, Process], ledger: SmallLedger
) -> None:
    here, there = two
    anna = await there.viewer("anna", "小美")
    await pays(ledger, "anna", 300)
    await there.heard.until(there.heard.moments)
    await there.heard.until(lambda: anna.cards() and anna.cards()[-1]["tier"] == "silver")
    assert there.heard.moments()[0]["text"]["zh-CN"] == "恭喜用户@小美 升级为白银会员!现在下单立减10元!"
    await here.heard.until(here.heard.moments)
    assert here.heard.moments() == there.heard.moments()
    kinds = [type(frame) for frame in anna.sent]
    assert kinds.index(Card) < kinds.index(Notice)


async def test_L2_two_nodes_share_the_rooms_minute_on_redis(
    two: tuple[Process, Process], ledger: SmallLedger
) -> None:
    _, there = two
    for n in range(24):
        ledger.after_commit = two[n % 2].announcer.after_commit
        await pays(ledger, f"m{n}", 300)
        await two[n % 2].announcer.settle()
    await there.heard.until(lambda: len(there.heard.moments()) == 10)
    await ledger.set_room(slow_s=7)
    await there.heard.until(lambda: there.heard.items("slow_s"))
    assert len(there.heard.moments()) == 10


async def test_E1_progress_parked_by_one_node_is_gone_on_from_by_the_other(
    two: tuple[Process, Process], ledger: SmallLedger
) -> None:
    here, there = two
    anna_here = await here.viewer("anna", "小美")
    started = here.clock.now_ms()
    for beat in range(24):
        at = started + beat * 15_000
        here.gateway.beat(anna_here, Beat("n", True, True, 0), at)
        await here.gateway.round([anna_here], at)
    anna_there = await there.viewer("anna", "小美")
    for beat in range(24, 62):
        at = started + beat * 15_000
        there.gateway.beat(anna_there, Beat("n", True, True, 0), at)
        await there.gateway.round([anna_there], at)
    told = {event for source, event in ledger.receipts if source == "watch"}
    assert told == {"watch10:s1:anna:1", "watch15:s1:anna:1"}


@pytest.fixture
async def alone(redis_server: RedisServer, ledger: SmallLedger) -> AsyncIterator[Process]:
    process = Process(redis_server.url, ledger)
    await process.open("here")
    ledger.after_commit = process.announcer.after_commit
    await process.store.rebuild("r1", await process.gateway.items("r1") or (), process.clock.now_ms())
    yield process
    await process.close()


async def test_R4_redis_killed_and_restarted_empty_costs_no_state(
    redis_server: RedisServer, alone: Process, ledger: SmallLedger
) -> None:
    anna = await alone.viewer("anna", "小美")
    redis_server.kill()
    await pays(ledger, "anna", 300)
    await ledger.set_room(slow_s=9)
    redis_server.start()
    await alone.heard.until(lambda: alone.heard.interruptions)
    items = await alone.gateway.items("r1") or ()
    rebuilt = await answered(lambda: alone.store.rebuild("r1", items, alone.clock.now_ms()))
    assert {item.key: item.rev for item in rebuilt.items}["slow_s"] == 2
    alone.gateway.beat(anna, Beat("n", True, True, 1), alone.clock.now_ms())
    await alone.gateway.round([anna], alone.clock.now_ms())
    assert anna.cards()[-1]["tier"] == "silver"
    # The announcer has tried again by itself, and the cache's own pause is over.
    held = await answered(lambda: alone.cache.versions(["anna"]))
    assert held == {"anna": ledger.world.members[MemberId("anna")].version}


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer with something in it: adapters pause a moment after a failure."""
    async with asyncio.timeout(60.0):
        while True:
            try:
                if answer := await ask():
                    return answer
            except (BusUnavailable, CacheUnavailable):
                pass  # asked again below
            await asyncio.sleep(0)
