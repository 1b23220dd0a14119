"""A host's hand on shout-outs, from the press to what goes over the bus: one node, and two that share a Redis (L2)."""

from typing import Any

from broadcaster.frames import Moment, Rank, Retract
from server.announcing.framing import FRESH_MS
from server.announcing.shout_log import Waiting, shelf_of, shown_of, waiting_board_of, waiting_of
from server.domain.commands import Origin
from server.domain.shout_control import Action, ControlShoutouts
from server.domain.shoutouts import WINDOW_MS
from server.ids import AuthorTag, RoomId, TierId
from server.views import encoded
from tests.edge.server.test_announce import commit, order, shout
from tests.support.stage import NOW, Stage

ROOM = RoomId("r1")


async def press(stage: Stage, action: Action, event: str = "", **more: Any) -> str:
    """Let the host press, and return the receipt's outcome."""
    event = event or f"press{len(stage.ledger.receipts)}"
    origin = Origin("api", event, event, stage.clock.now_ms(), room=ROOM, actor="host:h1")
    receipt = await stage.ledger.submit(ControlShoutouts(origin, action, **more))
    await stage.told()
    return receipt.code or receipt.outcome


def retracted(stage: Stage) -> list[str]:
    return [id_ for _, one in stage.heard.numbered if isinstance(one.frame, Retract) for id_ in one.frame.ids]


def level_ups(stage: Stage) -> list[Any]:
    return [moment for moment in stage.heard.moments() if moment["kind"] == "level_up"]


async def waits(stage: Stage) -> list[Waiting]:
    found = await stage.hot.pinned(waiting_board_of("r1"), stage.clock.now_ms())
    return waiting_of(found.values())


async def crowd(stage: Stage, n: int, prefix: str = "m") -> None:
    await stage.announcer.after_commit(commit(*(shout(f"{prefix}{i}") for i in range(n))))
    await stage.told()


async def test_L2_a_pause_reaches_the_room_and_holds_level_ups_until_it_is_over(stage: Stage) -> None:
    assert await press(stage, "pause") == "applied"
    assert stage.heard.items("shoutouts") == [{"paused": True}]
    await crowd(stage, 3)
    assert level_ups(stage) == []
    assert [(one.count, one.tier) for one in await waits(stage)] == [(3, "silver")]
    for _ in range(5):
        stage.clock.advance(FRESH_MS)
        await stage.told()
    assert level_ups(stage) == []
    assert await press(stage, "resume") == "applied"
    assert stage.heard.items("shoutouts") == [{"paused": True}, None]
    [fold] = level_ups(stage)
    assert fold["params"]["count"] == 3
    assert await waits(stage) == []


async def test_L2_one_who_rose_during_a_long_pause_is_still_news_after_it(stage: Stage) -> None:
    await press(stage, "pause")
    await crowd(stage, 1)
    for _ in range(5):
        stage.clock.advance(FRESH_MS)
        await stage.told()
    await press(stage, "resume")
    assert [moment["expires_ms"] for moment in level_ups(stage)] == [stage.clock.now_ms() + FRESH_MS]


async def test_L2_skip_takes_one_off_every_screen(stage: Stage) -> None:
    await crowd(stage, 2)
    first, second = level_ups(stage)
    await press(stage, "skip", moment=first["id"])
    assert retracted(stage) == [first["id"]]
    shown = shown_of(await stage.hot.shelved(shelf_of("r1")))
    assert {one.id: one.gone for one in shown} == {first["id"]: True, second["id"]: False}


async def test_L2_clear_takes_off_what_is_shown_and_drops_what_waits(stage: Stage) -> None:
    await crowd(stage, 10)
    await crowd(stage, 2, "late")
    shown = [moment["id"] for moment in level_ups(stage)]
    assert len(shown) == 10
    assert [one.count for one in await waits(stage)] == [2]
    stage.clock.advance(1)
    await press(stage, "clear")
    assert sorted(retracted(stage)) == sorted(shown)
    assert await waits(stage) == []
    assert (1, "cleared", 2) in stage.meter.drops
    stage.clock.advance(WINDOW_MS)
    await stage.told()
    assert len(level_ups(stage)) == 10, "nothing comes after it"
    stage.clock.advance(1)
    await order(stage, "anna", 300)
    await stage.told()
    assert len(level_ups(stage)) == 11, "but what is new"


async def test_L2_a_muted_member_is_neither_shown_nor_named_and_speaks_again_later(stage: Stage) -> None:
    await crowd(stage, 1)
    [shown] = level_ups(stage)
    author = AuthorTag("a_m0")
    await press(stage, "mute", author=author, name="m0")
    assert retracted(stage) == [shown["id"]]
    await crowd(stage, 1)
    assert len(level_ups(stage)) == 1
    assert (1, "muted", 1) in stage.meter.drops
    await press(stage, "unmute", author=author)
    await crowd(stage, 1)
    assert len(level_ups(stage)) == 2


