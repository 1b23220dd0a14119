"""Writes what a batch decided: the append-only lines, then what follows from them, budgets last.

Counters and buckets are written as differences between what was loaded and what stands now, under the
member's row lock, so folding in `server.domain` is the only place that knows how a fact changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.facts import (
    BudgetSpent,
    CommentPosted,
    CouponFreed,
    CouponGranted,
    CouponUsed,
    FirstNClosed,
    FirstNOpened,
    FirstNTaken,
    IdentityLinked,
    MemberRetired,
    PerkGiven,
    ShoutedOut,
    ShowEnded,
    ShowScheduled,
    ShowStarted,
)
from server.domain.room import Json, draw_item, draw_key, items_of
from server.domain.state import Member, Order, Show, Task
from server.domain.world import World
from server.ids import (
    CouponId,
    DrawId,
    FirstNId,
    GateId,
    GiftId,
    HeldAwardId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)
from server.ledger import campaign_rows, perk_tables, rows, stage_rows, tables
from server.ledger.batch import Happened
from server.ledger.boxing import BoxKeeping
from server.ledger.bulk import Row, insert, keyed, update, upsert
from server.ledger.changes import CHANGE, changes_of
from server.ledger.contact_rows import ContactRows
from server.ledger.draw_keeping import DrawKeeping
from server.ledger.errors import BudgetOverrun
from server.ledger.extent import Scopes
from server.ledger.gating import GateKeeping
from server.ledger.gift_rows import GiftRows
from server.ledger.held_rows import HeldRows
from server.ledger.member_keeping import MemberKeeping, Progress
from server.ledger.merging import Merging
from server.ledger.outbox import POINTS_CHANGED, Webhook, webhooks_of
from server.ledger.packing import packed
from server.ledger.polling import PollStatements
from server.ledger.ports import BudgetStand, ItemChange
from server.ledger.rewarding import RewardKeeping
from server.ledger.settling import Settling, ends_apart
from server.ledger.task_order_rows import TaskOrderRows
from server.ledger.task_tables import tasks as tasks_table

OWN_LIFE = ("draws/",)
"""Items that do not follow from the room and its rulebook: not being touched does not remove them."""
_BELONGINGS: Final = frozenset(
    (IdentityLinked, CouponGranted, CouponUsed, CouponFreed, ShoutedOut, PerkGiven, CommentPosted)
)
_OF_CAMPAIGNS: Final = frozenset((FirstNOpened, FirstNTaken, FirstNClosed))
# Most facts are none of these, and a look into a set is cheaper than a walk through them.
_OUTBOX = ("type", "member", "room", "version", "body", "at_ms", "attempts")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stood in the database when the batch began, to tell what is new and what has changed."""

    members: Mapping[MemberId, Member]
    orders: Mapping[OrderId, Order]
    rooms: frozenset[RoomId]
    shows: frozenset[ShowId]
    redemptions: frozenset[RedemptionId]
    rewards: frozenset[RewardId]
    reward_claims: frozenset[RedemptionId]
    gates: frozenset[GateId]
    permits: frozenset[PermitId]
    tasks: Mapping[TaskId, Task]
    draws: frozenset[DrawId]
    gifts: frozenset[GiftId]
    held_awards: frozenset[HeldAwardId]
    scopes: Scopes

    @classmethod
    def of(cls, world: World, scopes: Scopes) -> Loaded:
        """`scopes`: of which counters all that there are were read."""
        shown = (room.show.id for room in world.rooms.values() if room.show is not None)
        return cls(
            dict(world.members),
            dict(world.orders),
            frozenset(world.rooms),
            frozenset((*world.shows, *shown)),
            frozenset(world.redemptions),
            frozenset(world.rewards),
            frozenset(world.reward_claims),
            frozenset(world.gates),
            frozenset(world.permits),
            {task.id: task for room in world.rooms.values() for task in room.tasks},
            frozenset(world.draws.draws),
            frozenset(world.gifts),
            frozenset(world.held_awards),
            scopes,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    members: tuple[Member, ...]
    """Touched ones, with the version they have now."""
    items: tuple[ItemChange, ...]


class Keeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._members = MemberKeeping(dialect)
        self._merging = Merging(dialect)
        self._identities = insert(dialect, tables.identities, rows.IDENTITY)
        self._changes = insert(dialect, tables.changes, CHANGE)
        self._new_orders = insert(dialect, tables.orders, rows.ORDER)
        self._orders = update(dialect, tables.orders, rows.ORDER)
        self._new_redemptions = insert(dialect, tables.redemptions, rows.REDEMPTION)
        self._redemptions = update(dialect, tables.redemptions, rows.REDEMPTION)
        self._rewarding = RewardKeeping(dialect)
        self._boxing = BoxKeeping(dialect)
        self._book = DrawKeeping(dialect)
        self._gating = GateKeeping(dialect)
        self._gifts = GiftRows(dialect)
        self._polling = PollStatements(dialect)
        self._held = HeldRows(dialect)
        self._task_orders = TaskOrderRows(dialect)
        self._contacts = ContactRows(dialect)
        self._coupons = insert(dialect, tables.coupons, rows.COUPON)
        self._used_coupons = update(dialect, tables.coupons, ("used_by", "id"))
        self._shouts = upsert(dialect, tables.shouts, rows.SHOUT)
        self._perks = upsert(dialect, perk_tables.perks, rows.PERK)
        self._comments = insert(dialect, tables.recent_comments, rows.COMMENT)
        self._new_rooms = insert(dialect, tables.rooms, rows.ROOM)
        self._rooms = upsert(dialect, tables.rooms, rows.ROOM)
        self._new_shows = insert(dialect, tables.shows, rows.SHOW)
        self._shows = upsert(dialect, tables.shows, rows.SHOW)
        self._campaigns = insert(dialect, tables.first_n, campaign_rows.CAMPAIGN)
        self._places_taken = update(dialect, tables.first_n, ("taken", "id"))
        self._closed_campaigns = update(dialect, tables.first_n, ("closed_ms", "id"))
        self._places = insert(dialect, tables.first_n_places, campaign_rows.PLACE)
        self._tasks = upsert(dialect, tasks_table, stage_rows.TASK)
        self._settling = Settling(dialect)
        self._items = upsert(dialect, tables.room_items, rows.ITEM)
        self._webhooks = insert(dialect, tables.outbox, _OUTBOX)
        self._points_changed = insert(
            dialect,
            tables.outbox,
            _OUTBOX,
            f"(member) WHERE type = '{POINTS_CHANGED}' AND attempts = 0 "
            "DO UPDATE SET version = excluded.version, body = excluded.body, at_ms = excluded.at_ms",
        )
        self._standing_items = keyed(
            dialect,
            "SELECT t.room, t.key, t.rev, t.value FROM {keys} CROSS JOIN room_items t WHERE t.room = k.id",
            (("id", "text"),),
        )
        self._spend = keyed(
            dialect,
            "INSERT INTO budgets (name, spent, most) "
            "SELECT k.name, k.amount, k.most FROM {keys} WHERE k.amount <= k.most "
            "ON CONFLICT (name) DO UPDATE SET spent = budgets.spent + excluded.spent, most = excluded.most "
            "WHERE budgets.spent + excluded.spent <= excluded.most AND NOT budgets.closed "
            "RETURNING name, spent, returned",
            (("name", "text"), ("amount", "bigint"), ("most", "bigint")),
        )
        self._turn = keyed(
            dialect,
            "UPDATE budgets SET spent = budgets.spent + k.net, returned = budgets.returned + k.back, "
            "most = CASE WHEN k.net > 0 THEN k.most ELSE budgets.most END FROM {keys} "
            "WHERE budgets.name = k.name AND NOT budgets.closed "
            "AND (k.net <= 0 OR budgets.spent + k.net <= k.most) "
            "RETURNING budgets.name, budgets.spent, budgets.returned",
            (("name", "text"), ("net", "bigint"), ("most", "bigint"), ("back", "bigint")),
        )

    async def keep_early(
        self,
        connection: AsyncConnection,
        world: World,
        loaded: Loaded,
        happened: Sequence[Happened],
        decided: int,
        progress: Progress,
    ) -> None:
        """Write of members what can be written when so many commands of the batch are `decided`."""
        kept, last = progress.members, progress.last
        done = (
            world.members[member]
            for member in sorted(world.touched_members)
            if member in loaded.members and member not in kept and last.get(member, 0) < decided
        )
        version = world.rulebook.version
        await self._members.keep_early(
            connection, done, loaded.members, loaded.scopes, happened, version, progress
        )

    async def keep(
        self,
        connection: AsyncConnection,
        world: World,
        loaded: Loaded,
        happened: Sequence[Happened],
        progress: Progress,
    ) -> Kept:
        """Write it all but the budgets, and what `settle` writes. IntegrityError: somebody else made the same row first."""
        members = raised(world, loaded)
        version = world.rulebook.version
        if world.touched_tasks:
            happened, _ = ends_apart(happened)
        await self._members.keep(
            connection, members, loaded.members, loaded.scopes, happened, version, progress
        )
        await self._changes.run(connection, changes_of(happened, version))
        await self._keep_orders(connection, world, loaded)
        await self._task_orders.keep(connection, world)
        await self._keep_redemptions(connection, world, loaded)
        await self._rewarding.keep(connection, world, loaded.rewards, loaded.reward_claims)
        await self._boxing.keep(connection, world)
        await self._gifts.keep(connection, world, loaded.gifts)
        await self._held.keep(connection, world, loaded.held_awards)
        await self._contacts.keep(connection, world)
        await self._keep_belongings(connection, happened)
        kinds = {type(fact) for one in happened for fact in one.facts}
        if MemberRetired in kinds:
            await self._merging.hand_over(connection, happened)
        items = await self._keep_rooms(connection, world, loaded, happened)
        await self._book.keep(connection, world.draws, loaded.draws)
        if not kinds.isdisjoint(_OF_CAMPAIGNS):
            await self._keep_campaigns(connection, happened)
        await self._polling.keep(connection, world, happened)
        await self._gating.keep(connection, world, loaded.gates, loaded.permits)
        await self._keep_webhooks(connection, webhooks_of(happened, members))
        return Kept(tuple(members.values()), items)

    async def settle(
        self, connection: AsyncConnection, world: World, happened: Sequence[Happened]
    ) -> Sequence[Happened]:
        """Return what happened with exact sums of the tasks that ended in it, and write their ends down.

        When all other rows are locked, first answers included, and before `charge`.
        """
        if not world.touched_tasks:
            return happened
        exact = await self._settling.exact(connection, happened, charges_of(happened))
        _, ends = ends_apart(exact)
        if ends:
            await self._changes.run(connection, changes_of(ends, world.rulebook.version))
            await self._keep_webhooks(connection, webhooks_of(ends, {}))
        return exact

    async def recounted(self, connection: AsyncConnection, happened: list[Happened]) -> list[Happened]:
        """Return what happened, each vote told with the votes that stand when nobody is under way in front (L8)."""
        return await self._polling.recounted(connection, happened)

    async def charge(
        self, connection: AsyncConnection, world: World, happened: Sequence[Happened]
    ) -> tuple[BudgetStand, ...]:
        """Charge the budgets, the last statement before the commit; return how they stand then.

        Raises `BudgetOverrun`.
        """
        spent = charges_of(happened)
        if not spent:
            await self._close(connection, world, happened)
            return ()
        # Sorted, for the rows are locked in this order.
        charges: list[Row] = [
            (name, net, most) for name, (net, most, back) in sorted(spent.items()) if not back
        ]
        stand: dict[str, tuple[int, int]] = {}
        if len(charges) < len(spent):
            # All of them in one order, before anything moves: two that meet crosswise wait, and neither loses.
            await self._settling.lock(connection, sorted(spent))
            turned: list[Row] = [(name, *spent[name]) for name in sorted(spent) if spent[name][2]]
            stand = {row[0]: (row[1], row[2]) for row in await self._turn.run(connection, turned)}
        if charges:
            stand.update((row[0], (row[1], row[2])) for row in await self._spend.run(connection, charges))
        if len(stand) < len(spent):
            raise BudgetOverrun(frozenset(spent) - stand.keys())
        await self._close(connection, world, happened)
        return tuple(
            BudgetStand(name, spent[name][0], stand[name][0], spent[name][1], stand[name][1])
            for name in sorted(spent)
        )

    async def _close(self, connection: AsyncConnection, world: World, happened: Sequence[Happened]) -> None:
        if world.touched_tasks:
            await self._settling.close(connection, happened)

    async def _keep_orders(self, connection: AsyncConnection, world: World, loaded: Loaded) -> None:
        touched = [world.orders[order] for order in sorted(world.touched_orders)]
        await self._new_orders.run(
            connection, [rows.order_row(order) for order in touched if order.id not in loaded.orders]
        )
        await self._orders.run(
            connection, [rows.order_row(order) for order in touched if order.id in loaded.orders]
        )

    async def _keep_redemptions(self, connection: AsyncConnection, world: World, loaded: Loaded) -> None:
        touched = [world.redemptions[one] for one in sorted(world.touched_redemptions)]
        # What is let go comes first: an order takes one redemption, also between two statements.
        known = [rows.redemption_row(one) for one in touched if one.id in loaded.redemptions]
        await self._redemptions.run(connection, known)
        new = [rows.redemption_row(one) for one in touched if one.id not in loaded.redemptions]
        await self._new_redemptions.run(connection, new)

    async def _keep_belongings(self, connection: AsyncConnection, happened: Sequence[Happened]) -> None:
        identities: list[Row] = []
        coupons: list[Row] = []
        used: dict[CouponId, OrderId | None] = {}
        shouts: dict[tuple[str, str], Row] = {}
        perks: dict[tuple[str, str], Row] = {}
        comments: list[Row] = []
        for one in happened:
            for fact in one.facts:
                if type(fact) not in _BELONGINGS:
                    continue
                match fact:
                    case IdentityLinked():
                        identities.append((fact.platform, fact.openid, fact.member, fact.at_ms))
                    case CouponGranted():
                        coupons.append(rows.coupon_row(fact.member, fact.coupon))
                    case CouponUsed():
                        used[fact.coupon] = fact.order
                    case CouponFreed():
                        used[fact.coupon.id] = None
                    case ShoutedOut():
                        shouts[fact.member, fact.tier] = (fact.member, fact.tier, fact.at_ms)
                    case PerkGiven():
                        perks[fact.member, fact.perk] = (fact.member, fact.perk, fact.at_ms)
                    case CommentPosted():
                        comments.append((fact.member, fact.room, fact.digest, fact.counted, fact.at_ms))
                    case _:
                        pass
        await self._identities.run(connection, identities)
        await self._coupons.run(connection, coupons)
        await self._used_coupons.run(connection, [(order, coupon) for coupon, order in used.items()])
        await self._shouts.run(connection, list(shouts.values()))
        await self._perks.run(connection, list(perks.values()))
        await self._comments.run(connection, comments)

    async def _keep_rooms(
        self, connection: AsyncConnection, world: World, loaded: Loaded, happened: Sequence[Happened]
    ) -> tuple[ItemChange, ...]:
        if not world.touched_rooms:
            return ()
        rooms = [world.rooms[room] for room in sorted(world.touched_rooms)]
        await self._new_rooms.run(
            connection, [rows.room_row(room) for room in rooms if room.id not in loaded.rooms]
        )
        await self._rooms.run(connection, [rows.room_row(room) for room in rooms if room.id in loaded.rooms])
        shows: dict[ShowId, Show] = {}
        for one in happened:
            for fact in one.facts:
                if isinstance(fact, ShowScheduled | ShowStarted | ShowEnded):
                    shows[fact.show.id] = fact.show
        # What ended goes first: a room has one live show, also between two statements.
        known = sorted((show for show in shows.values() if show.id in loaded.shows), key=_is_live)
        await self._shows.run(connection, [rows.show_row(show) for show in known])
        new = [rows.show_row(show) for show in shows.values() if show.id not in loaded.shows]
        await self._new_shows.run(connection, new)
        shown = {task.id for room in rooms for task in room.tasks}
        tasks = [stage_rows.task_row(task, task.id in shown) for task in world.tasks_to_keep(loaded.tasks)]
        await self._tasks.run(connection, tasks)
        return await self._keep_items(connection, world)

    async def _keep_campaigns(self, connection: AsyncConnection, happened: Sequence[Happened]) -> None:
        opened: list[Row] = []
        closed: list[Row] = []
        taken: dict[FirstNId, int] = {}
        places: list[Row] = []
        for one in happened:
            for fact in one.facts:
                match fact:
                    case FirstNOpened():
                        opened.append(campaign_rows.campaign_row(fact))
                    case FirstNTaken():
                        taken[fact.campaign.id] = fact.place
                        places.append(campaign_rows.place_row(fact))
                    case FirstNClosed():
                        closed.append((fact.at_ms, fact.campaign.id))
                    case _:
                        pass
        await self._campaigns.run(connection, opened)
        await self._places_taken.run(connection, [(n, campaign) for campaign, n in taken.items()])
        await self._places.run(connection, places)
        await self._closed_campaigns.run(connection, closed)

    async def _keep_items(self, connection: AsyncConnection, world: World) -> tuple[ItemChange, ...]:
        """Compare what the rooms show with what stands, and raise the rev of what differs."""
        keys: list[Row] = [(room,) for room in sorted(world.touched_rooms)]
        standing = {
            (RoomId(row[0]), str(row[1])): (row[2], row[3])
            for row in await self._standing_items.run(connection, keys)
        }
        changes = item_changes(world, standing)
        await self._items.run(
            connection,
            [
                (
                    change.room,
                    change.key,
                    change.rev,
                    None if change.value is None else packed(change.value),
                )
                for change in changes
            ],
        )
        return changes

    async def _keep_webhooks(self, connection: AsyncConnection, webhooks: Sequence[Webhook]) -> None:
        told = [hook for hook in webhooks if hook.type != POINTS_CHANGED]
        await self._webhooks.run(connection, [_webhook_row(hook) for hook in told])
        points = [hook for hook in webhooks if hook.type == POINTS_CHANGED]
        await self._points_changed.run(connection, [_webhook_row(hook) for hook in points])


def charges_of(happened: Sequence[Happened]) -> dict[str, tuple[int, int, int]]:
    """Return by how much the batch moves each budget, the most it may stand at afterwards, and what of it returns."""
    spent: dict[str, tuple[int, int, int]] = {}
    for one in happened:
        for fact in one.facts:
            if isinstance(fact, BudgetSpent):
                net, most, back = spent.get(fact.budget, (0, fact.max, 0))
                if fact.amount < 0:
                    back -= fact.amount
                spent[fact.budget] = (net + fact.amount, min(most, fact.max), back)
    return spent


def gives_back(happened: Iterable[Happened]) -> bool:
    """Whether something of a budget is there again for others."""
    return any(type(fact) is BudgetSpent and fact.amount < 0 for one in happened for fact in one.facts)


def _is_live(show: Show) -> bool:
    return show.status == "live"


def item_changes(
    world: World, standing: Mapping[tuple[RoomId, str], tuple[int, str | None]]
) -> tuple[ItemChange, ...]:
    """Return what differs between the touched rooms and their items as they stand, each with its rev raised.

    `standing` gives (rev, JSON text or None = removed) by room and key.
    """
    changes: list[ItemChange] = []
    for room in sorted(world.touched_rooms):
        items: dict[str, Json] = dict(items_of(world.rooms[room], world.rulebook, world.day_percent))
        items.update(own_items(world, room))
        # In the order of their keys: who keeps them reads them in an order of their own.
        gone = sorted(key for (of, key), (_, value) in standing.items() if of == room and value is not None)
        for key in (*items, *(key for key in gone if key not in items and not key.startswith(OWN_LIFE))):
            value = items.get(key)
            rev, stood = standing.get((room, key), (0, None))
            if rev == 0 and value is None:
                continue
            if stood != (None if value is None else packed(value)):
                changes.append(ItemChange(room, key, rev + 1, value))
    return tuple(changes)


def own_items(world: World, room: RoomId) -> dict[str, Json]:
    """Return the items of `room` that come and go by themselves and were touched; None = it goes."""
    draws = (world.draws.draws[draw] for draw in world.draws.touched)
    return {draw_key(draw): draw_item(draw) for draw in draws if draw.room == room}


def raised(world: World, loaded: Loaded) -> dict[MemberId, Member]:
    """Return the touched members, each with its version raised once, in id order."""
    members: dict[MemberId, Member] = {}
    for member in sorted(world.touched_members):
        before = loaded.members.get(member)
        version = 1 if before is None else before.version + 1
        now = world.members[member]
        # Folding has raised it already, but for whoever was put into the world as a whole.
        members[member] = now if now.version == version else replace(now, version=version)
    return members


def _webhook_row(hook: Webhook) -> Row:
    return (hook.type, hook.member, hook.room, hook.version, packed(hook.body), hook.at_ms, 0)
