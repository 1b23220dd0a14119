"""Questions of single acts, asked together."""

import asyncio
from collections.abc import Sequence

import pytest

from server.clock import ManualClock
from server.hot.errors import HotUnavailable
from server.hot.gathering import FirstAnswers, Gathered, GatheredPacer
from server.hot.ports import Ask, Granted
from server.hot.testing import MemoryHot
from server.ids import MemberId

NOW = 1_700_000_000_000
ANNA = MemberId("anna")


class Slow:
    """Answers a question with its double when told to, and remembers what was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_answer = asyncio.Semaphore(0)
        self.failing: Exception | None = None

    async def ask(self, questions: Sequence[int]) -> Sequence[int]:
        self.asked.append(list(questions))
        await self.may_answer.acquire()
        if self.failing is not None:
            raise self.failing
        return [2 * one for one in questions]


async def turn() -> None:
    """Let everybody who can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_HOT13_who_ask_in_one_turn_ask_together_and_who_come_meanwhile_are_next() -> None:
    slow = Slow()
    gathered = Gathered(slow.ask, at_most=3)
    first = [asyncio.create_task(gathered.one(n)) for n in (1, 2)]
    await turn()
    meanwhile = [asyncio.create_task(gathered.one(n)) for n in (3, 4, 5, 6)]
    await turn()
    assert slow.asked == [[1, 2]]
    for _ in range(3):
        slow.may_answer.release()
    assert await asyncio.gather(*first, *meanwhile) == [2, 4, 6, 8, 10, 12]
    assert slow.asked == [[1, 2], [3, 4, 5], [6]]


async def test_HOT13_an_idle_one_asks_at_once_again() -> None:
    slow = Slow()
    slow.may_answer.release()
    slow.may_answer.release()
    gathered = Gathered(slow.ask)
    assert [await gathered.one(1), await gathered.one(2)] == [2, 4]
    assert slow.asked == [[1], [2]]


async def test_HOT13_a_failure_is_theirs_who_are_in_the_question_and_nobody_elses() -> None:
    slow = Slow()
    gathered = Gathered(slow.ask, at_most=2)
    asked = [asyncio.create_task(gathered.one(n)) for n in (1, 2, 3)]
    await turn()
    slow.failing = HotUnavailable("away")
    slow.may_answer.release()
    await turn()
    slow.failing = None
    slow.may_answer.release()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in answers] == [HotUnavailable, HotUnavailable, int]


async def test_HOT13_who_stops_waiting_takes_nothing_from_the_others() -> None:
    slow = Slow()
    gathered = Gathered(slow.ask)
    asked = [asyncio.create_task(gathered.one(n)) for n in (1, 2, 3)]
    await turn()
    asked[1].cancel()
    slow.may_answer.release()
    assert [await asked[0], await asked[2]] == [2, 6]
    with pytest.raises(asyncio.CancelledError):
        await asked[1]


async def test_HOT13_the_first_answer_stands_also_among_those_kept_together() -> None:
    answers = FirstAnswers(MemoryHot(ManualClock(NOW)))
    kept = [answers.keep(ANNA, "ref", b"first"), answers.keep(ANNA, "ref", b"second")]
    assert await asyncio.gather(*kept) == [None, b"first"]
    stands = [answers.of(ANNA, "ref"), answers.of(ANNA, "other")]
    assert await asyncio.gather(*stands) == [b"first", None]


async def test_HOT13_HOT1_who_take_together_get_no_more_than_the_limit_and_each_their_own() -> None:
    pacer = GatheredPacer(MemoryHot(ManualClock(NOW)))
    asks = [[Ask("room", 3, 1_000)], [Ask("anna", 1, 900), Ask("room", 3, 1_000)], [Ask("room", 3, 1_000, 2)]]
    taken = await asyncio.gather(*(pacer.take(one, NOW + n) for n, one in enumerate(asks)))
    assert taken[0] == [Granted(1, 0)]
    assert taken[1] == [Granted(1, 0), Granted(1, 0)]
    assert taken[2] == [Granted(1, 1_000)]
    assert (await pacer.take([Ask("room", 3, 1_000)], NOW + 1_001))[0].n == 0
    assert (await pacer.take([Ask("room", 3, 1_000)], NOW + 1_002))[0].n == 1
