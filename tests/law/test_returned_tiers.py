"""The law of a tier that orders have lifted: what goes back leaves what would be there without it, in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from hypothesis import given, strategies as st

from server.domain.commands import Command, MergeMembers
from server.domain.decision import Applied
from server.domain.facts import TierDropped, TierKept, TierReached
from server.domain.ladder import supported, totals
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.ids import TierId
from server.rulebooks.loading import load_preset
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    MEI,
    NOW,
    Stage,
    a_member,
    a_refund,
    an_order,
    by,
    granted,
    origin,
    stage_with,
)

LAN = "lan"
LADDERS = {name: load_preset(name) for name in ("jifen", "laopengyou")}
"""The second one counts what was paid and how often, too (T3)."""
RULES = st.sampled_from(sorted(LADDERS)).map(LADDERS.__getitem__)
OWNS = st.tuples(st.integers(0, 3), st.integers(0, 3))
"""What each account has by itself from earlier years, as a rank, with no growth that still counts."""


@dataclass(frozen=True)
class Step:
    """Something that lifts `who`: an order of so many yuan, or, without one, growth that is nobody's order."""

    who: str
    amount: int
    order: str = ""


@dataclass(frozen=True)
class Law:
    """Under which rules, with what of their own, the two accounts begin."""

    rules: Rulebook
    owns: tuple[int, int]

    def own(self, who: str, rank: int, days: int) -> Member:
        lowest = a_member(who, tier="basic")
        if not rank:
            return replace(lowest, tier=self.rules.lowest)
        return replace(lowest, tier=self.rules.ladder[rank].id, tier_until_ms=NOW + days * DAY)

    def climbed(self, steps: Sequence[Step], merge_at: int | None = None) -> Stage:
        """Both accounts after `steps`, an hour each; before the one of that number they became one."""
        both = self.own(MEI, self.owns[0], 100), self.own(LAN, self.owns[1], 50)
        stage = stage_with(*both, rulebook=self.rules)
        for n, step in enumerate((*steps, None)):
            if n == merge_at:
                become_one(stage)
            if step is not None:
                stage.after(HOUR).applied(happens(step, merge_at is not None and n >= merge_at))
        return stage

    def rank(self, tier: TierId) -> int:
        return self.rules.ranks[tier]

    def promised(self, stage: Stage, told: Sequence[object], fen: dict[str, int], accounts: int) -> int:
        """V3 to the letter: what was there before, what no returned order has reached, and what is supported."""
        today = stage.world.calendar.day_of(stage.now)
        has = totals(stage.member().days, today, self.rules.year.window_days)
        stays = [fact.tier for fact in told if isinstance(fact, TierReached) and fact.by_order not in fen]
        return max([*self.owns[:accounts], *map(self.rank, stays), self.rank(supported(has, self.rules).id)])


AMOUNT = st.sampled_from([10, 100, 200, 300, 700, 1_200, 2_000, 4_000, 10_000])
WHO = st.sampled_from([MEI, LAN])
STEPS = st.lists(st.tuples(WHO, AMOUNT, st.booleans()), min_size=1, max_size=6).map(
    lambda found: [
        Step(who, amount, f"o{n}" if bought else "") for n, (who, amount, bought) in enumerate(found)
    ]
)
PERCENT = st.sampled_from([100, 100, 100, 1, 30, 60, 99])
"""How much of an order goes back, all in all; nothing of an order that is not named."""
BACK = st.dictionaries(st.integers(0, 5), PERCENT, max_size=5)


def happens(step: Step, merged: bool) -> Command:
    who = MEI if merged else step.who
    if step.order:
        return an_order(step.order, yuan=step.amount, who=who)
    return granted(who=who, growth=step.amount)


def become_one(stage: Stage) -> None:
    """Merge both accounts; the orders are the survivor's from then on, as the ledger has it."""
    stage.applied(MergeMembers(origin(None), by(MEI), by(LAN)))
    for order in stage.world.orders.values():
        stage.world.orders[order.id] = replace(order, member=MEI)


