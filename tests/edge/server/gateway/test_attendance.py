"""Whom the host could speak of, as two nodes know it: noted with the card, told once a round (L9)."""

from dataclasses import replace

from server.domain.attending import RAISED_MS, Close, Present, present_of
from server.domain.days import date_of
from server.domain.state import DayBucket
from server.gateway.attendance import MOST_TOLD
from server.hot.keys import ATTENDANCE_MS
from server.ids import RoomId, TierId
from tests.support.stage import FakeViewer, Stage

ROOM = RoomId("r1")
SILVER, GOLD = TierId("silver"), TierId("gold")


async def present(stage: Stage) -> Present:
    now_ms = stage.clock.now_ms()
    return present_of(await stage.hot.attending(ROOM, now_ms), stage.ledger.world.rulebook, now_ms)


async def near_gold(stage: Stage, name: str, lacks: int = 40) -> FakeViewer:
    """Let a silver member in who lacks so much to gold."""
    await stage.done(await stage.viewer(name), "first", "follow")
    stage.leave(stage.viewers[-1])
    today = stage.ledger.world.calendar.day_of(stage.clock.now_ms())
    grown = (DayBucket(today - 1, 2_000 - lacks),)
    stage.ledger.change(name, tier=SILVER, tier_until_ms=stage.clock.now_ms() * 2, days=grown)
    stage.cache.flush()
    return await stage.viewer(name)


async def test_L9_silver_members_near_gold_are_counted_by_the_next_round(stage: Stage) -> None:
    for name in ("anna", "bo", "cai"):
        await near_gold(stage, name)
    await stage.viewer("dee")
    await stage.viewer(None)
    assert await present(stage) == Present(), "nothing is told at a join"
    await stage.round()
    assert (await present(stage)).close == (Close(SILVER, GOLD, 3, 50),)


async def test_L9_a_member_on_two_nodes_is_one_and_a_node_that_is_gone_counts_no_more(stage: Stage) -> None:
    await near_gold(stage, "anna")
    await stage.round()
    first = stage.gateway
    stage.gateway = stage.new_gateway()
    there = await stage.viewer("anna")
    await stage.round()
    assert (await present(stage)).close == (Close(SILVER, GOLD, 1, 50),)
    stage.clock.advance(ATTENDANCE_MS // 2)
    stage.gateway, second = first, stage.gateway
    await stage.round()
    stage.clock.advance(ATTENDANCE_MS // 2)
    assert (await present(stage)).close == (Close(SILVER, GOLD, 1, 50),), "the first node still says so"
    stage.gateway = second
    stage.leave(there)


async def test_L9_who_left_who_reached_the_tier_and_a_show_that_ended_are_not_counted(stage: Stage) -> None:
    anna, bo = await near_gold(stage, "anna"), await near_gold(stage, "bo")
    await stage.round()
    stage.leave(bo)
    await stage.round()
    assert (await present(stage)).close == (Close(SILVER, GOLD, 1, 50),)
    await stage.round()
    stage.ledger.change("anna", tier=GOLD)
    stage.cache.flush()
    stage.leave(anna)
    await stage.viewer("anna")
    await stage.round()
    assert (await present(stage)).close == ()
    await near_gold(stage, "bo")
    await stage.round()
    assert (await present(stage)).close != ()
    await stage.ledger.end_show()
    await stage.told()
    await stage.round()
    assert (await present(stage)).close == ()


async def test_L9_a_level_up_and_a_birthday_are_told_too(stage: Stage) -> None:
    now_ms = stage.clock.now_ms()
    today = date_of(stage.ledger.world.calendar.day_of(now_ms))
    await stage.done(await stage.viewer("anna"), "first", "follow")
    stage.leave(stage.viewers[-1])
    stage.ledger.change("anna", tier=SILVER, shouted={SILVER: now_ms}, birthday=f"{today:%m-%d}")
    stage.cache.flush()
    await stage.viewer("anna")
    await stage.round()
    seen = await present(stage)
    assert [(one.tier, one.count) for one in seen.raised] == [(SILVER, 1)]
    assert seen.birthdays == 1
    stage.clock.advance(RAISED_MS)
    await stage.round()
    assert (await present(stage)).raised == ()


async def test_L9_R5_without_redis_the_round_goes_on_and_tells_later(stage: Stage) -> None:
    await near_gold(stage, "anna")
    stage.hot.away = True
    await stage.round()
    stage.hot.away = False
    await stage.round()
    assert (await present(stage)).close == (Close(SILVER, GOLD, 1, 50),)


async def test_L9_R8_what_one_node_tells_of_a_room_has_a_limit(stage: Stage) -> None:
    anna = await near_gold(stage, "anna")
    attending = stage.gateway._attending
    [note] = attending._noted.values()
    rooms = attending._rooms_of
    for n in range(MOST_TOLD + 5):
        attending._noted[type(anna.identity.member or "")(f"m{n}")] = replace(note, author=f"a{n}")  # type: ignore[arg-type, index]
    attending._rooms_of = lambda _: ("r1",)
    await attending.round(stage.clock.now_ms())
    attending._rooms_of = rooms
    assert len(await stage.hot.attending(ROOM, stage.clock.now_ms())) == MOST_TOLD
