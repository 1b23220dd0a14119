"""Bodies for those who poll: one reading and one encoding for all of them."""

from __future__ import annotations

import asyncio

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Position, Pulse, Snapshot
from server.api import snapshot_shelf
from server.api.snapshot_shelf import FRESH_MS, SnapshotShelf

T0 = 1_700_000_000_000


class Desk:
    """A shelf over one room that a test changes; counts readings and encodings."""

    def __init__(self) -> None:
        self.read_n = self.made_n = 0
        self.likes = 0
        self.gate: asyncio.Event | None = None
        self.shelf = SnapshotShelf(self._encode)

    def _encode(self, snapshot: Snapshot, poll_after_ms: int) -> bytes:
        self.made_n += 1
        return snapshot.pulses[0].value.json + f" {poll_after_ms}".encode()

    async def read(self) -> Snapshot:
        self.read_n += 1
        if self.gate is not None:
            await self.gate.wait()
        return Snapshot(Position("e", 1), (), (Pulse("likes", encoded(self.likes)),), ())

    async def get(self, now_ms: int = T0, poll_after_ms: int = 3_000, room: str = "demo") -> bytes:
        return (await self.shelf.get(room, self.read, poll_after_ms, now_ms)).body


async def test_SNP3_within_a_second_nothing_is_read_or_made_again() -> None:
    desk = Desk()
    for ms in range(0, FRESH_MS, 100):
        await desk.get(T0 + ms)
    assert (desk.read_n, desk.made_n) == (1, 1)


async def test_SNP3_after_it_the_room_is_read_and_only_a_changed_one_made_anew() -> None:
    desk = Desk()
    first = await desk.get()
    assert await desk.get(T0 + FRESH_MS) == first
    assert (desk.read_n, desk.made_n) == (2, 1)
    desk.likes = 5
    assert await desk.get(T0 + FRESH_MS + 1) == first, "read a millisecond ago"
    assert await desk.get(T0 + 2 * FRESH_MS) != first, "a pulse changes no offset, and is seen all the same"
    assert (desk.read_n, desk.made_n) == (3, 2)


async def test_SNP3_who_comes_while_it_is_read_shares_the_reading_and_its_failure() -> None:
    desk = Desk()
    desk.gate = asyncio.Event()
    asked = [asyncio.create_task(desk.get()) for _ in range(50)]
    await asyncio.sleep(0)
    asked[0].cancel()  # one who gives up takes nobody along
    await asyncio.sleep(0)
    desk.gate.set()
    bodies = await asyncio.gather(*asked[1:])
    assert len(set(bodies)) == 1
    assert (desk.read_n, desk.made_n) == (1, 1)

    async def broken() -> Snapshot:
        raise ConnectionError

    answers = await asyncio.gather(
        *(desk.shelf.get("other", broken, 1, T0) for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in answers] == [ConnectionError] * 3
    assert await desk.get(room="other"), "a failure is not kept"


async def test_SNP4_another_interval_is_another_body_at_once() -> None:
    desk = Desk()
    assert await desk.get() != await desk.get(poll_after_ms=15_000)


async def test_SNP3_a_clock_that_went_back_keeps_nothing_fresh_for_ever() -> None:
    desk = Desk()
    await desk.get(T0 + 60_000)
    await desk.get(T0)
    assert desk.read_n == 2


async def test_SNP3_rooms_nobody_asks_for_any_more_make_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_shelf, "MAX_ROOMS", 2)
    desk = Desk()
    for room in ("a", "b", "a", "c", "a"):
        await desk.get(room=room)
    assert desk.read_n == 3
    await desk.get(room="b")
    assert desk.read_n == 4
