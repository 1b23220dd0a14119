"""Worlds, members and commands for tests of the domain, and a stage on which they happen one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import TypeVar
from zoneinfo import ZoneInfo

from server.domain.commands import (
    ById,
    CancelReward,
    CapturePoints,
    CheckIn,
    CloseReward,
    Command,
    Follow,
    GrantByHand,
    HoldPoints,
    KeepTime,
    Like,
    Origin,
    PostComment,
    PutReward,
    RecordPaidOrder,
    RecordRefundedOrder,
    RecordWatched,
    RedeemReward,
    ReleasePoints,
    RoomCommand,
    Share,
    ShopCommand,
    Vote,
)
from server.domain.days import Calendar
from server.domain.decide.gifts import gift_id
from server.domain.decide.redemptions import redemption_id
from server.domain.decide.rewards import reward_claim_id
from server.domain.deciding import decide
from server.domain.decision import Applied, Decision, Outcome, Refusal
from server.domain.facts import Fact
from server.domain.gift_commands import BuyBoost, ClaimGift, GiveByLink, GivePoints, ReturnGift
from server.domain.ladder import Totals, supported
from server.domain.offers import CouponOffer, MemberDay
from server.domain.rewards import GOODS, RewardTerms
from server.domain.rulebook import Rulebook
from server.domain.state import DayBucket, Member, Room, Show
from server.domain.world import World
from server.ids import AuthorTag, MemberId, OrderId, RewardId, RoomId, ShowId, TierId
from server.rulebooks.loading import load_preset

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NOW = int(datetime(2026, 1, 22, 12, 0, tzinfo=UTC).timestamp() * 1_000)
"""20:00 in Shanghai, when shows are on."""
MEI = MemberId("mei")
ROOM = RoomId("r1")
SHOW = ShowId("s1")
_numbers = count(1)
F = TypeVar("F")


@cache
def jifen() -> Rulebook:
    return load_preset("jifen")


@cache
def shanghai() -> Calendar:
    return Calendar(ZoneInfo("Asia/Shanghai"))


TODAY = shanghai().day_of(NOW)


def origin(room: str | None = ROOM, event: str | None = None, is_test: bool = False) -> Origin:
    return Origin(
        source="shop",
        event=event or f"e{next(_numbers)}",
        content="digest",
        received_ms=NOW,
        room=RoomId(room) if room is not None else None,
        is_test=is_test,
    )


def a_member(
    who: str = MEI,
    *,
    growth: int = 0,
    points: int = 0,
    tier: str | None = None,
    days: tuple[DayBucket, ...] | None = None,
    name: str = "小美",
) -> Member:
    """A member whose growth came yesterday, in the tier it supports unless told otherwise."""
    if days is None:
        days = (DayBucket(TODAY - 1, growth),) if growth else ()
    reached = TierId(tier) if tier is not None else supported(Totals(growth), jifen()).id
    return Member(
        id=MemberId(who),
        author=AuthorTag(f"a_{who}"),
        name=name,
        created_ms=NOW - 30 * DAY,
        tier=reached,
        tier_since_ms=NOW - DAY,
        tier_until_ms=None if reached == "basic" else NOW + 364 * DAY,
        version=1,
        points=points,
        days=days,
    )


def a_show(status: str = "live", show: str = SHOW, room: str = ROOM) -> Show:
    return Show(ShowId(show), RoomId(room), "今晚上新", status, NOW - HOUR)


def a_world(
    *members: Member,
    status: str | None = "live",
    rulebook: Rulebook | None = None,
    rooms: Iterable[str] = (ROOM,),
) -> World:
    """A world with these members and rooms, each with a show in `status`; None = no show at all."""
    world = World(rulebook or jifen(), shanghai(), members={member.id: member for member in members})
    for number, name in enumerate(rooms, 1):
        show = a_show(status, f"s{number}", name) if status is not None else None
        world.rooms[RoomId(name)] = Room(RoomId(name), "小美的直播间", show=show)
        if show is not None:
            world.shows[show.id] = show
    return world


@dataclass
class Stage:
    """A world in which commands happen, and everything that has followed from them."""

    world: World = field(default_factory=a_world)
    now: int = NOW
    facts: list[Fact] = field(default_factory=list)

    def do(self, command: Command) -> Outcome:
        """Decide at the stage's time, fold the facts, return the outcome."""
        return self.decide(command).outcome

    def decide(self, command: Command) -> Decision:
        who = None if isinstance(command, RoomCommand | ShopCommand) else self.who(command)
        decision = decide(command, who, self.world, self.now)
        if isinstance(decision.outcome, Applied):
            self.world.fold_all(decision.facts)
            self.facts += decision.facts
        else:
            assert decision.facts == ()
        return decision

    def applied(self, command: Command) -> Applied:
        outcome = self.do(command)
        assert isinstance(outcome, Applied), outcome
        return outcome

    def refused(self, command: Command) -> Refusal:
        outcome = self.do(command)
        assert isinstance(outcome, Refusal), outcome
        return outcome

    def after(self, ms: int) -> "Stage":
        self.now += ms
        return self

    def member(self, who: str = MEI) -> Member:
        return self.world.members[MemberId(who)]

    def told(self, kind: type[F]) -> list[F]:
        """Return every fact of one kind so far."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @staticmethod
    def who(command: Command) -> MemberId:
        assert not isinstance(command, RoomCommand | ShopCommand)
        assert isinstance(command.who, ById)
        return command.who.member


def stage_with(*members: Member, status: str | None = "live", rulebook: Rulebook | None = None) -> Stage:
    return Stage(a_world(*members, status=status, rulebook=rulebook))


def by(who: str) -> ById:
    return ById(MemberId(who))


def an_order(
    order: str = "o1",
    *,
    yuan: int = 0,
    fen: int = 0,
    who: str = MEI,
    room: str | None = ROOM,
    currency: str = "CNY",
    coupon: str | None = None,
) -> RecordPaidOrder:
    return RecordPaidOrder(origin(room), by(who), OrderId(order), yuan * 100 + fen, currency, coupon)


def a_refund(
    order: str = "o1", *, yuan: int = 0, fen: int = 0, who: str = MEI, currency: str = "CNY"
) -> RecordRefundedOrder:
    return RecordRefundedOrder(origin(None), by(who), OrderId(order), yuan * 100 + fen, currency)


def a_comment(
    text: str = "这件多少钱", *, who: str = MEI, room: str | None = ROOM, graphemes: int | None = None
) -> PostComment:
    return PostComment(
        origin(room), by(who), text, len(text) if graphemes is None else graphemes, digest=f"d:{text}"
    )


def likes(n: int = 1, *, who: str = MEI, room: str | None = ROOM) -> Like:
    return Like(origin(room), by(who), n)


def a_share(*, who: str = MEI, room: str | None = ROOM) -> Share:
    return Share(origin(room), by(who), "wechat")


def a_vote(poll: str = "p1", *, who: str = MEI, room: str | None = ROOM) -> Vote:
    return Vote(origin(room), by(who), poll, "a")


def checks_in(*, who: str = MEI, room: str | None = ROOM) -> CheckIn:
    return CheckIn(origin(room), by(who))


def follows(*, who: str = MEI, room: str | None = ROOM) -> Follow:
    return Follow(origin(room), by(who))


def holds(points: int, order: str = "o1", *, who: str = MEI, event: str = "h1") -> HoldPoints:
    return HoldPoints(origin(None, event), by(who), OrderId(order), points)


def captures(event: str = "h1", *, who: str = MEI) -> CapturePoints:
    """Capture what the hold of that event made."""
    return CapturePoints(origin(None), by(who), redemption_id("shop", event))


def releases(
    event: str = "h1", points: int | None = None, *, who: str = MEI, overdue: bool = False
) -> ReleasePoints:
    return ReleasePoints(origin(None), by(who), redemption_id("shop", event), points, overdue)


def terms(
    cost: int = 100,
    kind: str = GOODS,
    *,
    name: str = "帆布袋",
    stock: int | None = None,
    per_member: int | None = None,
    cooldown_s: int = 0,
    off: int = 0,
    min: int = 0,
    valid_ms: int = 0,
    order: int = 0,
) -> RewardTerms:
    return RewardTerms(
        name, kind, cost, stock, per_member, cooldown_s, off=off, min=min, valid_ms=valid_ms, order=order
    )


def puts_reward(of: RewardTerms, reward: str = "bag") -> PutReward:
    return PutReward(origin(None), RewardId(reward), of)


def closes_reward(reward: str = "bag") -> CloseReward:
    return CloseReward(origin(None), RewardId(reward))


def redeems(
    reward: str = "bag", *, who: str = MEI, event: str | None = None, room: str | None = ROOM
) -> RedeemReward:
    return RedeemReward(origin(room, event), by(who), RewardId(reward))


def cancels(event: str, *, who: str = MEI) -> CancelReward:
    """Cancel what the redeeming of that event took."""
    return CancelReward(origin(None), by(who), reward_claim_id("shop", event), "lost in the warehouse")


def gives(points: int, to: str = "li", *, who: str = MEI, event: str | None = None) -> GivePoints:
    return GivePoints(origin(None, event), by(who), MemberId(to), points)


def gives_by_link(points: int, *, who: str = MEI, event: str = "g1") -> GiveByLink:
    return GiveByLink(origin(None, event), by(who), points, f"code of {event}")


def claims(event: str = "g1", *, who: str = "li") -> ClaimGift:
    """Claim what that event has set aside."""
    return ClaimGift(origin(None), by(who), gift_id(origin(None, event)))


def goes_back(event: str = "g1", *, who: str = MEI) -> ReturnGift:
    return ReturnGift(origin(None), by(who), gift_id(origin(None, event)))


def boosts(tier: str = "silver", *, who: str = MEI) -> BuyBoost:
    return BuyBoost(origin(None), by(who), tier)


def time_kept(*, who: str = MEI) -> KeepTime:
    return KeepTime(origin(None), by(who))


def granted(
    *, who: str = MEI, points: int = 0, growth: int = 0, tier: str | None = None, until_ms: int | None = None
) -> GrantByHand:
    return GrantByHand(origin(None), by(who), "an apology", points, growth, tier, until_ms)


def watched(minutes: int, n: int = 1, *, who: str = MEI, show: str = SHOW) -> RecordWatched:
    return RecordWatched(origin(ROOM), by(who), ShowId(show), minutes, n)


def with_member_day(
    rulebook: Rulebook, *, multiplier: int = 100, percent: int = 0, coupon: CouponOffer | None = None
) -> Rulebook:
    """The same rules with a member day on Thursdays, of which `NOW` is one."""
    day = MemberDay(weekday=4, day_of_month=None, multiplier=multiplier, percent=percent, coupon=coupon)
    return replace(rulebook, member_day=day)


def with_budget(rulebook: Rulebook, *, show: int | None = None, coupons_day: int | None = None) -> Rulebook:
    """The same rules with other ceilings."""
    budgets = rulebook.budgets
    return replace(
        rulebook,
        budgets=replace(
            budgets,
            show=budgets.show if show is None else show,
            coupons_day=budgets.coupons_day if coupons_day is None else coupons_day,
        ),
    )
