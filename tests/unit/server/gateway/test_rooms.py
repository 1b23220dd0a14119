import asyncio

import pytest

from server.clock import ManualClock
from server.domain.state import Room, Show
from server.gateway.rooms import ABSENT_MS, FRESH_MS, Rooms
from server.ids import RoomId, ShowId
from server.ledger.errors import LedgerUnavailable

R1, R2 = RoomId("r1"), RoomId("r2")


class Source:
    def __init__(self) -> None:
        self.rooms = {R1: Room(R1, "One"), R2: Room(R2, "Two")}
        self.asked: list[RoomId] = []
        self.away = False

    async def room(self, room: RoomId) -> Room | None:
        self.asked.append(room)
        await asyncio.sleep(0)
        if self.away:
            raise LedgerUnavailable("switched off")
        return self.rooms.get(room)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000_000)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def rooms(source: Source, clock: ManualClock) -> Rooms:
    return Rooms(source, clock)


async def test_R5_a_storm_reads_a_room_once(rooms: Rooms, source: Source) -> None:
    found = await asyncio.gather(*(rooms.get(R1) for _ in range(100)))
    assert set(found) == {source.rooms[R1]}
    assert source.asked == [R1]


async def test_R5_a_room_is_read_again_when_it_is_old(
    rooms: Rooms, source: Source, clock: ManualClock
) -> None:
    await rooms.get(R1)
    clock.advance(FRESH_MS - 1)
    await rooms.get(R1)
    assert source.asked == [R1]
    clock.advance(1)
    await rooms.get(R1)
    assert source.asked == [R1, R1]


async def test_R5_a_room_that_was_not_there_is_looked_for_again_soon(
    rooms: Rooms, source: Source, clock: ManualClock
) -> None:
    new = RoomId("new")
    assert await rooms.get(new) is None
    source.rooms[new] = Room(new, "New")
    assert await rooms.get(new) is None
    clock.advance(ABSENT_MS)
    assert await rooms.get(new) == source.rooms[new]


async def test_R5_with_sql_away_the_last_known_room_stays_and_an_unknown_one_is_not_denied(
    rooms: Rooms, source: Source, clock: ManualClock
) -> None:
    await rooms.get(R1)
    source.away = True
    clock.advance(3_600_000)
    assert await rooms.get(R1) == source.rooms[R1]
    with pytest.raises(LedgerUnavailable):
        await rooms.get(R2)


async def test_R5_a_room_known_not_to_be_there_is_unknown_once_sql_is_away(
    rooms: Rooms, source: Source, clock: ManualClock
) -> None:
    new = RoomId("new")
    await rooms.get(new)
    source.away = True
    clock.advance(ABSENT_MS)
    with pytest.raises(LedgerUnavailable):
        await rooms.get(new)


async def test_L6_a_change_committed_here_counts_at_once(rooms: Rooms, source: Source) -> None:
    await rooms.get(R1)
    source.rooms[R1] = Room(R1, "Renamed")
    rooms.changed(R1)
    rooms.changed(R2)  # never read here: nothing to forget
    assert await rooms.get(R1) == source.rooms[R1]


async def test_E1_only_a_live_show_is_on_air(rooms: Rooms, source: Source) -> None:
    assert rooms.on_air("r1") is None
    for status, on_air in (("scheduled", False), ("live", True), ("ended", False)):
        source.rooms[R1] = Room(R1, "One", show=Show(ShowId("s"), R1, "Tonight", status, None))
        rooms.changed(R1)
        await rooms.get(R1)
        assert (rooms.on_air("r1") is not None) is on_air


async def test_R5_refreshing_reads_what_is_old_and_bears_what_is_away(
    rooms: Rooms, source: Source, clock: ManualClock
) -> None:
    await rooms.refresh([R1, R2])
    await rooms.refresh([R1, R2])
    assert sorted(source.asked) == [R1, R2]
    clock.advance(FRESH_MS)
    source.away = True
    await rooms.refresh([R1, R2])
    assert rooms.last("r1") == source.rooms[R1]


async def test_R5_a_waiter_that_leaves_takes_nothing_from_the_others(rooms: Rooms, source: Source) -> None:
    leaving, staying = asyncio.create_task(rooms.get(R1)), asyncio.create_task(rooms.get(R1))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == source.rooms[R1]
