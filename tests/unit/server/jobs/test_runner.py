"""Due work, again and again."""

import asyncio

import pytest

from server.clock import ManualClock
from server.jobs.runner import Job, Runner
from server.ledger.errors import LedgerUnavailable

NOW = 1_700_000_000_000


async def test_JOB1_a_job_that_raises_is_tried_again_and_the_others_go_on() -> None:
    broken: list[int] = []
    fine: list[int] = []
    enough = asyncio.Event()

    async def breaks(now_ms: int) -> int:
        broken.append(now_ms)
        raise ZeroDivisionError

    async def works(now_ms: int) -> int:
        fine.append(now_ms)
        if len(broken) > 2 and len(fine) > 2:
            enough.set()
        return 0

    runner = Runner([Job("breaks", 0.001, breaks), Job("works", 0.001, works)], ManualClock(NOW))
    runner.start()
    await asyncio.wait_for(enough.wait(), 10)
    await runner.stop()
    assert set(broken) == set(fine) == {NOW}
    seen = len(fine)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(fine) == seen, "stopped is stopped"


async def test_JOB1_while_there_is_more_due_it_goes_on_at_once() -> None:
    left = 5
    done = asyncio.Event()

    async def works(_now_ms: int) -> int:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()
        return left

    runner = Runner([Job("portions", 0.001, works)], ManualClock(NOW))
    runner.start()
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()
    assert left == 0


async def test_JOB1_a_ledger_that_is_away_is_waited_for_with_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def works(_now_ms: int) -> int:
        raise LedgerUnavailable("the database does not answer")

    assert await Runner([], ManualClock(NOW)).once(Job("webhooks", 1, works)) == 0

    said = "".join(capsys.readouterr())
    assert "job.waits" in said
    assert "Traceback" not in said


async def test_JOB2_one_look_says_which_jobs_have_anything_to_do() -> None:
    asked: list[str] = []
    enough = asyncio.Event()
    looks = 0

    async def glance(_now_ms: int) -> list[str]:
        nonlocal looks
        looks += 1
        if looks > 3:
            enough.set()
        return ["hold"] if looks == 2 else []

    def job(name: str, *kinds: str) -> Job:
        async def work(_now_ms: int) -> int:
            asked.append(name)
            return 0

        return Job(name, 60.0, work, frozenset(kinds))

    jobs = [job("holds", "hold"), job("boosts and grants", "boost", "grant"), job("looks itself")]
    runner = Runner(jobs, ManualClock(NOW), glance, glance_s=0.001)
    runner.start()
    await asyncio.wait_for(enough.wait(), 10)
    await runner.stop()
    assert asked == ["holds"]


async def test_JOB2_a_job_that_is_still_at_it_is_not_asked_again_and_ends_with_the_others() -> None:
    asked = 0
    looks = 0
    enough = asyncio.Event()
    never = asyncio.Event()

    async def glance(_now_ms: int) -> list[str]:
        nonlocal looks
        looks += 1
        if looks > 5:
            enough.set()
        return ["hold"]

    async def works(_now_ms: int) -> int:
        nonlocal asked
        asked += 1
        await never.wait()
        return 0

    runner = Runner([Job("holds", 60.0, works, frozenset(("hold",)))], ManualClock(NOW), glance, 0.001)
    runner.start()
    await asyncio.wait_for(enough.wait(), 10)
    await runner.stop()
    assert asked == 1
