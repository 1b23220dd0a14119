"""Blind boxes as rows, and their lines in the ledger. Pure. Each tuple of column names is the order of its rows."""

from __future__ import annotations

import json
from collections.abc import Mapping

from server.domain.box_facts import BoxFact, BoxOpened, BoxSeedPromised, BoxTicketGiven
from server.domain.boxes import BoxOpening, BoxPrize, BoxSeed
from server.ids import MemberId, OpeningId, RedemptionId, SeriesId
from server.ledger.bulk import Found, Row
from server.ledger.packing import packed

SERIES = ("opened", "id")
SEED = ("commitment", "sealed_seed", "made_ms", "seed", "revealed_ms", "series", "day")
REVEALED = ("seed", "revealed_ms", "series", "day")
OPENING = (
    "id",
    "member",
    "series",
    "day",
    "nonce",
    "client_seed",
    "contents",
    "holds",
    "prize",
    "kind",
    "points",
    "limited",
    "at_ms",
    "redemption",
)
Said = tuple[str, str | None, str | None, str | None, int | None, int, Mapping[str, str | int | None]]
"""Kind, member, room, ref, amount, time and data of a change."""


def seed_row(seed: BoxSeed) -> Row:
    return (
        seed.commitment,
        seed.sealed_seed,
        seed.made_ms,
        seed.seed,
        seed.revealed_ms,
        seed.series,
        seed.day,
    )


def seed_of(row: Found) -> BoxSeed:
    return BoxSeed(
        commitment=row[0],
        sealed_seed=row[1],
        made_ms=row[2],
        seed=row[3],
        revealed_ms=row[4],
        series=SeriesId(row[5]),
        day=row[6],
    )


def opening_row(opening: BoxOpening) -> Row:
    return (
        opening.id,
        opening.member,
        opening.series,
        opening.day,
        opening.nonce,
        opening.client_seed,
        packed(opening.contents),
        opening.holds,
        opening.prize,
        opening.kind,
        opening.points,
        opening.limited,
        opening.at_ms,
        opening.redemption,
    )


def opening_of(row: Found) -> BoxOpening:
    return BoxOpening(
        id=OpeningId(row[0]),
        member=MemberId(row[1]),
        series=SeriesId(row[2]),
        day=row[3],
        nonce=row[4],
        client_seed=row[5],
        contents=tuple((name, weight) for name, weight in json.loads(row[6])),
        holds=row[7],
        kind=row[9],
        points=row[10],
        limited=bool(row[11]),
        at_ms=row[12],
        redemption=None if row[13] is None else RedemptionId(row[13]),
    )


def contents_text(contents: tuple[BoxPrize, ...]) -> str | None:
    """Most rewards are no boxes: nothing is written then, and nothing parsed."""
    if not contents:
        return None
    return packed(
        [
            [one.name, one.kind, one.weight, one.stock, one.points, one.off, one.min, one.valid_ms]
            for one in contents
        ]
    )


def contents_of(text: str | None) -> tuple[BoxPrize, ...]:
    return () if text is None else tuple(BoxPrize(*prize) for prize in json.loads(text))


def box_line(fact: BoxFact) -> Said:
    """Return what the ledger says of it (X7)."""
    match fact:
        case BoxTicketGiven():
            return ("box_ticket", fact.member, None, None, 1, fact.at_ms, {"day": fact.day})
        case BoxOpened(opening=one):
            data: dict[str, str | int | None] = {
                "series": one.series,
                "nonce": one.nonce,
                "prize": one.prize,
                "kind": one.kind,
            }
            spent = 1 if fact.by_ticket else 0
            return ("box_opened", one.member, fact.room, one.id, spent, fact.at_ms, data)
        case BoxSeedPromised(seed=seed):
            data = {"commitment": seed.commitment}
            return ("box_seed_promised", None, None, seed.series, seed.day, fact.at_ms, data)
        case _:
            data = {"seed": fact.seed.seed}
            return ("box_seed_revealed", None, None, fact.seed.series, fact.seed.day, fact.at_ms, data)
