"""Beats in, milestones out: what counts as watched, and what it survives."""

from collections.abc import Sequence

from server.domain.commands import AcceptInvite, ById, CompleteInvite, JoinMember, Origin, RecordWatched
from server.hot.errors import HotUnavailable
from server.hot.keys import LEASE_MS
from server.hot.ports import Park, Parked
from server.hot.testing import MemoryHot
from server.ids import MemberId, RoomId
from tests.support.stage import FakeViewer, Stage


class DyingHot(MemoryHot):
    """Keeps progress so many times more, then is away."""

    keeps = 1_000

    async def park(self, parks: Sequence[Park]) -> Sequence[Parked]:
        self.keeps -= 1
        if self.keeps < 0:
            raise HotUnavailable("dying")
        return await super().park(parks)


def milestones(stage: Stage) -> list[tuple[int, int]]:
    """(minutes, n) of all that were reported, repeats left out."""
    told = [command for command in stage.ledger.commands if isinstance(command, RecordWatched)]
    return [(command.minutes, command.n) for command in told]


async def test_E1_fifteen_minutes_without_a_gap_earn_fifty_points(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 14 * 60 + 45)
    assert (15, 1) not in milestones(stage)
    await stage.watch(anna, 30)
    await stage.told()
    assert milestones(stage) == [(10, 1), (15, 1)]
    assert anna.cards()[-1]["points"] == 50
    assert [
        n["params"]["points"] for n in stage.heard.notices("anna") if n["params"]["rule"] == "watch15"
    ] == [50]


async def test_E1_the_next_fifteen_minutes_are_the_second_milestone(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 30 * 60 + 30)
    assert milestones(stage) == [(10, 1), (15, 1), (10, 2), (15, 2), (10, 3)]


async def test_E1_a_gap_over_a_minute_starts_the_fifteen_minutes_anew_but_not_the_growth(
    stage: Stage,
) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.clock.advance(61_000)
    await stage.round()
    await stage.watch(anna, 14 * 60)
    assert milestones(stage) == [(10, 1), (10, 2)]
    await stage.watch(anna, 90)
    assert milestones(stage)[-1] == (15, 1)


async def test_E1_a_lost_beat_is_no_gap(stage: Stage) -> None:
    anna = await stage.viewer()
    for _ in range(31):
        stage.clock.advance(15_000)
        await stage.round()
        stage.clock.advance(15_000)
        stage.beat(anna)
        await stage.round()
    assert (15, 1) in milestones(stage)


async def test_E1_pausing_or_hiding_does_not_count(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 20 * 60, playing=False)
    await stage.watch(anna, 20 * 60, visible=False)
    assert milestones(stage) == []


async def test_E1_time_between_a_pause_and_the_next_proof_does_not_count(stage: Stage) -> None:
    anna = await stage.viewer()
    for _ in range(40):
        await stage.watch(anna, 15)
        await stage.watch(anna, 15, playing=False)
    assert milestones(stage) == []


async def test_E1_R3_beats_faster_than_time_goes_by_are_worth_the_time_alone(stage: Stage) -> None:
    """A program that beats four times a second, in two rooms at once, watches no longer than anybody else."""
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2")
    here, there = await stage.viewer(room="r1"), await stage.viewer(room="r2")
    for _ in range(61):
        for _ in range(60):
            stage.clock.advance(250)
            stage.beat(here)
            stage.beat(there)
        await stage.round()
    await stage.told()
    assert sorted(minutes for minutes, _ in milestones(stage)) == [10, 15], "a quarter of an hour has gone by"
    assert stage.ledger.world.members[MemberId("anna")].points == 50


async def test_E1_only_a_live_show_counts(stage: Stage) -> None:
    await stage.ledger.end_show()
    stage.clock.advance(2_000)
    anna = await stage.viewer()
    await stage.watch(anna, 30 * 60)
    assert milestones(stage) == []


async def test_E1_another_show_starts_with_nothing_watched(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 9 * 60)
    await stage.ledger.end_show()
    await stage.watch(anna, 30)
    await stage.ledger.go_live("r1", "s2")
    await stage.watch(anna, 9 * 60)
    assert milestones(stage) == []


async def test_E1_whoever_is_nobody_earns_nothing_by_watching(stage: Stage) -> None:
    nobody = await stage.viewer(None)
    await stage.watch(nobody, 20 * 60)
    assert milestones(stage) == []


