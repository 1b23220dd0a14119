"""A full room and a quiet one on one node: the quiet one's viewers wait for one slice at most (LAD6)."""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest

from broadcaster.audience import Welcoming
from broadcaster.codec import MSGPACK
from broadcaster.fanout import SameBytes
from broadcaster.frames import Numbered, Position, Snapshot
from broadcaster.hub import Hub, Room
from broadcaster.testing import CountingMeter, text_item
from server.clock import SystemClock
from tests.wire.broadcaster.conftest import PATIENCE_S

FULL = 3_000
"""Viewers of the noisy room: a fan-out of several slices."""
SAYINGS = 40
MESSAGE = "x" * 400


class Socketed:
    """A viewer on one end of a real socket pair, written to as a plaintext connection is."""

    wire = MSGPACK
    shown = True

    def __init__(self, stack: ExitStack) -> None:
        self.here, self.there = socket.socketpair()
        stack.callback(self.here.close)
        stack.callback(self.there.close)
        self.here.setblocking(False)
        self.there.setblocking(False)
        self.fd = self.here.fileno()
        self.fast = True
        self.place = 0

    def write_slow(self, data: bytes) -> None:
        raise AssertionError("nothing waits in a transport here")

    def write_rest(self, data: bytes, written: int) -> None:
        raise AssertionError("the pair is large enough for this test")

    def write_failed(self) -> None:
        raise AssertionError("nobody leaves")

    def welcome_anew(self, room: Welcoming) -> None:
        raise AssertionError("nobody is behind")


class Saying:
    """Publishes to one room, as the bus would."""

    def __init__(self, room: Room, clock: SystemClock) -> None:
        self.room = room
        self._clock = clock
        self._offset = 0
        room.loaded(Snapshot(Position("e", 0), (), (), ()), clock.now_ms())

    def say(self) -> None:
        self._offset += 1
        now_ms = self._clock.now_ms()
        item = Numbered(self._offset, text_item("name", self._offset, MESSAGE), now_ms)
        self.room.received((Position("e", self._offset), [item], ()), now_ms)


def noted_slices(monkeypatch: pytest.MonkeyPatch, room: Room) -> list[float]:
    """Note when each slice of the room's fan-out begins."""
    began: list[float] = []
    run = SameBytes.run

    def noted(job: SameBytes, deadline: float) -> bool:
        if isinstance(job._done, partial) and job._done.func == room._fanned_out:
            began.append(time.perf_counter())
        return run(job, deadline)

    monkeypatch.setattr(SameBytes, "run", noted)
    return began


async def turned_until(true: Callable[[], bool]) -> None:
    """Let the loop turn; each turn is one slice."""
    ends = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < ends
        await asyncio.sleep(0)


@pytest.mark.alone
async def test_LAD6_a_noisy_room_delays_a_quiet_one_by_one_slice_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SystemClock()
    hub = Hub(clock, CountingMeter(), lambda room: None)
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        full = [Socketed(stack) for _ in range(FULL)]
        noisy, quiet = Saying(hub.room("noisy"), clock), Saying(hub.room("quiet"), clock)
        for one in full:
            noisy.room.enter(one)
        watcher = Socketed(stack)
        quiet.room.enter(watcher)
        ear, mouth = socket.socketpair()  # the bus: what is said arrives as a readable socket does
        for end in (ear, mouth):
            stack.callback(end.close)
            end.setblocking(False)
        arrived = asyncio.Event()

        def heard() -> None:
            ear.recv(64)
            quiet.say()
            arrived.set()

        loop.add_reader(ear, heard)
        waits, overtaken, fanouts = [], [], []
        began = noted_slices(monkeypatch, noisy.room)
        for _ in range(SAYINGS):
            began.clear()
            started = time.perf_counter()
            noisy.say()  # the first slice is written at once, the rest waits for its turns
            assert noisy.room._busy, "the room must be large enough to be written in several slices"
            said = time.perf_counter()
            os.write(mouth.fileno(), b"!")
            arrived.clear()
            await arrived.wait()
            waits.append(time.perf_counter() - said)
            assert watcher.there.recv(1 << 20), "written by the time the room has been told"
            overtaken.append(sum(at >= said for at in began))
            await turned_until(lambda: not noisy.room._busy)
            fanouts.append(time.perf_counter() - started)
            for one in full:
                one.there.recv(1 << 20)
        loop.remove_reader(ear)
    assert max(overtaken) <= 1, f"slices of the full room that went before the quiet one: {overtaken}"
    assert statistics.median(waits) < statistics.median(fanouts) / 2
    print(  # shown by `pytest -s`; the figures stand in docs/benchmarks
        f"quiet p50 {statistics.median(waits) * 1e3:.2f} ms, max {max(waits) * 1e3:.2f} ms; "
        f"the full room's fan-out p50 {statistics.median(fanouts) * 1e3:.2f} ms"
    )
