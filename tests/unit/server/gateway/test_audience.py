"""Viewers by tier at one node."""

from __future__ import annotations

from broadcaster.ports import Identity
from server.clock import ManualClock
from server.gateway.audience import AGAIN_MS, UNKNOWN, Audience
from server.hot.keys import AUDIENCE_MS
from server.hot.ports import UNSIGNED
from server.hot.testing import MemoryHot
from server.ids import RoomId
from tests.support.stage import FakeViewer

NOW = 1_760_000_000_000
R1, R2 = RoomId("r1"), RoomId("r2")


class Node:
    def __init__(self, hot: MemoryHot, name: str = "n1") -> None:
        self.hot = hot
        self.audience = Audience(hot, name)

    def enters(self, who: str | None, room: str = "r1", surface: str = "viewer") -> FakeViewer:
        viewer = FakeViewer(f"session of {who}", room, surface, Identity(who, "viewer"))
        self.audience.entered(viewer)
        return viewer

    async def says(self, now_ms: int = NOW, room: RoomId = R1) -> dict[str, int]:
        await self.audience.refresh(now_ms)
        return dict(await self.hot.audience(room, now_ms))


def node() -> Node:
    return Node(MemoryHot(ManualClock(NOW)))


async def test_HOT11_viewers_are_counted_by_tier_and_those_without_account_apart() -> None:
    here = node()
    for who, tier in (("anna", "gold"), ("ben", "gold"), ("carl", "basic")):
        here.audience.carded(who, tier, ())
        here.enters(who)
    here.enters(None)
    here.enters("dora")
    assert await here.says() == {"gold": 2, "basic": 1, UNSIGNED: 1, UNKNOWN: 1}


async def test_HOT11_overlays_and_hosts_are_no_audience() -> None:
    here = node()
    here.enters(None, surface="broadcast")
    here.enters(None, surface="host")
    assert await here.says() == {}


async def test_HOT11_a_member_who_rises_moves_on_all_connections() -> None:
    here = node()
    here.audience.carded("anna", "bronze", ())
    both = [here.enters("anna"), here.enters("anna", "r2")]
    assert await here.says() == {"bronze": 1}
    here.audience.carded("anna", "silver", both)
    assert (await here.says(NOW + 1), await here.says(NOW + 1, R2)) == ({"silver": 1}, {"silver": 1})


async def test_HOT11_who_goes_is_gone_and_who_signs_in_is_counted_once() -> None:
    here = node()
    viewer = here.enters(None)
    here.audience.carded("anna", "gold", ())
    viewer.identity = Identity("anna", "viewer")
    here.audience.entered(viewer)
    here.audience.entered(viewer)
    assert await here.says() == {"gold": 1}
    here.audience.left(viewer)
    here.audience.left(viewer)
    here.audience.forgotten("anna")
    assert await here.says(NOW + 1) == {}


async def test_HOT11_only_what_changed_is_told_and_everything_again_before_it_runs_out() -> None:
    here = node()
    here.enters(None)
    await here.says()
    here.hot.flush()
    assert await here.says(NOW + AGAIN_MS - 1) == {}, "nothing has changed"
    assert await here.says(NOW + AGAIN_MS) == {UNSIGNED: 1}
    assert AGAIN_MS * 2 < AUDIENCE_MS


async def test_HOT11_two_nodes_are_added_up() -> None:
    one = node()
    two = Node(one.hot, "n2")
    one.enters(None)
    two.enters(None)
    await one.says()
    assert await two.says() == {UNSIGNED: 2}


async def test_HOT7_with_redis_away_it_is_told_when_it_is_back() -> None:
    here = node()
    here.enters(None)
    here.hot.away = True
    await here.audience.refresh(NOW)
    here.hot.away = False
    assert await here.says(NOW + 1) == {UNSIGNED: 1}
