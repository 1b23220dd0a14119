"""Reads, each in one snapshot. With `doorbook` this is all of `QueriesPort`, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Select, and_, func, or_, select

from server.domain.commands import ById, ByIdentity, Subject
from server.domain.days import Calendar
from server.domain.draw import Draw, Ticket
from server.domain.gates import GateStand, Permit
from server.domain.rewards import Reward, RewardClaim
from server.domain.rulebook import Rulebook
from server.domain.state import EVER, Coupon, Gift, Member, Order, Redemption, Room, Show, Task
from server.domain.task_preview import PastTask
from server.ids import (
    AuthorTag,
    CouponId,
    DrawId,
    GateId,
    GiftId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)
from server.ledger import draw_rows, migrating, rows, stage_rows
from server.ledger.bulk import Found, keyed
from server.ledger.campaign_rows import CAMPAIGN, campaign_of
from server.ledger.doorbook import Doorbook
from server.ledger.draw_tables import draw_entries, draws
from server.ledger.engines import Engines
from server.ledger.extent import since
from server.ledger.gate_tables import gates, permits
from server.ledger.gating import GATE, PERMIT, permit_of, stand_of
from server.ledger.gift_rows import GIFT, gift_of
from server.ledger.gift_tables import gifts
from server.ledger.history import History
from server.ledger.loading import Loading
from server.ledger.ports import MOST_CAMPAIGNS, CampaignStand, Entry, ItemChange
from server.ledger.reward_tables import reward_claims, rewards
from server.ledger.rewarding import CLAIM, REWARD, claim_of, reward_of
from server.ledger.tables import (
    budgets,
    coupons,
    events,
    first_n,
    identities,
    members,
    orders,
    redemptions,
    room_items,
    rooms,
    shows,
)
from server.ledger.task_tables import tasks

_MINUTES = (15, 10)


class Queries(Doorbook):
    """What the ledger answers without changing anything, and the keys and answers of `Doorbook`.

    `rulebook_at` and `calendar` as for the journal: they say how far back a member is read. Every method
    raises `LedgerUnavailable` when the database is away.
    """

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook], calendar: Calendar) -> None:
        super().__init__(engines, rulebook_at)
        self._calendar = calendar
        self._loading = Loading(engines.dialect)
        self._history = History(engines.dialect)
        self._versions = keyed(
            engines.dialect,
            "SELECT t.id, t.version, t.merged_into FROM {keys} CROSS JOIN members t WHERE t.id = k.id",
            (("id", "text"),),
        )

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        """Return the stored members as of `now_ms`, with the counters of its day and for ever; of shows, where a rule
        has a cap of the show, with those of all that are on air (E8)."""
        if not ids:
            return {}
        day = self._calendar.day_of(now_ms)
        rulebook = self._rulebook_at(now_ms)
        reach = since(now_ms, day, rulebook)
        async with self._engines.read() as connection:
            shown = await self._loading.scopes_shown(connection, rulebook)
            scopes = dict.fromkeys(ids, shown | {f"d{day}", EVER})
            return await self._loading.members.read(connection, set(ids), scopes, reach)

    async def versions(self, ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        """Return only the versions of stored members; unknown ones are absent."""
        if not ids:
            return {}
        async with self._engines.read() as connection:
            found = await self._versions.run(connection, [(member,) for member in ids])
        return {MemberId(row[0]): row[1] for row in found}

    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
        """Return who is meant; a member or identity never seen is absent. A merged id gives the surviving one."""
        asked = {who.member for who in subjects if isinstance(who, ById)}
        pairs = {(who.platform, who.openid) for who in subjects if isinstance(who, ByIdentity)}
        known: set[str] = set()
        merged: dict[MemberId, MemberId] = {}
        async with self._engines.read() as connection:
            owners = await self._loading.identities(connection, pairs)
            if asked:
                found = await self._versions.run(connection, [(one,) for one in asked])
                known.update(row[0] for row in found)
                gone = [MemberId(row[0]) for row in found if row[2] is not None]
                merged = await self._loading.merging.links(connection, gone)
        resolved: dict[Subject, MemberId] = {}
        for who in subjects:
            if isinstance(who, ById):
                if who.member in known:
                    member = who.member
                    while member in merged:
                        member = merged[member]
                    resolved[who] = member
            elif (who.platform, who.openid) in owners:
                resolved[who] = owners[who.platform, who.openid]
        return resolved

    async def identities(self, member: MemberId) -> Sequence[tuple[str, str]]:
        """Return the (platform, openid) pairs of a member, in the order linked."""
        order = (identities.c.linked_ms, identities.c.platform, identities.c.openid)
        found = await self._all(
            select(identities.c.platform, identities.c.openid)
            .where(identities.c.member == member)
            .order_by(*order)
        )
        return [(row[0], row[1]) for row in found]

    async def entries(self, member: MemberId, before: int | None, limit: int) -> Sequence[Entry]:
        """Return entries newest first with id below `before` (None = from the newest).

        Lines of 0, which only count an award, are left out. Those of the accounts that became part of this
        member are among them, by the name they had (X1).
        """
        async with self._engines.read() as connection:
            return await self._history.read(connection, member, before, limit)

    async def coupons(self, member: MemberId, before: CouponId | None, limit: int) -> Sequence[Coupon]:
        """Return the member's coupons newest first, used and expired ones too, those after `before`."""
        newest = (coupons.c.granted_ms.desc(), coupons.c.id.desc())
        wanted = select(*(coupons.c[name] for name in rows.COUPON)).where(coupons.c.member == member)
        if before is not None:
            last = select(coupons.c.granted_ms, coupons.c.id)
            reached = last.where(coupons.c.id == before, coupons.c.member == member).subquery()
            later = and_(coupons.c.granted_ms == reached.c.granted_ms, coupons.c.id < reached.c.id)
            wanted = wanted.join(reached, or_(coupons.c.granted_ms < reached.c.granted_ms, later))
        found = await self._all(wanted.order_by(*newest).limit(limit))
        return [rows.coupon_of(row) for row in found]

    async def rooms(self) -> Sequence[Room]:
        """Return every room by id."""
        return [_room_of(row) for row in await self._all(_ROOMS.order_by(rooms.c.id))]

    async def room(self, room: RoomId) -> Room | None:
        """Return the room with the tasks on its screen."""
        found = await self._all(_ROOMS.where(rooms.c.id == room))
        if not found:
            return None
        known = _room_of(found[0])
        shown = select(*(tasks.c[name] for name in stage_rows.TASK)).where(
            tasks.c.room == room, tasks.c.shown
        )
        theirs = await self._all(shown.order_by(tasks.c.place))
        return replace(known, tasks=tuple(stage_rows.task_of(row) for row in theirs))

    async def show(self, show: ShowId) -> Show | None:
        found = await self._all(select(*(shows.c[name] for name in rows.SHOW)).where(shows.c.id == show))
        return rows.show_of(found[0]) if found else None

    async def order(self, order: OrderId) -> Order | None:
        found = await self._all(select(*(orders.c[name] for name in rows.ORDER)).where(orders.c.id == order))
        return rows.order_of(found[0]) if found else None

    async def redemption(self, redemption: RedemptionId) -> Redemption | None:
        wanted = select(*(redemptions.c[name] for name in rows.REDEMPTION))
        found = await self._all(wanted.where(redemptions.c.id == redemption))
        return rows.redemption_of(found[0]) if found else None

    async def rewards(self) -> Sequence[Reward]:
        """Return every reward by id, closed ones too."""
        return [reward_of(row) for row in await self._all(_REWARDS.order_by(rewards.c.id))]

    async def reward(self, reward: RewardId) -> Reward | None:
        found = await self._all(_REWARDS.where(rewards.c.id == reward))
        return reward_of(found[0]) if found else None

    async def reward_claim(self, claim: RedemptionId) -> RewardClaim | None:
        wanted = select(*(reward_claims.c[name] for name in CLAIM)).where(reward_claims.c.id == claim)
        found = await self._all(wanted)
        return claim_of(found[0]) if found else None

    async def campaigns(self, room: RoomId) -> Sequence[CampaignStand]:
        """Return the room's first-N campaigns, newest first."""
        newest = (first_n.c.opened_ms.desc(), first_n.c.id.desc())
        wanted = select(*(first_n.c[name] for name in CAMPAIGN)).where(first_n.c.room == room)
        found = await self._all(wanted.order_by(*newest).limit(MOST_CAMPAIGNS))
        return [campaign_of(row) for row in found]

    async def gate(self, gate: GateId) -> GateStand | None:
        """Return a gate as it is kept, without what its open permits hold; the link is sealed (L5)."""
        found = await self._all(select(*(gates.c[name] for name in GATE)).where(gates.c.id == gate))
        return stand_of(found[0], 0, 0) if found else None

    async def permit(self, permit: PermitId) -> Permit | None:
        found = await self._all(select(*(permits.c[name] for name in PERMIT)).where(permits.c.id == permit))
        return permit_of(found[0]) if found else None

    async def task(self, task: TaskId) -> Task | None:
        found = await self._all(
            select(*(tasks.c[name] for name in stage_rows.TASK)).where(tasks.c.id == task)
        )
        return stage_rows.task_of(found[0]) if found else None

    async def spent(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return how much of these budgets is spent; absent = nothing."""
        found = await self._all(select(budgets.c.name, budgets.c.spent).where(budgets.c.name.in_(names)))
        return {row[0]: int(row[1]) for row in found}

    async def past_tasks(self, kind: str, most: int) -> Sequence[PastTask]:
        """Return how the newest tasks of a kind went that ran to their end, at most `most`."""
        spent = func.coalesce(budgets.c.spent, 0)
        found = await self._all(
            select(spent / tasks.c.reward, tasks.c.audience)
            .select_from(tasks.outerjoin(budgets, budgets.c.name == "task:" + tasks.c.id))
            .where(tasks.c.kind == kind, tasks.c.state == "ended")
            .order_by(tasks.c.ends_ms.desc())
            .limit(most)
        )
        return [PastTask(int(row[0]), row[1]) for row in found]

    async def draw(self, draw: DrawId) -> Draw | None:
        wanted = select(*(draws.c[name] for name in draw_rows.DRAW)).where(draws.c.id == draw)
        found = await self._all(wanted)
        return draw_rows.draw_of(found[0]) if found else None

    async def draw_tags(self, draw: DrawId) -> Sequence[str]:
        wanted = select(draw_entries.c.tag).where(draw_entries.c.draw == draw).order_by(draw_entries.c.n)
        return [row[0] for row in await self._all(wanted)]

    async def unreturned(self, draw: DrawId, most: int) -> Sequence[Ticket]:
        wanted = (
            select(*(draw_entries.c[name] for name in draw_rows.TICKET))
            .where(draw_entries.c.draw == draw, ~draw_entries.c.returned)
            .order_by(draw_entries.c.n)
            .limit(most)
        )
        return [draw_rows.ticket_of(row) for row in await self._all(wanted)]

    async def gift(self, gift: GiftId) -> Gift | None:
        found = await self._all(_GIFTS.where(gifts.c.id == gift))
        return gift_of(found[0]) if found else None

    async def gift_of_code(self, code: str) -> Gift | None:
        """Return the gift behind a link's code, in whatever state it is (P5)."""
        found = await self._all(_GIFTS.where(gifts.c.code == code))
        return gift_of(found[0]) if found else None

    async def author(self, tag: AuthorTag) -> MemberId | None:
        """Return who a public frame's tag stands for; None = nobody."""
        found = await self._all(select(members.c.id).where(members.c.author == tag))
        return MemberId(str(found[0][0])) if found else None

    async def room_items(self, room: RoomId) -> Sequence[ItemChange] | None:
        """Return all items of a room, removed ones (value None) with their rev too; None = no such room."""
        found = await self._all(
            select(*(room_items.c[name] for name in rows.ITEM))
            .where(room_items.c.room == room)
            .order_by(room_items.c.key)
        )
        # A room is kept together with its items, so there is no room without any.
        return [_item_of(row) for row in found] if found else None

    async def watch_counts(self, member: MemberId, show: ShowId) -> tuple[int, int]:
        """Return how many 15-min and 10-min milestones of this member and show have been told and answered.

        Counted are events, not awards: one that earned nothing (`cap_reached`, `not_watching`) had its number
        too, and the next one must not meet its receipt.
        """
        prefixes = [f"watch{minutes}:{show}:{member}:" for minutes in _MINUTES]
        told = [
            select(func.count())
            .where(
                events.c.source == "watch",
                events.c.member == member,
                # Bytewise order: all that begins with the prefix, and ';' follows ':'.
                and_(events.c.event >= prefix, events.c.event < f"{prefix[:-1]};"),
            )
            .scalar_subquery()
            for prefix in prefixes
        ]
        row = (await self._all(select(*told)))[0]
        return row[0], row[1]

    async def ping(self) -> None:
        """Raise `LedgerUnavailable` unless the database answers and is at our migration."""
        await migrating.check(self._engines)

    async def _all(self, wanted: Select[*tuple[object, ...]]) -> Sequence[Found]:
        async with self._engines.read() as connection:
            return (await connection.execute(wanted)).all()


_REWARDS = select(*(rewards.c[name] for name in REWARD))
_GIFTS = select(*(gifts.c[name] for name in GIFT))
_ROOMS = select(
    *(rooms.c[name] for name in rows.ROOM), *(shows.c[name].label(f"show_{name}") for name in rows.SHOW)
).select_from(rooms.outerjoin(shows, shows.c.id == rooms.c.show))


def _room_of(row: Found) -> Room:
    at = len(rows.ROOM)
    return rows.room_of(row[:at], rows.show_of(row[at:]) if row[at] is not None else None)


def _item_of(row: Found) -> ItemChange:
    return ItemChange(RoomId(row[0]), row[1], row[2], json.loads(row[3]) if row[3] is not None else None)
