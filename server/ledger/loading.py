"""Fills a `World` with what a batch needs: set-based, rows locked in one order, constant work per event.

Lock order: members by id, then orders by id, then rewards by id, then series of blind boxes by id, then draws
by id, then the rooms about to change by id, then gates by id. All that hangs on a member (days, counters, coupons …) changes only under the member's row lock. Rooms are read before that
without a lock, for which show is on says which counters and budgets matter; budgets are only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import OpenFirstN
from server.domain.decide.tasks import budget_name
from server.domain.draw import NO_DRAWS
from server.domain.polls import counter
from server.domain.rulebook import Rulebook
from server.domain.state import Task, Wave
from server.domain.world import World
from server.ids import FirstNId, MemberId, OrderId, RoomId, ShowId
from server.ledger import rows, stage_rows
from server.ledger.batch import Asked
from server.ledger.boxing import BoxLoading, Unseal, unreadable
from server.ledger.budget_rows import BudgetRows
from server.ledger.bulk import Row, keyed
from server.ledger.contact_rows import ContactRows
from server.ledger.draw_loading import DrawLoading, union
from server.ledger.errors import ChangedMeanwhile
from server.ledger.extent import NO_SCOPES, Extent, scopes_of, scopes_on_air, since_of
from server.ledger.gating import GateLoading
from server.ledger.gift_rows import GiftRows
from server.ledger.held_rows import HeldRows
from server.ledger.lifting import Lifting
from server.ledger.member_loading import MemberLoading
from server.ledger.merging import Merging
from server.ledger.polling import PollStatements
from server.ledger.remembering import Remembered
from server.ledger.rewarding import RewardLoading
from server.ledger.task_order_rows import TaskOrderRows

_WAVE_SAMPLE = 16
"""So many posts for each member that makes a wave are looked at, the newest: a text may have thousands."""


class Loading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str, unseal: Unseal = unreadable) -> None:
        self.members = MemberLoading(dialect)
        self.merging = Merging(dialect)
        self._rewarding = RewardLoading(dialect)
        self._boxing = BoxLoading(dialect, unseal)
        self._book = DrawLoading(dialect)
        self._gating = GateLoading(dialect)
        self._gifts = GiftRows(dialect)
        self._polling = PollStatements(dialect)
        self._held = HeldRows(dialect)
        self._task_orders = TaskOrderRows(dialect)
        self._lifting = Lifting(dialect)
        self._contacts = ContactRows(dialect)
        of_id = (("id", "text"),)
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        self._owners = keyed(
            dialect,
            "SELECT t.member FROM {keys} CROSS JOIN orders t WHERE t.id = k.id UNION "
            "SELECT t.member FROM {keys} CROSS JOIN redemptions t "
            "WHERE t.order_id = k.id AND t.state <> 'released'",
            of_id,
        )
        redemption = f"SELECT {rows.named(rows.REDEMPTION, 't')} FROM {{keys}} CROSS JOIN redemptions t "
        self._redemptions = keyed(dialect, f"{redemption} WHERE t.id = k.id", of_id)
        self._redemptions_of_orders = keyed(
            dialect, f"{redemption} WHERE t.order_id = k.id AND t.state <> 'released'", of_id
        )
        self._orders = keyed(
            dialect,
            f"SELECT {rows.named(rows.ORDER, 't')} FROM {{keys}} CROSS JOIN orders t "
            f"WHERE t.id = k.id ORDER BY t.id{lock}",
            of_id,
        )
        self._recent_orders = keyed(
            dialect,
            f"SELECT {rows.named(rows.ORDER, 't')} FROM {{keys}} CROSS JOIN orders t "
            "WHERE t.member = k.id AND t.paid_ms >= {1} AND t.amount > 0",
            of_id,
        )
        self._rooms = keyed(
            dialect,
            f"SELECT {rows.named(rows.ROOM, 't')}, {rows.named(rows.SHOW, 's')} FROM {{keys}} "
            "CROSS JOIN rooms t LEFT JOIN shows s ON s.id = t.show WHERE t.id = k.id",
            of_id,
        )
        self._tasks = keyed(
            dialect,
            f"SELECT {rows.named(stage_rows.TASK, 't')} FROM {{keys}} CROSS JOIN tasks t "
            "WHERE t.room = k.id AND t.shown ORDER BY t.place",
            of_id,
        )
        self._lock_rooms = keyed(
            dialect,
            f"SELECT t.id FROM {{keys}} CROSS JOIN rooms t WHERE t.id = k.id ORDER BY t.id{lock}",
            of_id,
        )
        self._places = keyed(
            dialect, "SELECT t.id, t.taken FROM {keys} CROSS JOIN first_n t WHERE t.id = k.id", of_id
        )
        self._spent_coupons = keyed(
            dialect,
            f"SELECT {rows.named(rows.COUPON, 't')} FROM {{keys}} CROSS JOIN coupons t WHERE t.used_by = k.id",
            of_id,
        )
        self._placed = keyed(
            dialect,
            "SELECT t.campaign, t.member FROM {keys} CROSS JOIN first_n_places t "
            "WHERE t.campaign = k.campaign AND t.member = k.member",
            (("campaign", "text"), ("member", "text")),
        )
        # Rooms are few: which of them are on air is asked only where a rule has a cap of the show.
        self._on_air = text(
            "SELECT s.id FROM rooms t JOIN shows s ON s.id = t.show WHERE s.status = 'live' ORDER BY s.id"
        )
        self._shows = keyed(
            dialect,
            f"SELECT {rows.named(rows.SHOW, 't')} FROM {{keys}} CROSS JOIN shows t WHERE t.id = k.id",
            of_id,
        )
        self._coming_shows = keyed(
            dialect,
            f"SELECT {rows.named(rows.SHOW, 't')} FROM {{keys}} CROSS JOIN shows t "
            "WHERE t.room = k.id AND t.status IN ('live', 'scheduled')",
            of_id,
        )
        self._identities = keyed(
            dialect,
            "SELECT t.platform, t.openid, t.member FROM {keys} CROSS JOIN identities t "
            "WHERE t.platform = k.platform AND t.openid = k.openid",
            (("platform", "text"), ("openid", "text")),
        )
        self._budgets = BudgetRows(dialect)
        together = "string_agg(w.member, ' ')" if dialect == "postgresql" else "group_concat(w.member, ' ')"
        # Of one text, said as a range: in that order only the index by room and text gives them. Found by time alone,
        # as a table believed to be empty may be, each text would walk through everybody's comments.
        self._waves = keyed(
            dialect,
            f"SELECT k.room, k.digest, (SELECT {together} FROM (SELECT t.member FROM recent_comments t "
            "WHERE t.room = k.room AND t.digest >= k.digest AND t.digest <= k.digest AND t.at_ms > {1} "
            "ORDER BY t.digest DESC, t.at_ms DESC LIMIT {2}) w) FROM {keys}",
            (("room", "text"), ("digest", "text")),
        )

    async def identities(
        self, connection: AsyncConnection, wanted: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], MemberId]:
        """Return who the (platform, openid) pairs mean; pairs never seen are absent."""
        keys: list[Row] = sorted(set(wanted))
        if not keys:
            return {}
        return {(row[0], row[1]): MemberId(row[2]) for row in await self._identities.run(connection, keys)}

    async def fill_rooms(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Load into `world` the rooms that `asked` need, without a lock."""
        await self._fill_rooms(connection, world, {room for one in asked for room in one.needs.rooms})

    async def fill(
        self, connection: AsyncConnection, world: World, asked: Sequence[Asked], remembered: Remembered
    ) -> Extent:
        """Load and lock into `world`, which holds their rooms, what `asked` needs, the owners of their orders included.

        Returns with which extent the members were read.
        Raises `ChangedMeanwhile` when an order got an owner between two reads, and `MemberMerged`: the transaction
        goes again.
        """
        await self._fill_shows(connection, world, {show for one in asked for show in one.needs.shows})
        members = {member for one in asked for member in one.needs.members}
        redemptions = _keys(redemption for one in asked for redemption in one.needs.redemptions)
        wanted = {order for one in asked for order in one.needs.orders}
        claims = await self._rewarding.named_claims(connection, asked)
        members.update(claim.member for claim in claims.values())
        if redemptions:
            for row in await self._redemptions.run(connection, redemptions):
                redemption = rows.redemption_of(row)
                wanted.add(redemption.order)
                members.add(redemption.member)  # named, so needed in whatever state it is
        gifts = {gift for one in asked for gift in one.needs.gifts}
        # Who gave a gift never changes: whom to lock may be read before locking.
        members.update(gift.giver for gift in await self._gifts.named(connection, gifts))
        orders = _keys(wanted)
        if orders:
            members.update(MemberId(row[0]) for row in await self._owners.run(connection, orders))
        draws = union([one.needs.draws for one in asked if one.needs.draws is not NO_DRAWS])
        members |= await self._book.owners(connection, draws)
        shown = await self.scopes_shown(connection, world.rulebook)
        extent = Extent(since_of(asked, world), scopes_of(asked, world, members, shown))
        found = await self.members.read(connection, members, extent.scopes, extent.since, remembered)
        if any(one.needs.whole for one in asked):
            found = await self.merging.whole(connection, found.values())
        world.members.update(found)
        if orders:
            for row in await self._orders.run(connection, orders):
                order = rows.order_of(row)
                if order.member not in world.members:  # a new one may have come since they were read
                    raise ChangedMeanwhile(f"order {order.id}")
                world.orders[order.id] = order
            await self._fill_redemptions(connection, world, orders, redemptions)
        refunds = _keys(order for one in asked for order in one.needs.refunds)
        if refunds:
            for row in await self._spent_coupons.run(connection, refunds):
                world.spent_coupons[OrderId(row[8])] = rows.coupon_of(row)
        await self._task_orders.fill(connection, world, asked)
        await self._lifting.fill(connection, world, asked)
        # Where a reward may be lost, the task it is of may go on, and its budget has the unit again (E8).
        counted = {world.orders[order].room for theirs in world.task_orders.values() for _, order in theirs}
        await self._fill_rooms(connection, world, {one for one in counted if one and one not in world.rooms})
        await self._fill_recent_orders(connection, world, asked)
        await self._held.fill(connection, world, asked)
        await self._contacts.fill(connection, world, {m for one in asked for m in one.needs.contacts})
        await self._rewarding.fill(connection, world, asked, claims)
        await self._boxing.fill(connection, world, asked)
        await self._book.fill(connection, world.draws, draws, members)
        days = {day for one in asked for day in one.needs.gift_days}
        found_gifts = await self._gifts.of_days(connection, days)
        found_gifts += await self._gifts.named(connection, gifts)
        world.gifts.update((gift.id, gift) for gift in found_gifts)
        await self._fill_changing_rooms(connection, world, asked, members)
        await self._gating.fill(connection, world, asked)
        await self._polling.fill(connection, world, asked)
        world.identities.update(
            await self.identities(connection, (pair for one in asked for pair in one.needs.identities))
        )
        await self._fill_waves(connection, world, asked)
        await self._fill_budgets(connection, world, asked)
        return extent

    async def scopes_shown(self, connection: AsyncConnection, rulebook: Rulebook) -> frozenset[str]:
        """Return the counters of shows that a member is read with for the sake of the card; asks nothing where no
        rule has a cap of the show (E8)."""
        if not rulebook.most_a_show:
            return NO_SCOPES
        return scopes_on_air(row[0] for row in await connection.execute(self._on_air))

    async def _fill_recent_orders(
        self, connection: AsyncConnection, world: World, asked: Sequence[Asked]
    ) -> None:
        """Read, under their members' locks, the orders that may still be returned; only where they matter (P1)."""
        members = _keys(
            member
            for one in asked
            for member in (world.members if one.needs.whole else one.needs.recent_orders)
        )
        if not members:
            return
        since_ms = min(one.at_ms for one in asked) - world.rulebook.order.return_window_ms
        for row in await self._recent_orders.run(connection, members, since_ms):
            order = rows.order_of(row)
            world.orders[order.id] = order

    async def _fill_redemptions(
        self,
        connection: AsyncConnection,
        world: World,
        orders: Sequence[Row],
        redemptions: Sequence[Row],
    ) -> None:
        """Read, under their members' locks, the redemptions named and those that stand for the orders."""
        found = list(await self._redemptions_of_orders.run(connection, orders))
        if redemptions:
            found += await self._redemptions.run(connection, redemptions)
        for row in found:
            redemption = rows.redemption_of(row)
            if redemption.member not in world.members:
                raise ChangedMeanwhile(f"redemption {redemption.id}")
            world.redemptions[redemption.id] = redemption

    async def _fill_rooms(self, connection: AsyncConnection, world: World, rooms: set[RoomId]) -> None:
        if not rooms:
            return
        at = len(rows.ROOM)
        busy: set[str] = set()
        for row in await self._rooms.run(connection, _keys(rooms)):
            show = rows.show_of(row[at:]) if row[at] is not None else None
            world.rooms[RoomId(row[0])] = rows.room_of(row[:at], show)
            if row[rows.ROOM.index("tasks_shown")]:
                busy.add(row[0])
        if busy:
            await self._fill_tasks(connection, world, busy)

    async def _fill_tasks(self, connection: AsyncConnection, world: World, rooms: set[str]) -> None:
        tasks: dict[RoomId, list[Task]] = {}
        for row in await self._tasks.run(connection, _keys(rooms)):
            task = stage_rows.task_of(row)
            tasks.setdefault(task.room, []).append(task)
        for room, theirs in tasks.items():
            world.rooms[room] = replace(world.rooms[room], tasks=tuple(theirs))

    async def _fill_shows(self, connection: AsyncConnection, world: World, shows: set[ShowId]) -> None:
        if shows:
            for row in await self._shows.run(connection, _keys(shows)):
                world.shows[ShowId(row[0])] = rows.show_of(row)

    async def _fill_changing_rooms(
        self, connection: AsyncConnection, world: World, asked: Sequence[Asked], members: Set[MemberId]
    ) -> None:
        """Lock the rooms that room commands are about, then read them and their coming shows as they are.

        So are the rooms in which an order may take a place of a campaign: its places are counted under the
        room's lock (L4). Any other order locks no room.
        """
        rooms = {one.command.origin.room for one in asked if one.who is None}
        changing = {room for room in rooms if room is not None}
        ordered = {room for one in asked for room in one.needs.first_n if world.has_places(room)}
        if not changing and not ordered:
            return
        await self._lock_rooms.run(connection, _keys(changing | ordered))
        await self._fill_rooms(connection, world, changing | ordered)
        await self._fill_places(connection, world, asked, changing | ordered, members)
        if not changing:
            return
        await self._fill_shows(connection, world, {show for one in asked for show in one.needs.shows})
        for row in await self._coming_shows.run(connection, _keys(changing)):
            world.shows[ShowId(row[0])] = rows.show_of(row)

    async def _fill_places(
        self,
        connection: AsyncConnection,
        world: World,
        asked: Sequence[Asked],
        rooms: Set[RoomId],
        members: Set[MemberId],
    ) -> None:
        """Read, under their rooms' locks, how many places are taken, and which of `members` have one."""
        shown = {one.id for room in rooms if room in world.rooms for one in world.rooms[room].first_n}
        named = {one.command.campaign for one in asked if isinstance(one.command, OpenFirstN)}
        if not shown and not named:
            return
        for row in await self._places.run(connection, _keys(shown | named)):
            world.places[FirstNId(row[0])] = row[1]
        keys: list[Row] = [(campaign, member) for campaign in sorted(shown) for member in sorted(members)]
        if keys:
            for row in await self._placed.run(connection, keys):
                world.placed.add((FirstNId(row[0]), MemberId(row[1])))

    async def _fill_waves(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        texts: list[Row] = sorted({text for one in asked for text in one.needs.texts})
        if not texts:
            return
        rule = world.rulebook.comment
        since = min(one.at_ms for one in asked) - rule.wave_ms
        found = await self._waves.run(connection, texts, since, rule.wave_members * _WAVE_SAMPLE)
        for room, digest, members in found:
            if members:
                who = frozenset(MemberId(member) for member in members.split(" "))
                world.waves[RoomId(room), digest] = Wave(digest, who)

    async def _fill_budgets(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        names = {budget for one in asked for budget in one.needs.budgets}
        names.update(budget_name(task) for theirs in world.task_orders.values() for task, _ in theirs)
        for one in asked:
            for room in one.needs.rooms:
                show = world.on_air(room)
                if show is not None:
                    names.add(world.rulebook.budgets.show_name(show.id))
                    names.update(budget_name(task.id) for task in world.rooms[room].tasks)
                    names.update(
                        counter(poll.id, option)
                        for poll in world.rooms[room].polls
                        for option, _ in poll.options
                    )
        world.budgets.update(await self._budgets.spent(connection, names))


def _keys(ids: Iterable[str]) -> list[Row]:
    return [(key,) for key in sorted(set(ids))]
