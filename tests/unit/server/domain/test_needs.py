"""What must be loaded before a command is decided."""

import pytest

from server.domain.commands import (
    ClearSpotlight,
    CloseFirstN,
    Command,
    HandOver,
    JoinMember,
    LinkIdentity,
    OpenFirstN,
    PutRoom,
    PutSpotlight,
    Recall,
    RoomCommand,
    ScheduleShow,
    SetRoom,
    SetShowStatus,
    UpdateMember,
)
from server.domain.decide.gifts import gift_id
from server.domain.decide.redemptions import redemption_id
from server.domain.needs import Needs, needs_of
from server.domain.state import Spotlight
from server.ids import FirstNId, MemberId, OrderId, ShowId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    ROOM,
    TODAY,
    a_comment,
    a_refund,
    a_share,
    a_vote,
    an_order,
    boosts,
    by,
    captures,
    checks_in,
    claims,
    follows,
    gives,
    gives_by_link,
    goes_back,
    granted,
    holds,
    jifen,
    likes,
    origin,
    releases,
    shanghai,
    time_kept,
    watched,
)

M, R = frozenset((MEI,)), frozenset((ROOM,))
LI = frozenset((MemberId("li"),))
THE_GIFT = gift_id(origin(None, "g1"))
DAY_BUDGET, COUPONS = f"day:{TODAY}", f"coupons:{TODAY}"
BEHAVIOUR = frozenset((DAY_BUDGET, COUPONS))


def needs(command: Command, now_ms: int = NOW) -> Needs:
    about_a_member = not isinstance(command, RoomCommand)
    return needs_of(command, MEI if about_a_member else None, now_ms, jifen(), shanghai())


@pytest.mark.parametrize(
    "command, expected",
    [
        (an_order(), Needs(M, frozenset((OrderId("o1"),)), R, budgets=frozenset((COUPONS,)), first_n=R)),
        (
            a_refund(),
            Needs(
                M,
                frozenset((OrderId("o1"),)),
                budgets=frozenset((COUPONS,)),
                refunds=frozenset((OrderId("o1"),)),
            ),
        ),
        (watched(15), Needs(M, rooms=R, shows=frozenset((ShowId("s1"),)), budgets=BEHAVIOUR | {"show:s1"})),
        (a_comment("扣1"), Needs(M, rooms=R, texts=frozenset(((ROOM, "d:扣1"),)), budgets=BEHAVIOUR)),
        (likes(), Needs(M, rooms=R, budgets=BEHAVIOUR)),
        (a_share(room=None), Needs(M, budgets=BEHAVIOUR)),
        (
            a_vote(),
            Needs(M, rooms=R, budgets=BEHAVIOUR, votes=frozenset((("p1", MEI), ("told:shop:p1", MEI)))),
        ),
        (holds(5), Needs(M, frozenset((OrderId("o1"),)))),
        (captures(), Needs(M, redemptions=frozenset((redemption_id("shop", "h1"),)))),
        (releases(), Needs(M, redemptions=frozenset((redemption_id("shop", "h1"),)))),
        (gives(5), Needs(M | LI, recent_orders=M, gift_days=frozenset((who, TODAY) for who in M | LI))),
        (gives_by_link(5), Needs(M, recent_orders=M, gift_days=frozenset(((MEI, TODAY),)))),
        (
            claims(who="li"),
            Needs(M, gifts=frozenset((THE_GIFT,)), gift_days=frozenset(((MEI, TODAY),))),
        ),
        (goes_back(), Needs(M, gifts=frozenset((THE_GIFT,)))),
        (boosts(), Needs(M, recent_orders=M)),
        (checks_in(), Needs(M, rooms=R, budgets=BEHAVIOUR)),
        (follows(), Needs(M, rooms=R, budgets=BEHAVIOUR)),
        (time_kept(), Needs(M)),
        (granted(points=1), Needs(M, budgets=frozenset((COUPONS,)))),
        (JoinMember(origin(None), by(MEI)), Needs(M)),
        (JoinMember(origin(), by(MEI)), Needs(M, rooms=R)),
        (UpdateMember(origin(None), by(MEI)), Needs(M)),
        (
            LinkIdentity(origin(None), by(MEI), "douyin", "x"),
            Needs(M, identities=frozenset((("douyin", "x"),))),
        ),
        (HandOver(origin(), by(MEI)), Needs(M, rooms=R, budgets=frozenset((COUPONS,)))),
        (Recall(origin(None), by(MEI), NOW), Needs(M, budgets=frozenset((COUPONS,)))),
        (PutRoom(origin(), "n"), Needs(rooms=R)),
        (SetRoom(origin()), Needs(rooms=R)),
        (PutSpotlight(origin(), Spotlight("sku", "t", 1)), Needs(rooms=R)),
        (ClearSpotlight(origin()), Needs(rooms=R)),
        (OpenFirstN(origin(), FirstNId("f1"), "t", 1, 1), Needs(rooms=R)),
        (CloseFirstN(origin(), FirstNId("f1")), Needs(rooms=R)),
        (ScheduleShow(origin(), ShowId("s2"), "t"), Needs(rooms=R, shows=frozenset((ShowId("s2"),)))),
        (SetShowStatus(origin(), ShowId("s2"), "live"), Needs(rooms=R, shows=frozenset((ShowId("s2"),)))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_R3_a_command_names_all_it_needs_and_nothing_else(command: Command, expected: Needs) -> None:
    assert needs(command) == expected


def test_E8_budgets_are_those_of_the_programmes_day() -> None:
    assert needs(likes(), NOW + DAY).budgets == {f"day:{TODAY + 1}", f"coupons:{TODAY + 1}"}
