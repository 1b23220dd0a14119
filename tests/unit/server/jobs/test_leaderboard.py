"""When a room is shown how its leaderboard stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from broadcaster.errors import BusUnavailable
from broadcaster.frames import Pulse, RoomFrame
from broadcaster.ports import Published
from server.domain.standings import Score
from server.domain.state import Member
from server.ids import MemberId, RoomId, ShowId
from server.jobs.leaderboard import EVERY_S, RESTS, TERM_MS, Leaderboards
from server.leaderboard import Leaderboard
from server.ledger.show_figures import LiveShow
from tests.unit.server.domain.builders import NOW, a_member, jifen

EVERY_MS = int(EVERY_S * 1_000)


class World:
    """A ledger with scores, a bus that keeps what is published, and the turn that processes share."""

    def __init__(self) -> None:
        self.scored: dict[ShowId, dict[str, int]] = {}
        self.on_air = [LiveShow(ShowId("s1"), RoomId("r1"))]
        self.published: list[tuple[str, int, Any]] = []
        self.away = False
        self.taken_until_ms = 0
        self.reads = 0
        self.took_ms = 0
        self.elapsed_ms = 0

    def process(self) -> Leaderboards:
        board = Leaderboard(self, self, lambda _: jifen())
        return Leaderboards(self, board, self, self, lambda: self.elapsed_ms)

    def score(self, show: str = "s1", **scores: int) -> None:
        self.scored.setdefault(ShowId(show), {}).update(scores)

    async def live(self) -> Sequence[LiveShow]:
        return self.on_air

    async def scores(self, show: ShowId, most: int) -> Sequence[Score]:
        self.reads += 1
        self.elapsed_ms += self.took_ms
        found = sorted(self.scored.get(show, {}).items(), key=lambda one: -one[1])
        return [Score(MemberId(who), growth) for who, growth in found[:most]]

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        return {one: a_member(one, name=one) for one in ids}

    async def take_turn(self, kind: str, now_ms: int, for_ms: int) -> bool:
        if now_ms < self.taken_until_ms:
            return False
        self.taken_until_ms = now_ms + for_ms
        return True

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        if self.away:
            raise BusUnavailable("publishing")
        for frame in frames:
            assert isinstance(frame, Pulse)
            self.published.append((room, frame.rev, json.loads(frame.value.json)))
        return Published(None)

    def tops(self) -> list[list[tuple[str, int]]]:
        return [[(one["name"], one["score"]) for one in value["top"]] for _, _, value in self.published]


async def test_L8_a_room_is_told_what_has_changed_and_nothing_else() -> None:
    world = World()
    world.score(anna=10)
    one = world.process()
    for n in range(3):
        await one.work(NOW + n * EVERY_MS)
    world.score(ben=20)
    await one.work(NOW + 3 * EVERY_MS)
    assert world.tops() == [[("anna", 10)], [("ben", 20), ("anna", 10)]]
    assert [rev for _, rev, _ in world.published] == [NOW, NOW + 3 * EVERY_MS], "the newer one wins"


async def test_L8_one_of_two_processes_does_it_and_the_other_takes_over_when_it_is_gone() -> None:
    world = World()
    world.score(anna=10)
    one, two = world.process(), world.process()
    for n in range(3):
        await one.work(NOW + n * EVERY_MS)
        await two.work(NOW + n * EVERY_MS + 1)
    assert world.reads == 3
    assert len(world.published) == 1
    world.score(anna=30)
    await two.work(NOW + TERM_MS)
    assert world.tops()[-1] == [("anna", 30)]
    world.score(anna=10)
    await one.work(NOW + 2 * TERM_MS)
    assert world.tops()[-1] == [("anna", 10)], "who comes back does not believe what it told long ago"


async def test_R9_each_term_tells_everything_again_for_redis_may_have_lost_it() -> None:
    world = World()
    world.score(anna=10)
    one = world.process()
    for n in range(2 * TERM_MS // EVERY_MS):
        await one.work(NOW + n * EVERY_MS)
    assert world.tops() == [[("anna", 10)]] * 2


async def test_L8_what_could_not_be_told_is_told_with_the_next_look() -> None:
    world = World()
    world.score(anna=10)
    one = world.process()
    world.away = True
    await one.work(NOW)
    world.away = False
    await one.work(NOW + EVERY_MS)
    assert world.tops() == [[("anna", 10)]]


async def test_L8_the_last_seconds_of_a_show_are_told_and_the_next_show_begins_with_nothing() -> None:
    world = World()
    world.score(anna=10)
    one = world.process()
    await one.work(NOW)
    world.score(anna=40)
    world.on_air = [LiveShow(ShowId("s2"), RoomId("r1"))]
    await one.work(NOW + EVERY_MS)
    assert [(value["show"], len(value["top"])) for _, _, value in world.published] == [
        ("s1", 1),
        ("s1", 1),
        ("s2", 0),
    ]
    world.on_air = []
    for n in range(2, 9):
        await one.work(NOW + n * EVERY_MS)
    assert world.reads == 4, "nothing is on air, and nobody is asked"


async def test_L8_a_show_that_takes_long_to_read_is_read_less_often() -> None:
    world = World()
    world.took_ms = 200
    one = world.process()
    for n in range(RESTS * 200 // 1_000):
        await one.work(NOW + n * 1_000)
    assert world.reads == 1
    await one.work(NOW + RESTS * 200)
    assert world.reads == 2
