import json
from typing import Any

from broadcaster.frames import Encoded, Rank
from server.announcing.framing import FRESH_MS, framed, level_up_frame
from server.domain.decision import Earned, Receipt
from server.domain.facts import (
    Acted,
    Awarded,
    CommentPosted,
    CouponGranted,
    Fact,
    GateOpened,
    Liked,
    PermitExpired,
    PermitGiven,
    PermitVerified,
    ShoutedOut,
    ShowStarted,
    TakenBack,
    TierDropped,
    TierReached,
)
from server.domain.gates import Gate, Permit
from server.domain.shoutouts import Shout
from server.domain.state import Coupon, Member, Show
from server.ids import (
    AuthorTag,
    CouponId,
    GateId,
    MemberId,
    OrderId,
    PermitId,
    RoomId,
    RuleId,
    ShowId,
    TierId,
)
from server.ledger.ports import Committed, ItemChange, Rehearsed
from server.rulebooks.loading import load_preset

NOW = 1_763_700_000_000
RULEBOOK = load_preset("jifen")
ANNA, R1 = MemberId("anna"), RoomId("r1")
AUTHOR = AuthorTag("a_anna")
COUPON = Coupon(CouponId("c1"), "升级券", 1_000, 0, NOW, NOW + 86_400_000, "level_up:silver")
MEMBER = Member(ANNA, AUTHOR, "小美", NOW, TierId("silver"), NOW, None, version=4)


def committed(
    *facts: Fact, receipts: tuple[Receipt, ...] = (), items: tuple[ItemChange, ...] = ()
) -> Committed:
    return Committed(receipts, facts, (MEMBER,), items)


def said(encoded: Encoded) -> Any:
    return json.loads(encoded.json)


def shouted(tier: str = "silver", room: RoomId | None = R1, *, is_test: bool = False) -> ShoutedOut:
    return ShoutedOut(ANNA, AUTHOR, "小美", TierId(tier), room, COUPON, NOW, is_test)


def awarded(rule: str = "share", points: int = 10) -> Awarded:
    return Awarded(ANNA, RuleId(rule), points, 10, 1, 20_000, NOW)


def receipt(
    source: str,
    rule: str | None = "share",
    code: str | None = None,
    outcome: str = "applied",
    points: int = 10,
) -> Receipt:
    earned = Earned(points, 10 if points else 0)
    return Receipt(source, "e1", ANNA, outcome, code, RuleId(rule) if rule else None, earned)


def notices(frames: Committed) -> list[Any]:
    return [said(notice.body) for _, notice in framed(frames, RULEBOOK, NOW).notices]


def test_L2_a_shout_goes_to_its_room_and_only_while_that_is_live() -> None:
    live = framed(committed(shouted()), RULEBOOK, NOW)
    assert [(room, shout.name, shout.tier) for room, shout in live.shouts] == [(R1, "小美", "silver")]
    assert framed(committed(shouted(room=None)), RULEBOOK, NOW).shouts == ()


def test_L2_below_the_operators_tier_nobody_is_shouted() -> None:
    assert framed(committed(shouted("bronze")), RULEBOOK, NOW).shouts == ()


def test_L2_the_moment_is_loud_fresh_for_a_minute_and_names_its_author() -> None:
    moment = level_up_frame(
        R1, Shout(AUTHOR, "小美", TierId("silver"), 1, COUPON, NOW - 1_000, False), RULEBOOK, NOW
    )
    assert (moment.rank, moment.author, moment.expires_ms) == (Rank.LOUD, AUTHOR, NOW - 1_000 + FRESH_MS)
    body = said(moment.body)
    assert body["text"]["zh-CN"] == "恭喜用户@小美 升级为白银会员!现在下单立减10元!"
    assert body["params"] == {
        "name": "小美",
        "tier": "silver",
        "count": 1,
        "offer": {"title": "升级券", "off": 1_000},
    }
    assert (body["id"], body["rank"], body["kind"]) == (moment.id, 1, "level_up")


def test_L2_a_fold_is_fresh_from_when_it_is_shown() -> None:
    shout = Shout(AUTHOR, "小美", TierId("silver"), 12, COUPON, NOW - 50_000, False)
    moment = level_up_frame(R1, shout, RULEBOOK, NOW)
    assert moment.expires_ms == NOW + FRESH_MS
    assert said(moment.body)["text"]["zh-CN"] == "小美 等 12 人升级为白银会员!现在下单立减10元!"


def test_L2_a_test_is_marked_and_never_folded_into_the_same_moment_id() -> None:
    real = level_up_frame(R1, Shout(AUTHOR, "小美", TierId("silver"), 1, COUPON, NOW, False), RULEBOOK, NOW)
    test = level_up_frame(R1, Shout(AUTHOR, "小美", TierId("silver"), 1, COUPON, NOW, True), RULEBOOK, NOW)
    assert (said(real.body)["is_test"], said(test.body)["is_test"]) == (False, True)
    assert real.id != test.id


def test_L2_of_a_test_event_only_the_shout_out_is_shown() -> None:
    comment = CommentPosted(ANNA, AUTHOR, "小美", TierId("silver"), R1, "k1", "好看", "d", True, NOW)
    facts = (shouted(is_test=True), comment, Liked(ANNA, R1, 3, NOW), awarded())
    nothing = Receipt("shop", "t2", ANNA, "applied", code="cap_reached")
    tests = (Rehearsed("shop", "t1", facts), Rehearsed("shop", "t2", ()))
    frames = framed(Committed((nothing,), (), (), (), rehearsed=tests), RULEBOOK, NOW)
    assert [(room, shout.is_test) for room, shout in frames.shouts] == [(R1, True)]
    assert (frames.members, frames.comments, frames.notices, dict(frames.likes)) == ((), (), (), {})