def returns(stage: Stage, order: str, fen: int) -> None:
    """Refund so much of it, in two parts."""
    for part in (fen // 3, fen - fen // 3):
        assert isinstance(stage.after(HOUR).do(a_refund(order, fen=part)), Applied)


def in_yuan(steps: Sequence[Step]) -> dict[str, int]:
    return {step.order: step.amount for step in steps if step.order}


def shares(steps: Sequence[Step], back: dict[int, int]) -> dict[str, int]:
    """Order → how many fen of it go back."""
    yuan = in_yuan(steps)
    return {f"o{n}": yuan[f"o{n}"] * percent for n, percent in back.items() if f"o{n}" in yuan}


def hers(steps: Sequence[Step]) -> list[Step]:
    return [replace(step, who=MEI) for step in steps]


LAWS = st.builds(Law, RULES, OWNS)


@given(LAWS, STEPS.map(hers), BACK)
def test_V3_T6_what_is_left_of_a_tier_hangs_on_what_went_back_and_not_on_its_turn(
    law: Law, steps: list[Step], back: dict[int, int]
) -> None:
    fen = shares(steps, back)
    for turn in list(permutations(sorted(fen)))[:24]:
        stage = law.climbed(steps)
        told = list(stage.facts)
        for order in turn:
            returns(stage, order, fen[order])
        assert law.rank(stage.member().tier) == law.promised(stage, told, fen, 1)


@given(LAWS, STEPS.map(hers), st.sets(st.integers(0, 5)))
def test_V3_T3_T6_returned_whole_orders_leave_what_would_be_there_had_they_never_been_paid(
    law: Law, steps: list[Step], gone: set[int]
) -> None:
    """Never less, and no more than what others, that did not go back, have reached meanwhile."""
    fen = shares(steps, dict.fromkeys(gone, 100))
    stage = law.climbed(steps)
    stays = [law.rank(fact.tier) for fact in stage.told(TierReached) if fact.by_order not in fen]
    for order in fen:
        returns(stage, order, fen[order])
    member = stage.member()
    without = law.climbed([step for step in steps if step.order not in fen]).member()
    assert law.rank(member.tier) == max([law.rank(without.tier), *stays])
    if not stays and law.rank(member.tier) == law.owns[0] > 0:
        # Its own year, neither longer nor shorter for all that has come and gone.
        assert (member.tier_until_ms, member.tier_by_order) == (NOW + 100 * DAY, None)


@given(LAWS, STEPS, BACK)
def test_X1_V3_a_merge_and_refunds_come_out_the_same_whichever_comes_first(
    law: Law, steps: list[Step], back: dict[int, int]
) -> None:
    """After all orders: the merge at every place among the refunds."""
    fen = shares(steps, back)
    for turn in (sorted(fen), sorted(fen, reverse=True)):
        for at in range(len(fen) + 1):
            stage = law.climbed(steps)
            told = list(stage.facts)
            for n, order in enumerate((*turn, None)):
                if n == at:
                    become_one(stage)
                if order is not None:
                    returns(stage, order, fen[order])
            assert law.rank(stage.member().tier) == law.promised(stage, told, fen, 2)


@given(LAWS, STEPS, st.integers(0, 6))
def test_X1_V3_all_orders_of_both_returned_leave_what_either_has_by_itself(
    law: Law, steps: list[Step], merge_at: int
) -> None:
    steps = [step for step in steps if step.order]
    fen = shares(steps, dict.fromkeys(range(6), 100))
    own = max(zip(law.owns, (100, 50), strict=True))
    for turn in list(permutations(sorted(fen)))[:6]:
        stage = law.climbed(steps, min(merge_at, len(steps)))
        for order in turn:
            returns(stage, order, fen[order])
        member = stage.member()
        assert law.rank(member.tier) == own[0]
        assert member.tier_until_ms == (NOW + own[1] * DAY if own[0] else None)
        assert member.tier_by_order is None


@given(LAWS, STEPS.map(hers), BACK)
def test_V3_T8_a_refund_never_lifts_and_what_it_leaves_has_a_year(
    law: Law, steps: list[Step], back: dict[int, int]
) -> None:
    stage = law.climbed(steps)
    for order, fen in shares(steps, back).items():
        before = stage.member()
        returns(stage, order, fen)
        after = stage.member()
        assert law.rank(after.tier) <= law.rank(before.tier)
        assert (after.tier_until_ms is None) == (after.tier == law.rules.lowest)
    assert all(law.rank(fact.tier) < law.rank(fact.previous) for fact in stage.told(TierDropped))
    assert all(fact.tier != law.rules.lowest for fact in stage.told(TierKept))
