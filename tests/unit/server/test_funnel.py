"""Who saw and who began a countdown task."""

from server.clock import ManualClock
from server.domain.facts import Fact, TaskProgressed
from server.funnel import MOST_WAITING, TaskFunnel
from server.hot.ports import BEGAN, SAW
from server.hot.testing import MemoryHot
from server.ids import MemberId, TaskId
from server.ledger.ports import Committed

NOW = 1_760_000_000_000
T1, T2 = TaskId("t1"), TaskId("t2")


class Told:
    def __init__(self) -> None:
        self.hot = MemoryHot(ManualClock(NOW))
        self.commits: list[Committed] = []
        self.funnel = TaskFunnel(self.tell, self.hot)

    async def tell(self, committed: Committed) -> None:
        self.commits.append(committed)

    async def marked(self, step: str, task: TaskId) -> int:
        return (await self.hot.marked([(step, task)]))[0]


def progressed(who: str, task: TaskId = T1, count: int = 1) -> Fact:
    return TaskProgressed(MemberId(who), task, count, 3, NOW + 1, NOW)


async def test_L3_who_began_follows_from_the_facts_and_the_commit_goes_on() -> None:
    told = Told()
    committed = Committed((), (progressed("anna"), progressed("ben"), progressed("anna", count=2)), (), ())
    await told.funnel.after_commit(committed)
    assert told.commits == [committed]
    assert await told.marked(BEGAN, T1) == 0, "nothing is told while events are kept"
    await told.funnel.refresh(NOW)
    assert (await told.marked(BEGAN, T1), await told.marked(BEGAN, T2)) == (2, 0)


async def test_L3_who_saw_it_counts_once() -> None:
    told = Told()
    for viewer in ("anna", "ben", "anna"):
        told.funnel.saw([T1, T2], viewer)
    await told.funnel.refresh(NOW)
    told.funnel.saw([T1], "carl")
    await told.funnel.refresh(NOW)
    assert (await told.marked(SAW, T1), await told.marked(SAW, T2)) == (3, 2)


async def test_HOT7_with_redis_away_marks_wait_and_are_told_when_it_is_back() -> None:
    told = Told()
    told.hot.away = True
    told.funnel.saw([T1], "anna")
    await told.funnel.refresh(NOW)
    told.funnel.saw([T1], "ben")
    told.hot.away = False
    await told.funnel.refresh(NOW)
    assert await told.marked(SAW, T1) == 2


async def test_R7_what_waits_has_an_end() -> None:
    told = Told()
    for n in range(MOST_WAITING + 10):
        told.funnel.saw([T1], str(n))
    await told.funnel.refresh(NOW)
    assert await told.marked(SAW, T1) == MOST_WAITING
