"""Writing to many: in slices, in order, past dead and full sockets."""

from __future__ import annotations

import asyncio
import os
import socket
import time

from broadcaster import fanout
from broadcaster.fanout import Fanout, SameBytes, ToEach, write_all


class Target:
    """A viewer on one end of a socket pair."""

    def __init__(self, place: int = 0) -> None:
        self.here, self.there = socket.socketpair()
        self.here.setblocking(False)
        self.there.setblocking(False)
        self.fd = self.here.fileno()
        self.fast = True
        self.place = place
        self.slow: list[bytes] = []
        self.rest: list[tuple[bytes, int]] = []
        self.failed = 0

    def write_slow(self, data: bytes) -> None:
        self.slow.append(data)

    def write_rest(self, data: bytes, written: int) -> None:
        self.fast = False
        self.rest.append((data, written))

    def write_failed(self) -> None:
        self.fast = False
        self.failed += 1

    def received(self) -> bytes:
        try:
            return self.there.recv(1 << 20)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        self.here.close()
        self.there.close()


def test_HUB6_the_same_bytes_reach_every_descriptor_and_slow_ones_go_another_way() -> None:
    targets = [Target() for _ in range(5)]
    targets[3].fast = False
    write_all(targets, b"hello", 1)
    assert [target.received() for target in targets] == [b"hello", b"hello", b"hello", b"", b"hello"]
    assert targets[3].slow == [b"hello"]
    for target in targets:
        target.close()


def test_HUB2_who_is_at_or_past_the_place_is_left_out() -> None:
    targets = [Target(place) for place in (4, 5, 6)]
    write_all(targets, b"x", 5)
    assert [target.received() for target in targets] == [b"x", b"", b""]
    for target in targets:
        target.close()


def test_HUB7_a_full_descriptor_hands_over_the_rest_and_a_dead_one_is_told() -> None:
    full, dead, fine = Target(), Target(), Target()
    full.here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    dead.there.close()
    message = b"x" * 300_000
    write_all([full, dead, fine], message, 1)
    [(data, written)] = full.rest
    assert (data, 0 < written < len(message)) == (message, True)
    assert dead.failed == 1
    write_all([full, fine], b"y", 1)
    assert full.slow == [b"y"]
    full.fast = True
    while True:  # to the brim
        try:
            os.write(full.fd, b"z" * 4096)
        except BlockingIOError:
            break
    write_all([full], b"w", 1)
    assert full.rest[-1] == (b"w", 0)
    for target in (full, dead, fine):
        target.close()


class Slow:
    """A job that takes its time over each step."""

    def __init__(self, name: str, steps: int, log: list[str]) -> None:
        self.name, self.steps, self.log = name, steps, log

    def run(self, deadline: float) -> bool:
        while self.steps:
            self.steps -= 1
            self.log.append(self.name)
            while time.perf_counter() < deadline:
                pass
            return not self.steps
        return True

    def done(self) -> None:
        self.log.append(f"{self.name} done")


async def test_HUB6_long_jobs_take_turns_and_let_the_loop_run_between() -> None:
    log: list[str] = []
    out = Fanout()
    out.start(Slow("a", 3, log))
    out.start(Slow("b", 3, log))
    turns = 0
    while "a done" not in log or "b done" not in log:
        await asyncio.sleep(0)
        turns += 1
    assert log == ["a", "b", "a", "b", "a", "a done", "b", "b done"]
    assert turns >= 3


async def test_HUB6_many_viewers_are_written_in_slices_and_in_order() -> None:
    targets = [Target() for _ in range(300)]
    done = asyncio.Event()
    out = Fanout()
    slice_s, fanout.SLICE_S = fanout.SLICE_S, 0.0  # every look at the clock ends a slice
    try:
        out.start(SameBytes([(targets, b"1", 1), (targets[:2], b"2", 1)], done.set))
        assert not done.is_set()
        await done.wait()
    finally:
        fanout.SLICE_S = slice_s
    assert [target.received() for target in targets] == [b"12", b"12", *[b"1"] * 298]
    for target in targets:
        target.close()


async def test_HUB6_a_job_that_fails_does_not_block_the_next() -> None:
    done: list[str] = []
    out = Fanout()

    def explode(one: int) -> None:
        raise RuntimeError("a bug")

    out.start(ToEach([1], explode, lambda: done.append("failed")))
    out.start(ToEach([1], lambda one: None, lambda: done.append("fine")))
    assert done == ["failed", "fine"]


async def test_HUB6_a_job_may_start_the_next_one_when_it_is_done() -> None:
    log: list[str] = []
    out = Fanout()

    class Chained(Slow):
        def done(self) -> None:
            super().done()
            if self.name != "c":
                out.start(Chained(chr(ord(self.name) + 1), 2, log))

    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context))
    out.start(Chained("a", 2, log))
    for _ in range(20):
        await asyncio.sleep(0)
    assert log == ["a", "a", "a done", "b", "b", "b done", "c", "c", "c done"]
    assert failures == []
