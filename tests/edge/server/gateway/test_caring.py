"""What a node's round puts right: cards that got lost, room items that fell behind."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from broadcaster.errors import BusUnavailable
from broadcaster.frames import CardRecord, RoomFrame, Seen
from broadcaster.ports import Published
from broadcaster.testing import MemoryRoomStore
from server.domain.commands import Origin, SetRoom
from server.ids import MemberId, RoomId
from server.views import record_body, record_of
from tests.support.stage import FakeViewer, Stage, content


async def test_R9_a_card_that_got_lost_is_sent_again_in_the_next_round(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.ledger.change("anna", points=70)  # committed, and whoever should have told it is dead
    stage.beat(anna)
    await stage.round()
    assert anna.cards()[-1]["points"] == 70
    assert (await stage.cache.versions(["anna"]))["anna"] == 2


async def test_R9_whoever_has_the_newest_card_is_left_alone(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    sent = len(anna.sent)
    for _ in range(3):
        stage.beat(anna)
        await stage.round()
    assert len(anna.sent) == sent


async def test_R9_a_card_lost_on_the_way_twice_is_sent_until_the_beat_says_it_is_there(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.ledger.change("anna", points=70)
    for _ in range(2):
        stage.beat(anna, card_version=1)
        await stage.round()
    assert [card["points"] for card in anna.cards()][-2:] == [70, 70]


async def test_R9_many_viewers_are_compared_in_one_question(stage: Stage) -> None:
    viewers = [await stage.viewer(f"m{i}") for i in range(50)]
    before = stage.ledger.asked.copy()
    for viewer in viewers:
        stage.beat(viewer)
    await stage.round()
    assert stage.ledger.asked["versions"] - before["versions"] == 1
    assert stage.ledger.asked["members"] == before["members"]


async def test_R5_with_sql_away_the_hot_copies_are_compared(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.ledger.change("anna", points=70)
    await stage.cache.put_if_newer([record_of(stage.ledger.world.members[MemberId("anna")])])
    stage.ledger.away = True
    stage.beat(anna)
    await stage.round()
    assert anna.cards()[-1]["points"] == 70


async def test_R4_with_everything_away_a_round_does_no_harm(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    stage.ledger.away = True
    stage.redis_is_away()
    stage.beat(anna)
    await stage.round()
    assert len(anna.cards()) >= 1


async def test_X2_a_record_that_comes_by_mail_is_rendered_for_the_room_it_is_seen_in(stage: Stage) -> None:
    await stage.viewer("anna", name="小美")
    member = stage.ledger.change("anna", points=70)
    card = stage.gateway.render("anna", CardRecord(member.version, record_body(member)), stage.clock.now_ms())
    assert card is not None
    assert (card.version, card.as_of_ms) == (member.version, stage.clock.now_ms())
    assert content(card.body)["points"] == 70


async def test_R9_a_record_nobody_can_read_leaves_the_old_card_and_is_counted(stage: Stage) -> None:
    assert stage.gateway.render("anna", CardRecord(5, b"of another version"), stage.clock.now_ms()) is None
    assert stage.meter.bad == ["member_record"]


async def test_R4_all_items_of_a_room_come_from_the_ledger(stage: Stage) -> None:
    items = await stage.gateway.items("r1")
    assert items is not None
    keys = {item.key for item in items}
    assert {"id", "name", "show", "writers", "slow_s", "theme", "tiers/silver"} <= keys
    silver = next(item for item in items if item.key == "tiers/silver")
    assert silver.value is not None
    assert content(silver.value)["rev"] == silver.rev
    assert await stage.gateway.items("nowhere") is None


async def test_R5_with_sql_away_a_rooms_items_are_unavailable_not_absent(stage: Stage) -> None:
    stage.ledger.away = True
    with pytest.raises(BusUnavailable):
        await stage.gateway.items("r1")


async def test_R9_an_item_whose_publishing_got_lost_is_published_by_the_next_round(stage: Stage) -> None:
    await stage.viewer("anna")
    stage.ledger.after_commit = None  # committed, and whoever should have told it is dead
    await stage.ledger.set_room(slow_s=30)
    assert stage.heard.items("slow_s") == []
    await stage.round()
    assert stage.heard.items("slow_s") == [30]
    await stage.round()
    assert stage.heard.items("slow_s") == [30]


class CountingStore(MemoryRoomStore):
    published = 0

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        self.published += 1
        return await super().publish(room, frames, now_ms)


async def test_R9_a_round_publishes_nothing_where_nothing_is_behind(stage: Stage) -> None:
    stage.store = store = CountingStore(stage.redis, stage.clock)
    stage.gateway = stage.new_gateway()
    await stage.viewer("anna")
    await stage.round()
    assert store.published == 0


async def test_R4_a_room_without_hot_state_is_left_to_whoever_joins_next(stage: Stage) -> None:
    await stage.viewer("anna")
    stage.redis.flush()
    await stage.round()
    assert await stage.store.snapshot("r1") is None


async def test_L7_who_has_left_is_forgotten(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.beat(anna)
    sent = len(anna.sent)
    stage.leave(anna)
    stage.ledger.change("anna", points=70)
    await stage.gateway.round([anna], stage.clock.now_ms())
    assert len(anna.sent) == sent
    stage.gateway.left(anna)  # said twice does no harm


async def test_T4_an_anonymous_viewer_who_signs_in_is_looked_after_from_then_on(stage: Stage) -> None:
    viewer = await stage.viewer(None)
    stage.beat(viewer)
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    viewer.identity = anna.identity
    stage.gateway.joined(viewer)
    stage.gateway.joined(viewer)
    stage.beat(viewer, card_version=0)
    await stage.round()
    assert [card["name"] for card in viewer.cards()] == ["小美"]


async def test_R8_what_a_client_says_it_has_seen_is_taken_quietly(stage: Stage) -> None:
    viewer = await stage.viewer(None)
    stage.gateway.seen(viewer, Seen(("mo_1", "")))
    assert viewer.sent == []


async def test_L13_a_room_changed_here_is_seen_changed_at_once(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    assert stage.gateway.rooms.last("r1") is not None
    origin = Origin("api", "close", "x", stage.clock.now_ms(), room=RoomId("r1"))
    await stage.ledger.submit(SetRoom(origin, writers="members"))
    room = await stage.gateway.rooms.get(RoomId("r1"))
    assert room is not None
    assert room.writers == "members"
    assert isinstance(anna, FakeViewer)


async def test_X2_a_round_that_hangs_holds_up_neither_the_beacons_nor_the_next_round(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.gateway.app.ROUND_WITHIN_S", 0.01)
    anna = await stage.viewer("anna", name="小美")
    gate = asyncio.Event()
    versions = stage.ledger.versions

    async def slow(ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        await gate.wait()
        return await versions(ids)

    stage.ledger.versions = slow  # type: ignore[method-assign]
    stage.ledger.change("anna", points=70)
    stage.beat(anna, card_version=1)
    await stage.round()
    await stage.round()
    stage.ledger.versions = versions  # type: ignore[method-assign]
    gate.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert anna.cards()[-1]["points"] == 70


async def test_R9_a_bug_in_a_round_reaches_whoever_runs_the_rounds(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")

    async def broken(ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        raise ZeroDivisionError

    stage.ledger.versions = broken  # type: ignore[method-assign]
    stage.beat(anna)
    with pytest.raises(ZeroDivisionError):
        await stage.round()


async def test_R4_with_redis_away_a_lost_card_comes_from_the_ledger(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.ledger.change("anna", points=70)
    stage.redis_is_away()
    stage.beat(anna)
    await stage.round()
    assert anna.cards()[-1]["points"] == 70
