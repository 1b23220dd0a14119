"""What is read of blind boxes: for everybody's proofs, and for the job that promises and reveals (P3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import exists, func, select

from server.domain.boxes import BoxOpening, BoxSeed
from server.domain.rewards import BLIND_BOX, OPEN
from server.ids import OpeningId, SeriesId
from server.ledger.box_rows import OPENING, SEED, opening_of, seed_of
from server.ledger.box_tables import box_openings, box_seeds, box_series
from server.ledger.engines import Engines
from server.ledger.reward_tables import rewards

_SEEDS = select(*(box_seeds.c[name] for name in SEED))


class BoxQueries:
    """Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def opening(self, opening: OpeningId) -> BoxOpening | None:
        wanted = select(*(box_openings.c[name] for name in OPENING)).where(box_openings.c.id == opening)
        async with self._engines.read() as connection:
            found = (await connection.execute(wanted)).first()
        return None if found is None else opening_of(found)

    async def seed(self, series: SeriesId, day: int) -> BoxSeed | None:
        wanted = _SEEDS.where(box_seeds.c.series == series, box_seeds.c.day == day)
        async with self._engines.read() as connection:
            found = (await connection.execute(wanted)).first()
        return None if found is None else seed_of(found)

    async def seeds(self, series: SeriesId, most: int) -> Sequence[BoxSeed]:
        """Return the newest days first."""
        wanted = _SEEDS.where(box_seeds.c.series == series).order_by(box_seeds.c.day.desc()).limit(most)
        async with self._engines.read() as connection:
            return [seed_of(row) for row in (await connection.execute(wanted)).all()]

    async def opened(self, series: SeriesId) -> int:
        """Return how many boxes of a series were opened."""
        wanted = select(box_series.c.opened).where(box_series.c.id == series)
        async with self._engines.read() as connection:
            return int((await connection.execute(wanted)).scalar_one_or_none() or 0)

    async def given(self, series: SeriesId) -> Mapping[str, int]:
        """Return the pieces taken of the prizes that have a stock, by name."""
        wanted = (
            select(box_openings.c.prize, func.count())
            .where(box_openings.c.series == series, box_openings.c.limited)
            .group_by(box_openings.c.prize)
        )
        async with self._engines.read() as connection:
            return {row[0]: int(row[1]) for row in (await connection.execute(wanted)).all()}

    async def unpromised(
        self, tickets: SeriesId | None, days: Sequence[int]
    ) -> Sequence[tuple[SeriesId, int]]:
        """Return which open series, `tickets` among them, have no seed for which of `days`."""
        wanted = select(rewards.c.id).where(rewards.c.kind == BLIND_BOX, rewards.c.state == OPEN)
        missing: list[tuple[SeriesId, int]] = []
        async with self._engines.read() as connection:
            for day in days:
                promised = exists().where(box_seeds.c.series == rewards.c.id, box_seeds.c.day == day)
                found = (await connection.execute(wanted.where(~promised).order_by(rewards.c.id))).all()
                missing += [(SeriesId(row[0]), day) for row in found]
            if tickets is not None:
                known = select(box_seeds.c.day).where(
                    box_seeds.c.series == tickets, box_seeds.c.day.in_(days)
                )
                there = {row[0] for row in (await connection.execute(known)).all()}
                missing += [(tickets, day) for day in days if day not in there]
        return missing

    async def overdue(self, before_day: int, most: int) -> Sequence[BoxSeed]:
        """Return up to `most` seeds of earlier days that are not public, the oldest first."""
        over = (box_seeds.c.revealed_ms.is_(None)) & (box_seeds.c.day < before_day)
        wanted = _SEEDS.where(over).order_by(box_seeds.c.day, box_seeds.c.series).limit(most)
        async with self._engines.read() as connection:
            return [seed_of(row) for row in (await connection.execute(wanted)).all()]
