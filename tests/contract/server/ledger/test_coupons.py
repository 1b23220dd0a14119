"""Coupons: which an order may use up, once, and what a refund gives back. On memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from server.domain.commands import RecordPaidOrder
from server.domain.decision import Receipt
from server.domain.state import Coupon
from server.ids import CouponId
from server.ledger.verify import verify
from tests.support.ledger import (
    NOW,
    RULEBOOK,
    Ledger,
    as_test,
    in_memory,
    member,
    on_database,
    paid,
    refunded,
)

HOUR_MS = 3_600_000
LASTS_MS = 24 * HOUR_MS
MINIMUM = replace(RULEBOOK, level_up=replace(RULEBOOK.level_up, coupon_min=5_000))
"""A coupon of ¥10, for 24 hours, from ¥50 on."""


@pytest.fixture
async def shop(any_ledger_url: str | None) -> AsyncIterator[Ledger]:
    """A ledger in which m1 and m2 have reached silver, each with a coupon."""
    if any_ledger_url is None:
        yield await with_coupons(in_memory(MINIMUM))
        return
    async with on_database(any_ledger_url, MINIMUM) as ledger:
        yield await with_coupons(ledger)
        assert ledger.engines is not None
        assert (await verify(ledger.engines)).differences == ()


async def with_coupons(ledger: Ledger) -> Ledger:
    await ledger.apply(paid("up1", "m1", "up1", 300), paid("up2", "m2", "up2", 300))
    return ledger


async def coupons(ledger: Ledger, who: str = "m1") -> list[Coupon]:
    return list(await ledger.queries.coupons(member(who), None, 50))


async def coupon_of(ledger: Ledger, who: str = "m1") -> CouponId:
    (coupon,) = await coupons(ledger, who)
    return coupon.id


async def used_by(ledger: Ledger, who: str = "m1") -> str | None:
    (coupon,) = await coupons(ledger, who)
    return coupon.used_by


def using(
    coupon: str, event: str, who: str = "m1", *, yuan: int = 100, at_ms: int = NOW, order: str | None = None
) -> RecordPaidOrder:
    return replace(paid(event, who, order or f"o-{event}", yuan, at_ms=at_ms, room=None), coupon=coupon)


async def told(ledger: Ledger, command: RecordPaidOrder) -> Receipt:
    (receipt,) = await ledger.receipts(command)
    assert receipt.outcome == "applied", "an order is taken as it is, whatever its coupon"
    assert receipt.earned.points >= command.amount // 100
    return receipt


async def test_B9_L2_a_coupon_pays_into_one_order(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    assert (await told(shop, using(coupon, "e1"))).code is None
    assert await used_by(shop) == "o-e1"
    assert (await shop.queries.members([member("m1")], NOW))[member("m1")].coupons == ()
    assert (await told(shop, using(coupon, "e2"))).code == "coupon_refused"
    assert await used_by(shop) == "o-e1"


async def test_L2_nobody_elses_coupon_and_none_that_was_never_given(shop: Ledger) -> None:
    assert (await told(shop, using(await coupon_of(shop, "m2"), "e1"))).code == "coupon_refused"
    assert (await told(shop, using("c_never", "e2"))).code == "coupon_refused"
    assert (await told(shop, using(await coupon_of(shop), "e3", "stranger"))).code == "coupon_refused"
    assert [await used_by(shop, who) for who in ("m1", "m2")] == [None, None]


@pytest.mark.parametrize("late_ms, code", [(-1, None), (0, "coupon_refused"), (1, "coupon_refused")])
async def test_L2_a_coupon_ends_to_the_millisecond(shop: Ledger, late_ms: int, code: str | None) -> None:
    at_ms = NOW + LASTS_MS + late_ms
    assert (await told(shop, using(await coupon_of(shop), "e1", at_ms=at_ms))).code == code


@pytest.mark.parametrize("yuan, code", [(40, None), (39, "coupon_refused")])
async def test_B9_the_smallest_order_is_what_it_came_to_before_the_coupon(
    shop: Ledger, yuan: int, code: str | None
) -> None:
    assert (await told(shop, using(await coupon_of(shop), "e1", yuan=yuan))).code == code


async def test_R2_an_order_told_again_uses_no_second_coupon_and_is_answered_as_before(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    first = await told(shop, using(coupon, "e1"))
    again = await shop.receipts(using(coupon, "e1"), using(coupon, "e9", order="o-e1"))
    assert [one.outcome for one in again] == ["duplicate", "duplicate"]
    assert {one.earned for one in again} == {first.earned}
    await told(shop, using("c_never", "bad"))
    (bad,) = await shop.receipts(using("c_never", "bad9", order="o-bad"))
    assert (bad.outcome, bad.code) == ("duplicate", "coupon_refused")


async def test_LED21_a_test_order_uses_nothing_up(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    assert (await told(shop, as_test(using(coupon, "t1")))).code is None
    assert await used_by(shop) is None


async def test_P1_a_fully_refunded_order_frees_its_coupon(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    await shop.apply(using(coupon, "e1"))
    await shop.apply(refunded("r1", "m1", "o-e1", 60))
    assert await used_by(shop) == "o-e1", "some of the order is still paid"
    await shop.apply(refunded("r2", "m1", "o-e1", 40))
    assert await used_by(shop) is None
    held = (await shop.queries.members([member("m1")], NOW))[member("m1")].coupons
    assert [one.id for one in held] == [coupon]
    assert (await told(shop, using(coupon, "e2"))).code is None
    assert await used_by(shop) == "o-e2"


async def test_P1_used_refunded_and_used_again_within_one_batch(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    receipts = await shop.receipts(
        using(coupon, "e1"), refunded("r1", "m1", "o-e1", 100), using(coupon, "e2"), using(coupon, "e3")
    )
    assert [one.code for one in receipts] == [None, None, None, "coupon_refused"]
    assert await used_by(shop) == "o-e2"


async def test_P1_a_coupon_that_expired_meanwhile_stays_used(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    await shop.apply(using(coupon, "e1"))
    await shop.apply(refunded("r1", "m1", "o-e1", 100, at_ms=NOW + LASTS_MS))
    assert await used_by(shop) == "o-e1"


async def test_P1_an_order_refunded_whole_before_it_came_uses_no_coupon(shop: Ledger) -> None:
    coupon = await coupon_of(shop)
    await shop.apply(refunded("r1", "m1", "o-e1", 100))
    assert (await told(shop, using(coupon, "e1"))).code is None
    assert await used_by(shop) is None


async def test_R3_one_coupon_in_many_orders_at_once_is_used_once(ledger_url: str) -> None:
    async with on_database(ledger_url, MINIMUM) as one, on_database(ledger_url, MINIMUM) as two:
        coupon = await coupon_of(await with_coupons(one))
        sides = (one, two)
        answers = await asyncio.gather(
            *(sides[n % 2].receipts(using(coupon, f"e{n}")) for n in range(8)),
            *(sides[n % 2].receipts(using(coupon, f"f{n}", "m2")) for n in range(2)),
        )
        codes = [receipt.code for receipts in answers for receipt in receipts]
        assert codes.count(None) == 1
        assert codes.count("coupon_refused") == 9
        assert one.engines is not None
        assert (await verify(one.engines)).differences == ()


async def test_MBR2_coupons_are_paged_newest_first_and_none_is_shown_twice(shop: Ledger) -> None:
    # Up to gold and black by orders a minute apart: a coupon each.
    await shop.apply(paid("up3", "m1", "up3", 2_000, at_ms=NOW + 60_000))
    await shop.apply(paid("up4", "m1", "up4", 9_000, at_ms=NOW + 60_000))
    every = await coupons(shop)
    assert len(every) == 3
    assert every == sorted(every, key=lambda one: (one.granted_ms, one.id), reverse=True)
    paged: list[Coupon] = []
    before: CouponId | None = None
    for _ in range(4):
        page = await shop.queries.coupons(member("m1"), before, 1)
        paged += page
        before = page[-1].id if page else before
    assert paged == every
    foreign = await coupon_of(shop, "m2")
    assert await shop.queries.coupons(member("m1"), foreign, 50) == []
