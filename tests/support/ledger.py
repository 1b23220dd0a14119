"""A ledger to test with, in memory or on a database, and short words for the commands it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from server.domain.commands import (
    AcceptInvite,
    ById,
    ByIdentity,
    CancelReward,
    CapturePoints,
    CheckIn,
    ClearSpotlight,
    CloseFirstN,
    CloseReward,
    Command,
    CompleteInvite,
    Follow,
    GrantByHand,
    HandOver,
    HoldPoints,
    JoinMember,
    KeepTime,
    Like,
    LinkIdentity,
    MergeMembers,
    OpenFirstN,
    Origin,
    PostComment,
    PutReward,
    PutRoom,
    PutSpotlight,
    Recall,
    RecordPaidOrder,
    RecordRefundedOrder,
    RecordWatched,
    RedeemReward,
    ReleasePoints,
    ScheduleShow,
    SetRoom,
    SetShowStatus,
    Share,
    Subject,
    UpdateMember,
)
from server.domain.days import Calendar
from server.domain.decide.gifts import gift_id
from server.domain.decide.redemptions import redemption_id
from server.domain.decide.rewards import reward_claim_id
from server.domain.decision import Receipt
from server.domain.gift_commands import BuyBoost, ClaimGift, GiveByLink, GivePoints, ReturnGift
from server.domain.rewards import GOODS, RewardTerms
from server.domain.rulebook import Rulebook
from server.domain.state import Spotlight
from server.ids import FirstNId, MemberId, OrderId, RewardId, RoomId, ShowId
from server.ledger import migrating
from server.ledger.engines import Engines
from server.ledger.journal import Journal
from server.ledger.ports import Committed, JournalPort, QueriesPort
from server.ledger.queries import Queries
from server.ledger.testing import MemoryLedger
from server.rulebooks.loading import load_preset

NOW = 1_760_000_000_000
"""2025-10-09 16:53:20 in Shanghai: well inside a day."""
MINUTE_MS = 60_000
DAY_MS = 86_400_000
RULEBOOK = load_preset("jifen")
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
ROOM = RoomId("demo")
SHOW = ShowId("s1")


@dataclass(slots=True)
class Ledger:
    """Journal and queries of one database, or of memory (`engines` None)."""

    journal: JournalPort
    queries: QueriesPort
    engines: Engines | None = None

    async def apply(self, *commands: Command) -> Committed:
        """Apply one batch at the receipt time of its last command."""
        return await self.journal.apply(commands, commands[-1].origin.received_ms)

    async def receipts(self, *commands: Command) -> Sequence[Receipt]:
        return (await self.apply(*commands)).receipts

    async def with_live_show(self) -> Ledger:
        """Return itself, with room `demo` and its show `s1` on air."""
        await self.apply(put_room("put"), schedule_show("schedule"), show_status("start", "live"))
        return self


def in_memory(rulebook: Rulebook = RULEBOOK) -> Ledger:
    memory = MemoryLedger(lambda _: rulebook, CALENDAR)
    return Ledger(memory, memory)


@asynccontextmanager
async def on_database(
    url: str, rulebook: Rulebook = RULEBOOK, *, namespace: str = "liveroom"
) -> AsyncIterator[Ledger]:
    """A ledger on the migrated database at `url`; closed at the end."""
    engines = Engines(url, namespace)
    try:
        yield Ledger(
            Journal(engines, lambda _: rulebook, CALENDAR, unseal=str),
            Queries(engines, lambda _: rulebook, CALENDAR),
            engines,
        )
    finally:
        await engines.close()


def migrate(url: str) -> None:
    """Bring the database at `url` up to date; for fixtures, which have no loop."""

    async def upgrade() -> None:
        engines = Engines(url)
        await migrating.upgrade(engines)
        await engines.close()

    asyncio.run(upgrade())


def with_budgets(*, show: int | None = None, day: int | None = None, coupons: int | None = None) -> Rulebook:
    """The preset with other budgets; None leaves one as it is."""
    budgets = RULEBOOK.budgets
    return replace(
        RULEBOOK,
        budgets=replace(
            budgets,
            show=budgets.show if show is None else show,
            day=budgets.day if day is None else day,
            coupons_day=budgets.coupons_day if coupons is None else coupons,
        ),
    )


def member(id_: str) -> MemberId:
    return MemberId(id_)


def who_of(name: str) -> Subject:
    """``m1`` is a member's id, ``wx:anna`` an identity."""
    platform, colon, openid = name.partition(":")
    return ByIdentity(platform, openid) if colon else ById(MemberId(name))


def origin(
    event: str,
    *,
    source: str = "shop",
    room: str | None = ROOM,
    at_ms: int = NOW,
    content: str | None = None,
    is_test: bool = False,
) -> Origin:
    return Origin(
        source=source,
        event=event,
        content=event if content is None else content,
        received_ms=at_ms,
        room=None if room is None else RoomId(room),
        is_test=is_test,
        actor="key-1",
    )


