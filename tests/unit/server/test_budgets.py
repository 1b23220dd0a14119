"""When the operator is warned of a budget, and what the meter is told."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from server.budgets import BudgetWatch, crossed
from server.ledger.ports import BudgetStand, Committed


def stand(charged: int, spent: int, most: int = 1_000, name: str = "show:s1") -> BudgetStand:
    return BudgetStand(name, charged, spent, most)


@pytest.mark.parametrize(
    "charged, spent, warned",
    [
        (10, 499, ()),
        (1, 500, (50,)),
        (1, 501, ()),
        (300, 799, (50,)),
        (300, 800, (80,)),
        (900, 900, (50, 80)),
        (1_000, 1_000, (50, 80)),
        (200, 1_000, ()),
    ],
)
def test_E8_a_threshold_is_crossed_by_the_commit_that_reaches_it(
    charged: int, spent: int, warned: tuple[int, ...]
) -> None:
    assert crossed(stand(charged, spent)) == warned


@pytest.mark.parametrize("step", [1, 3, 7, 499, 1_000])
def test_E8_every_threshold_is_crossed_once_whatever_the_steps(step: int) -> None:
    told: list[int] = []
    before = 0
    for spent in [*range(step, 1_000, step), 1_000]:
        told += crossed(stand(spent - before, spent))
        before = spent
    assert told == [50, 80]


class Meter:
    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def budget_spent(self, budget: str, ratio: float) -> None:
        self.told.append((budget, ratio))


async def test_E8_the_operator_is_warned_once_and_the_commit_goes_on() -> None:
    passed: list[Committed] = []

    async def tell(committed: Committed) -> None:
        passed.append(committed)

    meter = Meter()
    watch = BudgetWatch(tell, meter)
    commits = [
        Committed((), (), (), (), budgets=(stand(20, 510), stand(20, 20, 200, "day:20370"))),
        Committed((), (), (), (), budgets=(stand(20, 530),)),
        Committed((), (), (), ()),
    ]
    with capture_logs() as logs:
        for commit in commits:
            await watch.after_commit(commit)
    assert passed == commits
    assert meter.told == [("show", 0.51), ("day", 0.1), ("show", 0.53)]
    assert [(line["log_level"], line["budget"], line["percent"]) for line in logs] == [
        ("warning", "show:s1", 50)
    ]
