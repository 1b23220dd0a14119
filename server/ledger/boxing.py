"""Reads and writes what blind boxes need. Series are locked after rewards, by id, and before draws (P3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.boxes import BoxSeries
from server.domain.commands import RedeemReward
from server.domain.rewards import BLIND_BOX
from server.domain.world import World
from server.ids import SeriesId
from server.ledger import box_rows
from server.ledger.batch import Asked
from server.ledger.box_tables import box_openings, box_seeds, box_series
from server.ledger.bulk import Row, insert, keyed, update
from server.ledger.rows import named

Unseal = Callable[[str], str | None]
"""Opens a sealed seed; None when it was sealed under another secret."""


def unreadable(_sealed: str) -> str | None:
    """Open nothing: whoever only reads, or has no secret, opens no boxes."""
    return None


class BoxLoading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str, unseal: Unseal) -> None:
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        of_id = (("id", "text"),)
        self._unseal = unseal
        self._series = keyed(
            dialect,
            f"SELECT {named(box_rows.SERIES, 't')} FROM {{keys}} CROSS JOIN box_series t "
            f"WHERE t.id = k.id ORDER BY t.id{lock}",
            of_id,
        )
        # Those of days that are over and not public yet, of today and of days to come: three, mostly.
        self._seeds = keyed(
            dialect,
            f"SELECT {named(box_rows.SEED, 't')} FROM {{keys}} CROSS JOIN box_seeds t "
            "WHERE t.series = k.id AND t.revealed_ms IS NULL",
            of_id,
        )
        self._given = keyed(
            dialect,
            "SELECT t.series, t.prize, COUNT(*) FROM {keys} CROSS JOIN box_openings t "
            "WHERE t.series = k.id AND t.limited GROUP BY t.series, t.prize",
            of_id,
        )

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Lock and read into `world`; members and rewards are locked already."""
        wanted = series_wanted(asked, world)
        if not wanted:
            return
        keys: list[Row] = [(series,) for series in sorted(wanted)]
        for opened, id_ in await self._series.run(connection, keys):
            world.boxes.series[SeriesId(id_)] = BoxSeries(SeriesId(id_), opened)
        for row in await self._seeds.run(connection, keys):
            seed = box_rows.seed_of(row)
            world.boxes.seeds[seed.series, seed.day] = seed
        for series, prize, n in await self._given.run(connection, keys):
            world.boxes.given[SeriesId(series), prize] = n
        unseal_today(world, asked, self._unseal)


def series_wanted(asked: Sequence[Asked], world: World) -> set[SeriesId]:
    """Return the series that `asked` is about; `world` has the rewards that are redeemed."""
    wanted = {series for one in asked for series in one.needs.boxes}
    for one in asked:
        if isinstance(one.command, RedeemReward):
            reward = world.rewards.get(one.command.reward)
            if reward is not None and reward.terms.kind == BLIND_BOX:
                wanted.add(SeriesId(reward.id))
    return wanted


def unseal_today(world: World, asked: Sequence[Asked], unseal: Unseal) -> None:
    """Open the seeds of the days that boxes are opened on now; no others are touched."""
    days = {world.calendar.day_of(one.at_ms) for one in asked if one.who is not None}
    for key, seed in world.boxes.seeds.items():
        if seed.day in days and seed.revealed_ms is None:
            secret = unseal(seed.sealed_seed)
            if secret is not None:
                world.boxes.secrets[key] = secret


class BoxKeeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._new_series = insert(dialect, box_series, box_rows.SERIES)
        self._series = update(dialect, box_series, box_rows.SERIES)
        self._new_seeds = insert(dialect, box_seeds, box_rows.SEED)
        self._revealed = update(dialect, box_seeds, box_rows.REVEALED, keys=2)
        self._openings = insert(dialect, box_openings, box_rows.OPENING)

    async def keep(self, connection: AsyncConnection, world: World) -> None:
        """Write what the batch changed. IntegrityError: somebody else made the same series or seed first."""
        book = world.boxes
        new = [book.series[one] for one in sorted(book.new_series)]
        await self._new_series.run(connection, [(one.opened, one.id) for one in new])
        changed = [book.series[one] for one in sorted(book.touched_series)]
        await self._series.run(connection, [(one.opened, one.id) for one in changed])
        await self._new_seeds.run(
            connection, [box_rows.seed_row(book.seeds[one]) for one in sorted(book.new_seeds)]
        )
        revealed = [book.seeds[one] for one in sorted(book.touched_seeds)]
        await self._revealed.run(
            connection, [(one.seed, one.revealed_ms, one.series, one.day) for one in revealed]
        )
        openings = [book.openings[one] for one in sorted(book.new_openings)]
        await self._openings.run(connection, [box_rows.opening_row(one) for one in openings])
