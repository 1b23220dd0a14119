"""What every hot store keeps to: the twin in memory, today's Redis and a Cluster of it, and the oldest one we must run on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.maint_notifications import MaintNotificationsConfig

from broadcaster.redis_link import RedisLink
from server.clock import ManualClock
from server.domain.attending import Here
from server.hot.keys import ANSWER_MS, ATTENDANCE_MS, AUDIENCE_MS, LEASE_MS, Keys
from server.hot.ports import BEGAN, SAW, UNSIGNED, Ask, Granted, Hot, Park, Progress
from server.hot.redis_hot import RedisHot
from server.hot.testing import MemoryHot
from server.ids import AuthorTag, MemberId, RoomId, ShowId, TaskId, TierId
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_server import RedisServer

NOW = 1_700_000_000_000
ANNA, ROOM, OTHER, SHOW = MemberId("anna"), RoomId("r1"), RoomId("r2"), ShowId("s1")
WATCHED = Progress(toward15_ms=60_000, toward10_ms=75_000, n15=1, n10=2, last_ms=NOW, present=True, seq=1)


@dataclass
class Store:
    hot: Hot
    client: Redis | None
    memory: MemoryHot | None
    clock: ManualClock
    cluster: ClusterServers | None = None

    async def flush(self) -> None:
        if self.memory is not None:
            self.memory.flush()
        if self.cluster is not None:
            self.cluster.flushall()
            self.cluster.forget_scripts()
        elif self.client is not None:
            await self.client.flushall()
            await self.client.script_flush()

    async def lease_runs_out(self) -> None:
        """As if the lease had not been renewed for its whole time."""
        if self.client is not None:
            key = Keys("test").lease(ANNA)
            assert 0 < await self.client.pttl(key) <= LEASE_MS
            await self.client.delete(key)
        self.clock.advance(LEASE_MS)


@pytest.fixture(params=["memory", "redis_server", "embedded_redis_server", "redis_cluster"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    clock = ManualClock(NOW)
    if request.param == "memory":
        memory = MemoryHot(clock)
        yield Store(memory, None, memory, clock)
        return
    if request.param == "redis_cluster":
        cluster: ClusterServers = request.getfixturevalue(request.param)
        link = RedisLink(cluster.link_url, "test")
        yield Store(RedisHot(link.writes, "test", clustered=True), link.writes, None, clock, cluster)
        await link.aclose()
        return
    server: RedisServer = request.getfixturevalue(request.param)
    async with Redis.from_url(
        server.url, maint_notifications_config=MaintNotificationsConfig(enabled=False)
    ) as client:
        yield Store(RedisHot(client, "test"), client, None, clock)


async def granted(store: Store, ask: Ask, at_ms: int) -> Granted:
    return (await store.hot.take([ask], at_ms))[0]


async def test_HOT1_a_window_grants_its_limit_and_says_when_to_come_back(store: Store) -> None:
    ask = Ask("k", limit=2, window_ms=1_000)
    assert await granted(store, ask, NOW) == Granted(1, 0)
    assert await granted(store, ask, NOW + 400) == Granted(1, 0)
    assert await granted(store, ask, NOW + 500) == Granted(0, 500)
    assert await granted(store, ask, NOW + 1_000) == Granted(1, 0)
    assert await granted(store, ask, NOW + 1_399) == Granted(0, 1)


async def test_HOT1_many_are_granted_as_far_as_there_is_room(store: Store) -> None:
    ask = Ask("k", limit=10, window_ms=60_000, want=25)
    assert await granted(store, ask, NOW) == Granted(10, 60_000)
    assert await granted(store, ask, NOW + 10) == Granted(0, 59_990)


async def test_HOT1_a_smaller_limit_leaves_the_rest_to_the_others(store: Store) -> None:
    low, high = Ask("k", 3, 1_000, want=5), Ask("k", 5, 1_000, want=5)
    assert list(await store.hot.take([low, high], NOW)) == [Granted(3, 1_000), Granted(2, 1_000)]


async def test_HOT1_nothing_may_happen_under_a_limit_of_zero(store: Store) -> None:
    assert await granted(store, Ask("k", 0, 1_000), NOW) == Granted(0, 1_000)


async def test_HOT1_keys_do_not_know_each_other(store: Store) -> None:
    asks = [Ask(f"k{i}", 1, 1_000) for i in range(600)]
    assert set(await store.hot.take(asks, NOW)) == {Granted(1, 0)}
    assert {one.n for one in await store.hot.take(asks, NOW)} == {0}


async def test_HOT1_a_moment_from_a_broken_clock_does_not_close_the_window(store: Store) -> None:
    await granted(store, Ask("k", 1, 1_000), NOW + 3_600_000)
    assert await granted(store, Ask("k", 1, 1_000), NOW) == Granted(1, 0)


async def test_HOT1_many_at_once_get_no_more_than_the_limit(store: Store) -> None:
    answers = await asyncio.gather(*(granted(store, Ask("k", 7, 1_000), NOW) for _ in range(50)))
    assert sum(answer.n for answer in answers) == 7


async def test_HOT2_the_first_answer_stands(store: Store) -> None:
    mine, another = (ANNA, "ref"), (MemberId("bo"), "ref")
    assert await store.hot.answers([mine]) == [None]
    assert await store.hot.keep_answers([(mine, b"first")]) == [None]
    assert await store.hot.keep_answers([(mine, b"second")]) == [b"first"]
    assert await store.hot.answers([another, mine]) == [None, b"first"]


async def test_HOT2_of_many_answers_at_once_each_stands_for_its_own_act_and_the_first_of_two_for_one(
    store: Store,
) -> None:
    refs = [(MemberId(f"m{n}"), f"ref{n % 3}") for n in range(600)]
    assert await store.hot.keep_answers([(ref, f"{ref}".encode()) for ref in refs]) == [None] * 600
    assert await store.hot.keep_answers(
        [(refs[5], b"late"), ((ANNA, "a"), b"one"), ((ANNA, "a"), b"two")]
    ) == [f"{refs[5]}".encode(), None, b"one"]
    assert await store.hot.answers(refs) == [f"{ref}".encode() for ref in refs]
    assert await store.hot.answers([]) == await store.hot.keep_answers([]) == []


async def test_HOT2_an_answer_is_held_for_ten_minutes(store: Store) -> None:
    await store.hot.keep_answers([((ANNA, "ref"), b"first")])
    if store.client is not None:
        left = await store.client.pttl(Keys("test").answer(ANNA, "ref"))
        assert ANSWER_MS - 5_000 < left <= ANSWER_MS
    else:
        store.clock.advance(ANSWER_MS - 1)
        assert await store.hot.answers([(ANNA, "ref")]) == [b"first"]
        store.clock.advance(1)
        assert await store.hot.answers([(ANNA, "ref")]) == [None]


async def test_HOT3_likes_add_up_until_they_are_reset(store: Store) -> None:
    assert await store.hot.add_likes({ROOM: 3, OTHER: 1}) == {ROOM: 3, OTHER: 1}
    assert await store.hot.add_likes({ROOM: 4}) == {ROOM: 7}
    await store.hot.reset_likes(ROOM)
    assert await store.hot.add_likes({ROOM: 1, OTHER: 1}) == {ROOM: 1, OTHER: 2}
    assert await store.hot.add_likes({}) == {}


async def test_HOT4_watching_counts_in_one_room_at_a_time(store: Store) -> None:
    here, there = Park(ANNA, ROOM, SHOW, None), Park(ANNA, OTHER, ShowId("s2"), None)
    assert [one.held for one in await store.hot.park([here, there, here])] == [True, False, True]


async def test_HOT4_a_lease_given_back_is_free_at_once_but_only_its_holder_gives_it(store: Store) -> None:
    here, there = Park(ANNA, ROOM, SHOW, None), Park(ANNA, OTHER, ShowId("s2"), None)
    await store.hot.park([here])
    await store.hot.release([(ANNA, OTHER)])
    assert not (await store.hot.park([there]))[0].held
    await store.hot.release([(ANNA, ROOM)])
    assert (await store.hot.park([there]))[0].held


async def test_HOT4_a_lease_nobody_renews_runs_out(store: Store) -> None:
    await store.hot.park([Park(ANNA, ROOM, SHOW, None)])
    await store.lease_runs_out()
    assert (await store.hot.park([Park(ANNA, OTHER, ShowId("s2"), None)]))[0].held


async def test_HOT5_progress_is_found_as_it_was_parked(store: Store) -> None:
    parked = (await store.hot.park([Park(ANNA, ROOM, SHOW, WATCHED)]))[0]
    assert (parked.held, parked.kept, parked.progress) == (True, True, WATCHED)
    found = (await store.hot.park([Park(ANNA, ROOM, SHOW, None)]))[0]
    assert (found.held, found.kept, found.progress) == (True, False, WATCHED)


async def test_HOT5_who_has_not_seen_the_last_progress_keeps_nothing_and_is_shown_it(store: Store) -> None:
    await store.hot.park([Park(ANNA, ROOM, SHOW, WATCHED)])
    newer = replace(WATCHED, seq=2, toward15_ms=90_000)
    assert (await store.hot.park([Park(ANNA, ROOM, SHOW, newer)]))[0].kept
    late = (await store.hot.park([Park(ANNA, ROOM, SHOW, replace(WATCHED, seq=2, toward15_ms=1))]))[0]
    assert (late.held, late.kept, late.progress) == (True, False, newer)


async def test_HOT5_progress_belongs_to_one_show(store: Store) -> None:
    await store.hot.park([Park(ANNA, ROOM, SHOW, WATCHED)])
    assert (await store.hot.park([Park(ANNA, ROOM, ShowId("s2"), None)]))[0].progress is None


async def test_HOT5_without_the_lease_nothing_is_kept(store: Store) -> None:
    await store.hot.park([Park(ANNA, OTHER, ShowId("s2"), None)])
    refused = (await store.hot.park([Park(ANNA, ROOM, SHOW, WATCHED)]))[0]
    assert (refused.held, refused.kept, refused.progress) == (False, False, None)


async def test_HOT20_a_seat_says_what_was_asked_for_and_belongs_to_one_show_and_member(store: Store) -> None:
    bert = MemberId("bert")
    assert await store.hot.seats(SHOW, []) == {}
    await store.hot.keep_seats(SHOW, TierId("silver"), [ANNA, bert])
    await store.hot.keep_seats(SHOW, TierId("gold"), [ANNA])
    assert await store.hot.seats(SHOW, [ANNA, MemberId("carl"), bert]) == {ANNA: "gold", bert: "silver"}
    assert await store.hot.seats(ShowId("s2"), [ANNA]) == {}
    await store.flush()
    assert await store.hot.seats(SHOW, [ANNA]) == {}


async def test_HOT7_after_a_flush_everything_works_as_on_the_first_day(store: Store) -> None:
    await store.hot.park([Park(ANNA, ROOM, SHOW, WATCHED)])
    await store.hot.keep_answers([((ANNA, "ref"), b"first")])
    await granted(store, Ask("k", 1, 1_000), NOW)
    await store.flush()
    assert await store.hot.answers([(ANNA, "ref")]) == [None]
    assert await granted(store, Ask("k", 1, 1_000), NOW) == Granted(1, 0)
    assert (await store.hot.park([Park(ANNA, ROOM, SHOW, None)]))[0].progress is None
    await store.hot.release([(ANNA, ROOM)])


async def test_HOT8_a_ticket_is_given_out_once_also_to_two_at_once(store: Store) -> None:
    await store.hot.put_ticket("d1", b"w1", 60_000)
    both = await asyncio.gather(store.hot.take_ticket("d1"), store.hot.take_ticket("d1"))
    assert sorted(both, key=lambda found: found or b"") == [None, b"w1"]
    assert await store.hot.take_ticket("d1") is None
    assert await store.hot.take_ticket("never made") is None


async def test_HOT8_a_ticket_ends_with_its_time(store: Store) -> None:
    await store.hot.put_ticket("d1", b"w1", 60_000)
    if store.client is not None:
        key = Keys("test").ticket("d1")
        assert 0 < await store.client.pttl(key) <= 60_000
        await store.client.delete(key)
    store.clock.advance(60_000)
    assert await store.hot.take_ticket("d1") is None


async def test_HOT9_notes_stand_under_their_names_until_their_time(store: Store) -> None:
    pin, pinned = store.hot.pin, store.hot.pinned
    await pin("b", {"one": b"1", "two": b"2:3"}, NOW + 40_000, NOW)
    await pin("b", {"one": b"11", "three": b"3"}, NOW + 50_000, NOW + 10_000)
    await pin("other", {"four": b"4"}, NOW + 40_000, NOW)
    assert dict(await pinned("b", NOW + 39_999)) == {"one": b"11", "two": b"2:3", "three": b"3"}
    await pin("b", {"one": None, "nobody": None}, NOW + 50_000, NOW + 20_000)
    assert dict(await pinned("b", NOW + 20_000)) == {"two": b"2:3", "three": b"3"}
    assert dict(await pinned("b", NOW + 40_000)) == {"three": b"3"}
    assert dict(await pinned("never", NOW)) == {}


async def test_HOT9_notes_that_are_over_are_swept_where_others_keep_the_board(store: Store) -> None:
    await store.hot.pin("b", {"dead": b"1"}, NOW + 40_000, NOW)
    await store.hot.pin("b", {"alive": b"2"}, NOW + 80_000, NOW + 40_000)
    assert dict(await store.hot.pinned("b", NOW + 40_000)) == {"alive": b"2"}
    if store.client is not None:
        key = Keys("test").board("b")
        assert list(await cast(Awaitable[dict[bytes, bytes]], store.client.hgetall(key))) == [b"alive"]


async def test_HOT9_a_shelf_keeps_the_newest_in_their_order(store: Store) -> None:
    await store.hot.shelve("s", [b"1", b"2"], 3, 60_000)
    await store.hot.shelve("s", [b"3", b"4"], 3, 60_000)
    await store.hot.shelve("s", [], 3, 60_000)
    assert list(await store.hot.shelved("s")) == [b"2", b"3", b"4"]
    if store.client is not None:
        assert 0 < await store.client.pttl(Keys("test").shelf("s")) <= 60_000
        await store.client.delete(Keys("test").shelf("s"))
    store.clock.advance(60_000)
    assert list(await store.hot.shelved("s")) == []


def here(author: str, lacks: int = 5) -> Here:
    return Here(AuthorTag(author), TierId("silver"), lacks, TierId("silver"), NOW, born_today=True)


async def test_HOT10_L9_who_is_here_is_what_all_nodes_say_and_a_node_replaces_its_own_word(
    store: Store,
) -> None:
    await store.hot.attend("n1", {ROOM: [here("a"), here("b")], OTHER: [here("c")]}, NOW)
    await store.hot.attend("n2", {ROOM: [here("b")]}, NOW)
    assert sorted(one.author for one in await store.hot.attending(ROOM, NOW)) == ["a", "b", "b"]
    assert await store.hot.attending(OTHER, NOW) == [here("c")]
    await store.hot.attend("n1", {ROOM: [here("a", 3)], OTHER: []}, NOW)
    assert here("a", 3) in await store.hot.attending(ROOM, NOW)
    assert len(await store.hot.attending(ROOM, NOW)) == 2
    assert await store.hot.attending(OTHER, NOW) == []
    await store.hot.attend("n1", {}, NOW)


async def test_HOT10_L9_a_node_that_says_nothing_more_is_forgotten_and_the_others_are_not(
    store: Store,
) -> None:
    await store.hot.attend("dead", {ROOM: [here("a")]}, NOW)
    await store.hot.attend("alive", {ROOM: [here("b")]}, NOW + 30_000)
    assert len(await store.hot.attending(ROOM, NOW + 44_999)) == 2
    assert await store.hot.attending(ROOM, NOW + ATTENDANCE_MS) == [here("b")]
    if store.client is not None:  # and nothing of it stays behind
        fields = await cast(Awaitable[list[bytes]], store.client.hkeys(Keys("test").attendance(ROOM)))
        assert fields == [b"alive"]
    await store.flush()
    assert await store.hot.attending(ROOM, NOW) == []


async def test_HOT11_viewers_by_tier_are_the_sums_of_what_all_nodes_say(store: Store) -> None:
    hot = store.hot
    await hot.report_audiences("n1", {ROOM: {"gold": 2, UNSIGNED: 7}, OTHER: {"basic": 1}}, NOW)
    await hot.report_audiences("n2", {ROOM: {"gold": 1, "black": 1}}, NOW)
    assert await hot.audience(ROOM, NOW + 1) == {"gold": 3, "black": 1, UNSIGNED: 7}
    assert await hot.audience(OTHER, NOW + 1) == {"basic": 1}
    await hot.report_audiences("n1", {ROOM: {"silver": 4}}, NOW + 5)
    assert await hot.audience(ROOM, NOW + 6) == {"silver": 4, "gold": 1, "black": 1}, "the newest counts"
    await hot.report_audiences("n2", {ROOM: {}}, NOW + 7)
    assert await hot.audience(ROOM, NOW + 8) == {"silver": 4}


async def test_HOT11_a_node_that_is_silent_is_not_counted_any_more(store: Store) -> None:
    hot = store.hot
    await hot.report_audiences("dead", {ROOM: {"gold": 5}}, NOW)
    await hot.report_audiences("alive", {ROOM: {"gold": 1}}, NOW + AUDIENCE_MS - 1)
    assert await hot.audience(ROOM, NOW + AUDIENCE_MS - 1) == {"gold": 6}
    for _ in range(2):
        assert await hot.audience(ROOM, NOW + AUDIENCE_MS) == {"gold": 1}
    assert await hot.audience(RoomId("empty"), NOW) == {}
    await hot.report_audiences("alive", {}, NOW)


async def test_HOT12_who_comes_to_a_step_of_a_task_counts_once_whichever_node_says_so(store: Store) -> None:
    hot, saw, began = store.hot, (SAW, TaskId("t1")), (BEGAN, TaskId("t1"))
    await hot.mark({saw: ["anna", "ben", "anna"], began: ["anna"]})
    await hot.mark({saw: ["ben", "carl"]})
    assert list(await hot.marked([saw, began, (SAW, TaskId("other"))])) == [3, 1, 0]
    await hot.mark({})
    assert list(await hot.marked([])) == []
    await store.flush()
    assert list(await hot.marked([saw])) == [0]
    await hot.mark({saw: ["anna"]})
    assert list(await hot.marked([saw])) == [1]
