"""Hellos under way are given up on in time, and only those that take too long."""

import asyncio

import pytest

from broadcaster.judging import Judging


class Clocked:
    """Work that never ends by itself and says how it ended."""

    def __init__(self, judging: Judging) -> None:
        self.judging = judging
        self.gave_up: bool | None = None

    async def work(self) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.gave_up = self.judging.gave_up()
            if not self.gave_up:
                raise


async def some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_PRO13_what_takes_too_long_is_given_up_and_knows_why() -> None:
    judging = Judging(within_s=0.0)
    stuck = Clocked(judging)
    judging.begin(stuck.work())
    await some_turns()
    judging.look()
    await some_turns()
    assert stuck.gave_up is True
    assert judging.tasks == set()


async def test_PRO13_who_is_in_time_is_let_be_and_who_is_cancelled_otherwise_is_not_given_up() -> None:
    judging = Judging(within_s=3_600.0)
    stuck = Clocked(judging)
    judging.begin(stuck.work())
    await some_turns()
    judging.look()
    await some_turns()
    assert stuck.gave_up is None
    [task] = judging.tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stuck.gave_up is False


async def test_PRO13_what_has_ended_is_forgotten() -> None:
    judging = Judging(within_s=0.0)
    judging.begin(asyncio.sleep(0))
    await some_turns()
    assert judging.tasks == set()
    judging.look()