Told = TypeVar("Told", RecordPaidOrder, Like, JoinMember)


def as_test(command: Told) -> Told:
    """The same, as a test event tells it."""
    return replace(command, origin=replace(command.origin, is_test=True))


def paid(
    event: str,
    who: str,
    order: str,
    yuan: int,
    *,
    at_ms: int = NOW,
    room: str | None = ROOM,
    currency: str = "CNY",
) -> RecordPaidOrder:
    from_ = origin(event, room=room, at_ms=at_ms, content=f"{who} {order} {yuan}")
    return RecordPaidOrder(from_, who_of(who), OrderId(order), yuan * 100, currency)


def refunded(event: str, who: str, order: str, yuan: int, *, at_ms: int = NOW) -> RecordRefundedOrder:
    from_ = origin(event, room=None, at_ms=at_ms, content=f"{who} {order} {yuan}")
    return RecordRefundedOrder(from_, who_of(who), OrderId(order), yuan * 100, "CNY")


def liked(event: str, who: str, count: int = 1, *, at_ms: int = NOW) -> Like:
    return Like(origin(event, source="live", at_ms=at_ms), who_of(who), count)


def commented(event: str, who: str, text: str = "这个颜色好看", *, at_ms: int = NOW) -> PostComment:
    return PostComment(
        origin(event, source="live", at_ms=at_ms), who_of(who), text, len(text), f"digest of {text}"
    )


def shared(event: str, who: str, *, at_ms: int = NOW) -> Share:
    return Share(origin(event, source="live", at_ms=at_ms), who_of(who), "wechat")


def checked_in(event: str, who: str, *, at_ms: int = NOW) -> CheckIn:
    return CheckIn(origin(event, source="live", at_ms=at_ms), who_of(who))


def followed(event: str, who: str, *, at_ms: int = NOW, room: str | None = ROOM) -> Follow:
    return Follow(origin(event, source="live", at_ms=at_ms, room=room), who_of(who))


def merged(event: str, who: str, gone: str, *, at_ms: int = NOW) -> MergeMembers:
    """`gone` becomes part of `who`."""
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return MergeMembers(from_, who_of(who), who_of(gone))


def accepted_invite(event: str, who: str, inviter: str, *, at_ms: int = NOW) -> AcceptInvite:
    return AcceptInvite(origin(event, room=None, at_ms=at_ms), who_of(who), who_of(inviter))


def completed_invite(
    event: str, who: str, inviter: str, *, show: str = SHOW, at_ms: int = NOW
) -> CompleteInvite:
    """The newcomer `who` has watched long enough."""
    from_ = origin(event, source="watch", at_ms=at_ms)
    return CompleteInvite(from_, who_of(who), ShowId(show), MemberId(inviter))


def held(event: str, who: str, order: str, points: int, *, at_ms: int = NOW) -> HoldPoints:
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return HoldPoints(from_, who_of(who), OrderId(order), points)


def captured(event: str, who: str, hold: str, *, at_ms: int = NOW) -> CapturePoints:
    """Capture what the event `hold` has held."""
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return CapturePoints(from_, who_of(who), redemption_id("api", hold))


def released(
    event: str, who: str, hold: str, points: int | None = None, *, at_ms: int = NOW, overdue: bool = False
) -> ReleasePoints:
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return ReleasePoints(from_, who_of(who), redemption_id("api", hold), points, overdue)


def reward_put(
    event: str,
    reward: str = "bag",
    cost: int = 100,
    kind: str = GOODS,
    *,
    stock: int | None = None,
    per_member: int | None = None,
    cooldown_s: int = 0,
    off: int = 0,
    valid_ms: int = 0,
    at_ms: int = NOW,
) -> PutReward:
    terms = RewardTerms("帆布袋", kind, cost, stock, per_member, cooldown_s, off=off, valid_ms=valid_ms)
    from_ = origin(event, source="api", room=None, at_ms=at_ms, content=repr(terms))
    return PutReward(from_, RewardId(reward), terms)


def reward_closed(event: str, reward: str = "bag", *, at_ms: int = NOW) -> CloseReward:
    return CloseReward(origin(event, source="api", room=None, at_ms=at_ms), RewardId(reward))


def redeemed(
    event: str, who: str, reward: str = "bag", *, at_ms: int = NOW, room: str | None = ROOM
) -> RedeemReward:
    return RedeemReward(origin(event, source="live", room=room, at_ms=at_ms), who_of(who), RewardId(reward))


def cancelled(event: str, who: str, redeeming: str, *, at_ms: int = NOW) -> CancelReward:
    """Cancel what the event `redeeming` has taken."""
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return CancelReward(from_, who_of(who), reward_claim_id("live", redeeming), "no such address")


def gave(event: str, who: str, to: str, points: int, *, at_ms: int = NOW) -> GivePoints:
    from_ = origin(event, source="live", room=None, at_ms=at_ms, content=f"{to} {points}")
    return GivePoints(from_, who_of(who), MemberId(to), points)


