"""Blind boxes: what they may hold, their seeds, and what an opened one held (P2, P3; decision 0054). Frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from server.ids import MemberId, OpeningId, RedemptionId, SeriesId

TICKET_SERIES: Final = SeriesId("check_in")
"""The series of the tickets that checking in brings (E5); no reward may have this id."""
MOST_PRIZES: Final = 20
MOST_WEIGHT: Final = 1_000_000
POINTS: Final = "points"
COUPON: Final = "coupon"
GOODS: Final = "goods"


@dataclass(frozen=True, slots=True)
class BoxPrize:
    """One of the things a box may hold. Of the amounts only its kind's is set."""

    name: str
    """Of one series no two have the same."""
    kind: str
    """points · coupon · goods."""
    weight: int
    """How likely it is beside the others, ≥ 1."""
    stock: int | None = None
    """How many there are in all, those given included; None = without end."""
    points: int = 0
    off: int = 0
    """Minor units off an order."""
    min: int = 0
    """Smallest order in minor units; 0 = any."""
    valid_ms: int = 0
    """How long the coupon may be used."""


@dataclass(frozen=True, slots=True)
class BoxSeries:
    """What of a series changes with every opening; the row lock under which nonce and pieces are taken."""

    id: SeriesId
    opened: int = 0


@dataclass(frozen=True, slots=True)
class BoxSeed:
    """The seed of one series and day of the programme."""

    series: SeriesId
    day: int
    commitment: str
    sealed_seed: str
    """Readable only by this server; never shown."""
    made_ms: int
    seed: str | None = None
    """Lower-case hex, once it is public; None and `revealed_ms` set: lost with the token secret."""
    revealed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BoxOpening:
    """One opened box, with all that its proof needs and that stood at that moment."""

    id: OpeningId
    member: MemberId
    series: SeriesId
    day: int
    nonce: int
    """Which opening of the series this is, from 1."""
    client_seed: str
    """The opener's own word: the `ref` of their act."""
    contents: tuple[tuple[str, int], ...]
    """(name, weight) of what was still to be had, in order."""
    holds: int
    """Which of `contents` it held, from 0."""
    kind: str
    points: int
    """Of a prize in points, else 0."""
    limited: bool
    """Whether the prize had a stock, which this took one from."""
    at_ms: int
    redemption: RedemptionId | None = None
    """The reward it was redeemed as; None = opened with a ticket."""

    @property
    def prize(self) -> str:
        return self.contents[self.holds][0]


@dataclass(slots=True)
class BoxBook:
    """Mutable container: series at hand, locked, with their seeds that are not public."""

    series: dict[SeriesId, BoxSeries] = field(default_factory=dict)
    seeds: dict[tuple[SeriesId, int], BoxSeed] = field(default_factory=dict)
    secrets: dict[tuple[SeriesId, int], str] = field(default_factory=dict)
    """The seeds of today, opened, lower-case hex; absent = nobody can read it."""
    given: dict[tuple[SeriesId, str], int] = field(default_factory=dict)
    """Pieces taken of prizes that have a stock."""
    openings: dict[OpeningId, BoxOpening] = field(default_factory=dict)
    new_series: set[SeriesId] = field(default_factory=set)
    touched_series: set[SeriesId] = field(default_factory=set)
    new_seeds: set[tuple[SeriesId, int]] = field(default_factory=set)
    touched_seeds: set[tuple[SeriesId, int]] = field(default_factory=set)
    new_openings: set[OpeningId] = field(default_factory=set)

    def put_series(self, series: BoxSeries) -> None:
        if series.id not in self.series:
            self.new_series.add(series.id)
        elif series.id not in self.new_series and self.series[series.id] != series:
            self.touched_series.add(series.id)
        self.series[series.id] = series

    def put_seed(self, seed: BoxSeed) -> None:
        key = (seed.series, seed.day)
        if key not in self.seeds:
            self.new_seeds.add(key)
        elif key not in self.new_seeds:
            self.touched_seeds.add(key)
        self.seeds[key] = seed

    def put_opening(self, series: BoxSeries, opening: BoxOpening) -> None:
        self.put_series(series)
        self.openings[opening.id] = opening
        self.new_openings.add(opening.id)
        if opening.limited:
            piece = (opening.series, opening.prize)
            self.given[piece] = self.given.get(piece, 0) + 1


def recalled(book: BoxBook) -> BoxBook:
    """Return what a ledger in memory knows of it for a new batch."""
    return BoxBook(dict(book.series), dict(book.seeds), {}, dict(book.given), dict(book.openings))


def seed_name(series: SeriesId, day: int) -> str:
    """Return what a seed is promised for: it stands in the commitment (`fairness.commitment_of`)."""
    return f"{series}_{day}"


def wrong_contents(contents: Sequence[BoxPrize]) -> str | None:
    """Return what cannot be in a box, naming the field; None = nothing."""
    if not 1 <= len(contents) <= MOST_PRIZES:
        return f"contents: 1 to {MOST_PRIZES} prizes"
    if len({prize.name for prize in contents}) < len(contents):
        return "contents: each prize has a name of its own"
    for n, prize in enumerate(contents):
        if not 1 <= prize.weight <= MOST_WEIGHT:
            return f"contents.{n}.weight: 1 to {MOST_WEIGHT}"
        if prize.stock is not None and prize.stock < 0:
            return f"contents.{n}.stock: 0 or more"
        has = (prize.points > 0, prize.off > 0 and prize.valid_ms > 0 and prize.min >= 0)
        none = not (prize.off or prize.min or prize.valid_ms)
        right = {
            POINTS: has[0] and none,
            COUPON: has[1] and not prize.points,
            GOODS: none and not prize.points,
        }
        if not right.get(prize.kind, False):
            return f"contents.{n}: points, a coupon that takes something off for some time, or goods"
    return None
