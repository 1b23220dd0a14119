"""Facts as webhooks."""

from __future__ import annotations

from dataclasses import replace

from server.domain.decide.membership import newcomer
from server.domain.facts import (
    Awarded,
    CouponGranted,
    Fact,
    ShowEnded,
    TakenBack,
    TierDropped,
    TierEnding,
    TierMoved,
    TierReached,
)
from server.domain.gift_facts import BoostBought, GiftSetAside, PointsGiven
from server.domain.rulebook import LIKE
from server.domain.state import Coupon, Gift, Show, TierHold
from server.domain.world import World
from server.ids import CouponId, GiftId, MemberId, OrderId, TierId
from server.ledger.batch import Happened
from server.ledger.outbox import webhooks_of
from tests.support.ledger import CALENDAR, NOW, ROOM, RULEBOOK, SHOW, origin

M1 = MemberId("m1")
MEMBERS = {M1: replace(newcomer(M1, World(RULEBOOK, CALENDAR), NOW), version=4, points=70)}
GOLD, BASIC = TierId("gold"), TierId("basic")


def told(*facts: Fact) -> list[tuple[str, dict[str, object]]]:
    hooks = webhooks_of([Happened(origin("e1"), facts)], MEMBERS)
    return [(hook.type, dict(hook.body)) for hook in hooks]


def test_LED10_tiers_coupons_and_shows_are_told_with_what_a_receiver_needs() -> None:
    coupon = Coupon(CouponId("c1"), "升级立减券", 1_000, 0, NOW, NOW + 9, "level_up:gold")
    about = {"member": "m1", "version": 4}
    assert told(
        TierReached(M1, GOLD, BASIC, NOW + 5, NOW),
        CouponGranted(M1, coupon, NOW),
        TierDropped(M1, BASIC, GOLD, None, NOW),
        TierEnding(M1, GOLD, NOW + 5, 40, NOW),
        TierMoved(M1, TierId("lv3"), GOLD, NOW + 5, NOW),
        ShowEnded(Show(SHOW, ROOM, "Tonight", "ended", NOW, NOW + 7), NOW + 7),
    ) == [
        ("tier.upgraded", {**about, "tier": "gold", "previous": "basic", "until_ms": NOW + 5}),
        (
            "coupon.granted",
            {
                **about,
                "id": "c1",
                "title": "升级立减券",
                "off": 1_000,
                "min": 0,
                "expires_ms": NOW + 9,
                "reason": "level_up:gold",
            },
        ),
        ("tier.downgraded", {**about, "tier": "basic", "previous": "gold", "until_ms": None}),
        (
            "tier.will_downgrade",
            {**about, "tier": "gold", "previous": "gold", "until_ms": NOW + 5, "growth_to_keep": 40},
        ),
        ("tier.moved", {**about, "tier": "lv3", "previous": "gold", "until_ms": NOW + 5}),
        ("show.ended", {"room": "demo", "show": "s1", "ended_ms": NOW + 7}),
    ]


def test_LED10_points_change_once_a_commit_however_many_awards_it_holds() -> None:
    award = Awarded(M1, LIKE, 3, 0, 1, 20_370, NOW)
    taken = TakenBack(M1, OrderId("o1"), 5, 0, 0, 0, 20_370, NOW)
    expected = [("points.changed", {"member": "m1", "version": 4, "points": 70, "held": 0})]
    assert told(award, award, taken) == expected
    boost = BoostBought(M1, 300, TierHold(GOLD, NOW + 9), 20_370, NOW)
    assert told(boost) == expected
    assert told(replace(award, points=0, growth=2)) == []


def test_P5_a_gift_tells_both_sides_of_their_points() -> None:
    m2 = MemberId("m2")
    gift = Gift(GiftId("g1"), M1, 10, "given", NOW, 20_370, m2, 20_370)
    members = {**MEMBERS, m2: replace(newcomer(m2, World(RULEBOOK, CALENDAR), NOW), version=1, points=10)}
    given = PointsGiven(gift, m2, "小美", "小丽", False, 20_370, NOW)
    hooks = webhooks_of([Happened(origin("e1"), (given,))], members)
    assert [(hook.type, hook.member, hook.version) for hook in hooks] == [
        ("points.changed", "m1", 4),
        ("points.changed", "m2", 1),
    ]
    hooks = webhooks_of([Happened(origin("e1"), (GiftSetAside(gift, NOW),))], members)
    assert [(hook.type, hook.member) for hook in hooks] == [("points.changed", "m1")]