def gave_by_link(
    event: str, who: str, points: int, *, code: str | None = None, at_ms: int = NOW
) -> GiveByLink:
    from_ = origin(event, source="live", room=None, at_ms=at_ms, content=str(points))
    return GiveByLink(from_, who_of(who), points, f"code-{event}" if code is None else code)


def claimed(event: str, who: str, link: str, *, at_ms: int = NOW) -> ClaimGift:
    """Claim what the event `link` has set aside."""
    return ClaimGift(
        origin(event, source="live", room=None, at_ms=at_ms),
        who_of(who),
        gift_id(origin(link, source="live")),
    )


def gift_returned(event: str, who: str, link: str, *, at_ms: int = NOW) -> ReturnGift:
    from_ = origin(event, source="jobs", room=None, at_ms=at_ms)
    return ReturnGift(from_, who_of(who), gift_id(origin(link, source="live")))


def boosted(event: str, who: str, tier: str = "silver", *, at_ms: int = NOW) -> BuyBoost:
    return BuyBoost(origin(event, source="live", room=None, at_ms=at_ms, content=tier), who_of(who), tier)


def time_kept(event: str, who: str, *, at_ms: int = NOW) -> KeepTime:
    return KeepTime(origin(event, source="jobs", room=None, at_ms=at_ms), who_of(who))


def granted(
    event: str,
    who: str,
    *,
    points: int = 0,
    growth: int = 0,
    tier: str | None = None,
    until_ms: int | None = None,
    at_ms: int = NOW,
) -> GrantByHand:
    from_ = origin(event, source="api", room=None, at_ms=at_ms)
    return GrantByHand(from_, who_of(who), "an apology", points, growth, tier, until_ms)


def watched(who: str, n: int, minutes: int = 15, *, at_ms: int = NOW, show: str = SHOW) -> RecordWatched:
    from_ = origin(f"watch{minutes}:{show}:{who}:{n}", source="watch", at_ms=at_ms, content=str(minutes))
    return RecordWatched(from_, who_of(who), ShowId(show), minutes, n)


def joined(event: str, who: str, name: str | None = None, *, at_ms: int = NOW) -> JoinMember:
    return JoinMember(origin(event, source="api", room=None, at_ms=at_ms), who_of(who), name)


def updated(event: str, who: str, *, name: str | None = None, at_ms: int = NOW) -> UpdateMember:
    return UpdateMember(origin(event, source="api", room=None, at_ms=at_ms), who_of(who), name)


def linked(event: str, who: str, platform: str, openid: str, *, at_ms: int = NOW) -> LinkIdentity:
    return LinkIdentity(origin(event, source="api", room=None, at_ms=at_ms), who_of(who), platform, openid)


def put_room(event: str, name: str = "Demo", *, room: str = ROOM, members_only: str | None = None) -> PutRoom:
    return PutRoom(origin(event, source="api", room=room), name, members_only)


def set_room(event: str, *, slow_s: int, room: str = ROOM) -> SetRoom:
    return SetRoom(origin(event, source="api", room=room), slow_s=slow_s)


def entered(event: str, who: str, *, at_ms: int = NOW) -> HandOver:
    return HandOver(origin(event, source="join", at_ms=at_ms), who_of(who))


def recalled(event: str, who: str, *, at_ms: int = NOW) -> Recall:
    return Recall(origin(event, source="jobs", room=None, at_ms=at_ms), who_of(who), at_ms)


def put_spotlight(event: str, sku: str, price: int = 10_000, *, room: str = ROOM) -> PutSpotlight:
    return PutSpotlight(origin(event, source="api", room=room), Spotlight(sku, "口红", price))


def clear_spotlight(event: str, *, room: str = ROOM) -> ClearSpotlight:
    return ClearSpotlight(origin(event, source="api", room=room))


def schedule_show(
    event: str, show: str = SHOW, *, room: str = ROOM, starts_ms: int | None = None
) -> ScheduleShow:
    return ScheduleShow(origin(event, source="api", room=room), ShowId(show), f"Show {show}", starts_ms)


def show_status(
    event: str, status: str, show: str = SHOW, *, room: str = ROOM, at_ms: int = NOW
) -> SetShowStatus:
    return SetShowStatus(origin(event, source="api", room=room, at_ms=at_ms), ShowId(show), status)


def first_n_opened(
    event: str, campaign: str = "f1", *, n: int = 3, points: int = 200, room: str = ROOM, at_ms: int = NOW
) -> OpenFirstN:
    from_ = origin(event, source="api", room=room, at_ms=at_ms)
    return OpenFirstN(from_, FirstNId(campaign), "前几名下单再送积分", n, points)


def first_n_closed(event: str, campaign: str = "f1", *, room: str = ROOM, at_ms: int = NOW) -> CloseFirstN:
    return CloseFirstN(origin(event, source="api", room=room, at_ms=at_ms), FirstNId(campaign))