async def test_L2_a_muted_member_s_other_moments_are_not_shown_either(stage: Stage) -> None:
    moment = Moment(
        "mo_1", "entrance", Rank.CHATTER, NOW + FRESH_MS, encoded({"id": "mo_1", "kind": "entrance"}), "a_m0"
    )
    await press(stage, "mute", author=AuthorTag("a_m0"), name="m0")
    stage.announcer.moment(ROOM, moment)
    await stage.told()
    assert stage.heard.moments() == []


async def test_L2_a_host_is_stricter_than_the_rulebook_and_never_laxer(stage: Stage) -> None:
    await press(stage, "limit", from_tier=TierId("gold"), per_minute=2)
    await stage.announcer.after_commit(commit(shout("a"), shout("b", tier="gold"), shout("c", tier="gold")))
    await stage.announcer.after_commit(commit(shout("d", tier="gold"), shout("e", tier="gold")))
    await stage.told()
    assert {moment["params"]["tier"] for moment in level_ups(stage)} == {"gold"}
    assert len(level_ups(stage)) == 2
    assert (1, "below_tier", 1) in stage.meter.drops
    await press(stage, "limit", from_tier=TierId("basic"), per_minute=60)
    stage.clock.advance(WINDOW_MS)
    before = len(level_ups(stage))
    await crowd(stage, 20, "n")
    assert len(level_ups(stage)) - before == 10, "the rulebook's ten a minute hold"


async def test_L2_a_replay_is_the_same_moment_under_an_id_of_its_own_once_per_press(stage: Stage) -> None:
    await crowd(stage, 1)
    [shown] = level_ups(stage)
    stage.clock.advance(FRESH_MS * 2)
    for _ in range(2):  # the same press, sent again
        await press(stage, "replay", "again", moment=shown["id"])
    first, again = level_ups(stage)
    assert again["id"] != first["id"]
    assert {**again, "id": first["id"], "expires_ms": first["expires_ms"]} == first
    assert again["expires_ms"] == stage.clock.now_ms() + FRESH_MS
    await press(stage, "replay", moment="mo_forgotten")
    assert len(level_ups(stage)) == 2


async def test_L2_tests_are_marked_to_the_end_bring_nothing_and_take_no_place_of_the_room(
    stage: Stage,
) -> None:
    members = dict(stage.ledger.world.members)
    for _ in range(10):
        await press(stage, "test", from_tier=TierId("gold"))
    tests = level_ups(stage)
    assert len(tests) == 10
    assert all(one["is_test"] and "offer" not in one["params"] for one in tests)
    assert stage.ledger.world.members == members, "nobody has got anything"
    await press(stage, "test")
    assert len(level_ups(stage)) == 10, "tests have a minute of their own"
    await crowd(stage, 10)
    assert len([one for one in level_ups(stage) if not one["is_test"]]) == 10


async def test_L2_two_hosts_at_once_the_second_is_told_to_look_again(stage: Stage) -> None:
    assert await press(stage, "pause", rev=0) == "applied"
    assert await press(stage, "limit", rev=0, per_minute=5) == "conflict"
    assert await press(stage, "limit", rev=1, per_minute=5) == "applied"
    assert await press(stage, "pause") == "applied", "what stands already is no conflict and no change"
    assert stage.ledger.world.rooms[ROOM].shouts.rev == 2


async def test_L2_another_node_keeps_to_what_was_pressed_here_and_shows_what_waits_there(
    stage: Stage,
) -> None:
    other = stage.new_announcer("node2")
    other.start()
    await press(stage, "pause")
    await other.after_commit(commit(*(shout(f"x{i}") for i in range(2))))
    await other.settle()
    await crowd(stage, 1)
    assert level_ups(stage) == []
    assert sorted(one.count for one in await waits(stage)) == [1, 2]
    stage.clock.advance(1_000)
    await press(stage, "clear")
    stage.clock.advance(1_000)
    await stage.told()
    await other.settle()
    await press(stage, "resume")
    stage.clock.advance(1_000)
    await stage.told()
    await other.settle()
    assert level_ups(stage) == []
    assert await waits(stage) == []
    await other.stop()


async def test_L2_R4_a_press_outlives_a_redis_that_is_away(stage: Stage) -> None:
    await crowd(stage, 1)
    [shown] = level_ups(stage)
    stage.redis_is_away()
    await press(stage, "clear")
    assert retracted(stage) == []
    stage.redis_is_away(False)
    await stage.told()
    assert retracted(stage) == [shown["id"]]


async def test_L2_R5_with_sql_away_what_was_last_known_holds(stage: Stage) -> None:
    await press(stage, "pause")
    stage.clock.advance(10_000)
    stage.ledger.away = True
    await crowd(stage, 1)
    assert level_ups(stage) == []
