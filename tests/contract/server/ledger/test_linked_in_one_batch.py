"""An identity is linked and acts in one batch: all that binds whom it is linked to binds it (X1, E8, P1, P2, L8)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.domain.commands import Command, OpenPoll, Vote
from server.domain.decision import Receipt
from server.domain.rulebook import LIKE
from server.ids import PollId
from server.ledger.verify import verify
from tests.support.ledger import (
    NOW,
    RULEBOOK,
    Ledger,
    as_test,
    granted,
    in_memory,
    joined,
    liked,
    linked,
    member,
    on_database,
    origin,
    paid,
    redeemed,
    reward_put,
    who_of,
)

RULES = replace(
    RULEBOOK,
    behaviours={**RULEBOOK.behaviours, LIKE: replace(RULEBOOK.behaviours[LIKE], per_show=4)},
)
P1 = PollId("p1")


@pytest.fixture
async def few_a_show(any_ledger_url: str | None) -> AsyncIterator[Ledger]:
    """A show on air, in which four likes earn."""
    if any_ledger_url is None:
        yield await in_memory(RULES).with_live_show()
        return
    async with on_database(any_ledger_url, RULES) as opened:
        yield await opened.with_live_show()
        assert opened.engines is not None
        assert (await verify(opened.engines)).differences == ()


async def linked_and(ledger: Ledger, act: Command) -> Receipt:
    """Link wx:anna to m1 and let her do `act`, in one batch; return what the act was answered."""
    [link, answer] = await ledger.receipts(linked("link", "m1", "wx", "anna"), act)
    assert (link.outcome, answer.member) == ("applied", "m1")
    return answer


async def points(ledger: Ledger, who: str) -> int:
    found = await ledger.queries.members([member(who)], NOW)
    return found[member(who)].points


async def test_X1_E8_the_cap_of_the_show_binds_by_a_name_linked_just_now(few_a_show: Ledger) -> None:
    await few_a_show.apply(liked("l1", "m1", 3))
    answer = await linked_and(few_a_show, liked("l2", "wx:anna", 3))
    assert (answer.earned.points, await points(few_a_show, "m1")) == (1, 4)
    [more] = await few_a_show.receipts(liked("l3", "m1", 1))
    assert more.code == "cap_reached", "and what was earned by that name is counted"


async def test_X1_L8_who_has_voted_has_voted_by_a_name_linked_just_now(few_a_show: Ledger) -> None:
    def votes(event: str, who: str) -> Vote:
        return Vote(origin(event, source="live"), who_of(who), P1, "a")

    await few_a_show.apply(OpenPoll(origin("poll"), P1, "下一件上什么?", ("围巾", "手套"), 60))
    await few_a_show.apply(votes("v1", "m1"))
    assert (await linked_and(few_a_show, votes("v2", "wx:anna"))).code == "duplicate"
    assert await few_a_show.queries.spent(["poll:p1:a"]) == {"poll:p1:a": 1}


async def test_X1_P2_a_limit_per_member_binds_by_a_name_linked_just_now(few_a_show: Ledger) -> None:
    await few_a_show.apply(reward_put("p", cost=100, per_member=1), granted("g", "m1", points=500))
    await few_a_show.apply(redeemed("r1", "m1"))
    assert (await linked_and(few_a_show, redeemed("r2", "wx:anna"))).code == "limit_reached"


async def test_X1_P1_points_of_a_returnable_order_buy_no_goods_by_a_name_linked_just_now(
    few_a_show: Ledger,
) -> None:
    await few_a_show.apply(paid("o", "m1", "o1", 500), reward_put("p", cost=100))
    assert (await linked_and(few_a_show, redeemed("r", "wx:anna"))).code == "not_enough_points"


async def test_X1_E8_an_identity_that_is_not_linked_after_all_is_who_it_was(few_a_show: Ledger) -> None:
    await few_a_show.apply(liked("l1", "wx:anna", 4), liked("l2", "m1", 4))
    [taken, answer] = await few_a_show.receipts(linked("link", "m1", "wx", "anna"), liked("l3", "wx:anna", 1))
    assert (taken.code, answer.code) == ("identity_taken", "cap_reached")


async def test_X1_E8_names_linked_one_by_the_other_mean_one_member_in_one_batch(few_a_show: Ledger) -> None:
    await few_a_show.apply(liked("l1", "m1", 3))
    receipts = await few_a_show.receipts(
        linked("k1", "m1", "wx", "anna"),
        linked("k2", "wx:anna", "app", "anna"),
        linked("k3", "m2", "app", "anna"),
        liked("l2", "app:anna", 3),
        liked("l3", "wx:anna", 3),
    )
    assert [one.code for one in receipts] == [None, None, "identity_taken", None, "cap_reached"]
    assert await points(few_a_show, "m1") == 4


async def test_X1_LED21_a_link_that_was_only_a_test_links_nobody(few_a_show: Ledger) -> None:
    await few_a_show.apply(liked("l1", "m1", 4))
    test = as_test(joined("j", "m1"))
    link = replace(linked("link", "m1", "wx", "anna"), origin=replace(test.origin, event="link"))
    [_, answer] = await few_a_show.receipts(link, liked("l2", "wx:anna", 3))
    assert (answer.earned.points, answer.member == "m1") == (3, False)