def test_L13_comments_and_likes_go_to_their_room() -> None:
    comment = CommentPosted(ANNA, AUTHOR, "小美", TierId("silver"), R1, "k1", "好看", "d", True, NOW)
    frames = framed(committed(comment, Liked(ANNA, R1, 3, NOW), Liked(ANNA, R1, 4, NOW)), RULEBOOK, NOW)
    assert [(room, frame.id, said(frame.body)["tier"]) for room, frame in frames.comments] == [
        (R1, "k1", "silver")
    ]
    assert dict(frames.likes) == {R1: 7}


def test_L13_a_show_that_starts_counts_its_reactions_from_zero() -> None:
    show = Show(ShowId("s1"), R1, "Tonight", "live", NOW)
    assert framed(committed(ShowStarted(show, NOW)), RULEBOOK, NOW).restarted == {R1}


def test_R9_items_and_touched_members_are_told_as_they_are() -> None:
    frames = framed(
        committed(items=(ItemChange(R1, "slow_s", 3, 30), ItemChange(R1, "show", 9, None))), RULEBOOK, NOW
    )
    assert [(room, item.key, item.rev, item.value is None) for room, item in frames.items] == [
        (R1, "slow_s", 3, False),
        (R1, "show", 9, True),
    ]
    assert frames.members == (MEMBER,)


def test_E10_an_event_from_outside_is_told_in_person() -> None:
    (notice,) = notices(committed(awarded(), receipts=(receipt("shop"),)))
    assert notice["kind"] == "points"
    assert notice["params"] == {"rule": "share", "points": 10, "growth": 10}
    assert notice["expires_ms"] == NOW + FRESH_MS


def test_E10_an_act_on_the_socket_is_answered_by_done_and_not_told_again() -> None:
    assert notices(committed(awarded(), receipts=(receipt("live"),))) == []


def test_E10_one_answered_act_does_not_hide_another_award_of_the_same_size() -> None:
    both = committed(awarded(), awarded(), receipts=(receipt("live"), receipt("shop")))
    assert len(notices(both)) == 1


def test_E1_a_watching_milestone_is_a_notice_of_its_own_kind() -> None:
    watched = committed(awarded("watch15", 50), receipts=(receipt("watch", "watch15", points=50),))
    assert [notice["kind"] for notice in notices(watched)] == ["watch"]


def test_T5_a_tier_and_its_coupon_are_told_in_person() -> None:
    reached = TierReached(ANNA, TierId("silver"), TierId("basic"), None, NOW)
    told = notices(committed(reached, CouponGranted(ANNA, COUPON, NOW)))
    assert [(notice["kind"], notice["params"].get("tier")) for notice in told] == [
        ("tier", "silver"),
        ("coupon", None),
    ]
    assert "10元" in told[1]["text"]["zh-CN"]


def test_T8_a_drop_is_told_nobody() -> None:
    frames = framed(committed(TierDropped(ANNA, TierId("basic"), TierId("silver"), None, NOW)), RULEBOOK, NOW)
    assert (frames.notices, frames.shouts) == ((), ())


def test_V3_what_a_refund_takes_back_is_told_with_its_sign() -> None:
    (notice,) = notices(committed(TakenBack(ANNA, OrderId("o"), 300, 320, 30_000, 1, 20_000, NOW)))
    assert notice["params"] == {"points": -300, "growth": -320}


def test_E10_why_an_event_earned_nothing_is_told_but_not_what_concerns_its_sender() -> None:
    def codes(*receipts: Receipt) -> list[str]:
        return [
            notice["params"]["code"]
            for notice in notices(committed(Acted(ANNA, RuleId("like"), NOW), receipts=receipts))
        ]

    assert codes(receipt("shop", code="cap_reached", points=0)) == ["cap_reached"]
    assert codes(receipt("watch", "watch15", "not_watching", points=0)) == ["not_watching"]
    assert codes(receipt("shop", "order", "coupon_refused")) == ["coupon_refused"]
    assert codes(receipt("live", code="cap_reached", points=0)) == []
    assert codes(receipt("shop", code="room_unknown")) == []
    assert codes(receipt("shop", code="cap_reached", outcome="duplicate")) == []
    assert codes(receipt("shop", code="refund_exceeds", outcome="refused")) == []


def test_R2_no_two_notices_share_an_id() -> None:
    told = notices(committed(awarded(), awarded("comment"), CouponGranted(ANNA, COUPON, NOW)))
    assert len({notice["id"] for notice in told}) == 3


def test_L5_R9_of_two_numbers_of_a_gate_the_newer_wins_in_whatever_order_they_arrive() -> None:
    gate = Gate(GateId("g1"), R1, "sku", "围巾", 100, NOW, (), 5, 1)
    permit = Permit(PermitId("p"), gate.id, R1, ANNA, "sku", TierId("basic"), False, NOW, NOW + 60_000)
    facts: tuple[Fact, ...] = (
        GateOpened(gate, "sealed", NOW),
        PermitGiven(permit, 4, NOW, 2),
        PermitVerified(permit, 4, NOW, 3),
        PermitExpired(permit, 4, NOW, 4),
    )
    told = [framed(committed(fact), RULEBOOK, NOW).counters for fact in facts]
    assert [(pulse.rev, said(pulse.value)) for one in told for _, pulse in one] == [
        (1, {"stock_left": 5}),
        (2, {"stock_left": 4}),
        (3, {"stock_left": 4}),
        (4, {"stock_left": 4}),
    ]
    [(_, both)] = framed(committed(*facts[:2]), RULEBOOK, NOW).counters
    assert (both.rev, said(both.value)) == (2, {"stock_left": 4})
