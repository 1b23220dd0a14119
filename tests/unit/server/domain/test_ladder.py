"""What counts, and which tier it supports."""

from dataclasses import replace

import pytest

from server.domain.ladder import Totals, effective_tier, supported, totals
from server.domain.state import DayBucket, TierHold
from server.ids import TierId
from tests.unit.server.domain.builders import NOW, TODAY, a_member, jifen


@pytest.mark.parametrize(
    "growth, tier",
    [
        (-50, "basic"), (0, "basic"), (14, "basic"), (15, "bronze"), (299, "bronze"), (300, "silver"),
        (1_999, "silver"), (2_000, "gold"), (9_999, "gold"), (10_000, "black"), (10**9, "black"),
    ],
)  # fmt: skip
def test_T2_T4_growth_supports_its_tier_and_everyone_has_the_lowest(growth: int, tier: str) -> None:
    assert supported(Totals(growth), jifen()).id == tier


def test_T11_today_and_the_364_days_before_count() -> None:
    days = tuple(DayBucket(TODAY - age, 1, 100, 1) for age in (400, 365, 364, 1, 0))
    assert totals(days, TODAY, 365) == Totals(3, 300, 3)
    assert totals((), TODAY, 365) == Totals()


@pytest.mark.parametrize(
    "boost, grant, tier",
    [
        (None, None, "silver"),
        (("gold", NOW + 1), None, "gold"),
        (("gold", NOW), None, "silver"),  # it ends at its end
        (("gold", NOW + 1), ("black", NOW + 1), "black"),
        (("gold", NOW + 1), ("black", NOW - 1), "gold"),
        (None, ("bronze", NOW + 1), "silver"),  # a grant never pulls down
    ],
)
def test_T8_the_effective_tier_is_the_highest_that_has_not_run_out(
    boost: tuple[str, int] | None, grant: tuple[str, int] | None, tier: str
) -> None:
    def hold(of: tuple[str, int] | None) -> TierHold | None:
        return TierHold(TierId(of[0]), of[1]) if of else None

    member = replace(a_member(growth=300), boost=hold(boost), grant=hold(grant))
    assert effective_tier(member, jifen(), NOW) == tier
    assert member.tier == "silver"