# --- one room, one time ---------------------------------------------------------------------------


async def both(stage: Stage, one: FakeViewer, other: FakeViewer, seconds: int) -> None:
    for _ in range(seconds // 15):
        stage.clock.advance(15_000)
        stage.beat(one)
        stage.beat(other)
        await stage.round()


async def test_E1_watching_counts_in_one_room_at_a_time(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2")
    here, there = await stage.viewer(room="r1"), await stage.viewer(room="r2")
    await both(stage, here, there, 15 * 60 + 15)
    assert sum(minutes == 15 for minutes, _ in milestones(stage)) == 1
    assert sum(minutes == 10 for minutes, _ in milestones(stage)) == 1


async def test_E1_two_windows_in_one_room_count_once(stage: Stage) -> None:
    one, other = await stage.viewer(), await stage.viewer()
    await both(stage, one, other, 15 * 60 + 15)
    assert milestones(stage) == [(10, 1), (15, 1)]


async def test_E1_a_hidden_second_window_takes_nothing_away(stage: Stage) -> None:
    one, other = await stage.viewer(), await stage.viewer()
    for _ in range(61):
        stage.clock.advance(15_000)
        stage.beat(one)
        stage.beat(other, visible=False)
        await stage.round()
    assert (15, 1) in milestones(stage)


async def test_R3_windows_on_two_nodes_count_once(stage: Stage) -> None:
    here = await stage.viewer()
    other_node = stage.new_gateway()
    there = FakeViewer("elsewhere", "r1", "viewer", here.identity)
    await other_node.rooms.get(RoomId("r1"))
    other_node.joined(there)
    first = stage.gateway
    for _ in range(31 * 4 + 2):
        stage.clock.advance(7_500)
        stage.gateway = first
        stage.beat(here)
        await first.round([here], stage.clock.now_ms())
        stage.clock.advance(7_500)
        stage.gateway = other_node
        stage.beat(there)
        await other_node.round([there], stage.clock.now_ms())
    stage.gateway = first
    assert milestones(stage) == [(10, 1), (15, 1), (10, 2), (15, 2), (10, 3)]


async def test_E1_leaving_a_room_frees_the_member_for_another_at_once(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2")
    here = await stage.viewer(room="r1")
    await stage.watch(here, 60)
    stage.leave(here)
    await stage.round()
    there = await stage.viewer(room="r2")
    await stage.watch(there, 10 * 60 + 15)
    assert milestones(stage) == [(10, 1)]


async def test_E1_a_room_whose_node_died_frees_the_member_after_three_beats(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2")
    await stage.watch(await stage.viewer(room="r1"), 60)
    stage.viewers.clear()
    stage.gateway = stage.new_gateway()
    stage.clock.advance(LEASE_MS)
    await stage.watch(await stage.viewer(room="r2"), 10 * 60 + 15)
    assert milestones(stage) == [(10, 1)]


# --- what it survives -----------------------------------------------------------------------------


async def test_E1_progress_survives_a_reconnect_within_a_minute(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.leave(anna)
    await stage.round()
    stage.clock.advance(30_000)
    await stage.watch(await stage.viewer(), 7 * 60 + 30)
    assert (15, 1) in milestones(stage)


async def test_E1_coming_back_after_more_than_a_minute_starts_anew(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.leave(anna)
    await stage.round()
    stage.clock.advance(120_000)
    await stage.watch(await stage.viewer(), 14 * 60)
    assert milestones(stage) == [(10, 1), (10, 2)]


async def test_E1_the_death_of_a_server_is_no_gap(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.viewers.clear()
    stage.gateway = stage.new_gateway()
    stage.clock.advance(150_000)
    await stage.watch(await stage.viewer(), 7 * 60 + 30)
    assert (15, 1) in milestones(stage)


async def test_E1_being_sent_away_by_us_is_no_gap(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.gateway.draining()
    stage.leave(anna)
    await stage.round()
    stage.gateway = stage.new_gateway()
    stage.clock.advance(150_000)
    await stage.watch(await stage.viewer(), 7 * 60 + 30)
    assert (15, 1) in milestones(stage)


async def test_E1_our_fault_excuses_ten_minutes_not_an_evening(stage: Stage) -> None:
    await stage.watch(await stage.viewer(), 8 * 60)
    stage.viewers.clear()
    stage.gateway = stage.new_gateway()
    stage.clock.advance(3_600_000)
    await stage.watch(await stage.viewer(), 8 * 60)
    assert milestones(stage) == [(10, 1)]


async def test_E1_a_node_that_was_late_breaks_nobodys_run(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.clock.advance(90_000)  # no beacon went out, so no beat could come
    stage.beat(anna)
    await stage.round()
    await stage.watch(anna, 7 * 60 + 15)
    assert (15, 1) in milestones(stage)


async def test_R4_beats_wait_while_redis_is_away_and_count_when_it_is_back(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 5 * 60)
    stage.redis_is_away()
    await stage.watch(anna, 5 * 60)
    stage.redis_is_away(False)
    await stage.watch(anna, 5 * 60 + 15)
    assert milestones(stage) == [(10, 1), (15, 1)]


async def test_R4_a_flush_costs_those_who_stay_nothing(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.hot.flush()
    await stage.watch(anna, 7 * 60 + 15)
    assert milestones(stage) == [(10, 1), (15, 1)]


async def test_R3_a_flush_and_a_restart_never_pay_the_same_milestone_twice(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 15 * 60 + 15)
    stage.viewers.clear()
    stage.hot.flush()
    stage.gateway = stage.new_gateway()
    await stage.watch(await stage.viewer(), 15 * 60 + 15)
    assert milestones(stage) == [(10, 1), (15, 1), (10, 2), (15, 2)]


async def test_R5_milestones_wait_while_the_ledger_is_away(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 8 * 60)
    stage.ledger.away = True
    await stage.watch(anna, 8 * 60)
    assert milestones(stage) == []
    stage.ledger.away = False
    await stage.watch(anna, 15)
    assert sorted(milestones(stage)) == [(10, 1), (15, 1)]


async def test_R2_a_milestone_reported_twice_is_one(stage: Stage) -> None:
    stage.hot = hot = DyingHot(stage.clock)
    stage.gateway = stage.new_gateway()
    await stage.watch(await stage.viewer(), 10 * 60)
    # The report goes out, and this server dies before it can keep that it did.
    hot.keeps = 2  # what the beats proved, and the milestone's number
    await stage.watch(stage.viewers[0], 15)
    assert milestones(stage) == [(10, 1)]
    hot.keeps = 1_000
    stage.viewers.clear()
    stage.gateway = stage.new_gateway()
    await stage.watch(await stage.viewer(), 30)
    assert milestones(stage) == [(10, 1)]
    assert stage.ledger.asked["submit"] == 5  # the scene's three, the report, its repeat, and no third


async def invited(stage: Stage, who: str = "anna", inviter: str = "mei") -> None:
    """Let `who` come by an invitation of `inviter`, as the shop's server tells it."""
    now_ms = stage.clock.now_ms()
    known = JoinMember(Origin("shop", f"join:{inviter}", "", now_ms), ById(MemberId(inviter)))
    invitation = Origin("shop", f"invite:{who}", "", now_ms)
    accepted = AcceptInvite(invitation, ById(MemberId(who)), ById(MemberId(inviter)))
    await stage.ledger.submit_many([known, accepted])


def completed(stage: Stage) -> list[tuple[str, str]]:
    told = [command for command in stage.ledger.commands if isinstance(command, CompleteInvite)]
    return [(command.origin.event, command.inviter) for command in told]


async def points_of(stage: Stage, who: str) -> int:
    return (await stage.ledger.members([MemberId(who)], stage.clock.now_ms()))[MemberId(who)].points


async def test_E4_an_invited_newcomer_who_watches_three_minutes_pays_the_inviter_once(stage: Stage) -> None:
    await invited(stage)
    anna = await stage.viewer()
    await stage.watch(anna, 2 * 60 + 30)
    assert completed(stage) == []
    await stage.watch(anna, 60)
    assert completed(stage) == [("invite:s1:anna", "mei")]
    assert (await points_of(stage, "mei"), await points_of(stage, "anna")) == (50, 0)
    await stage.watch(anna, 5 * 60)
    assert len(completed(stage)) == 1


async def test_E4_an_invitation_told_while_the_newcomer_watches_counts_too(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 4 * 60)
    await invited(stage)
    await stage.told()
    await stage.watch(anna, 30)
    assert await points_of(stage, "mei") == 50


async def test_E4_minutes_not_watched_pay_nobody(stage: Stage) -> None:
    await invited(stage)
    anna = await stage.viewer()
    await stage.watch(anna, 10 * 60, playing=False)
    assert completed(stage) == []
