"""Rows ⇄ draws and tickets. Pure. Each tuple of column names is the order of its rows."""

from __future__ import annotations

import json

from server.domain.draw import Draw, Prize, Ticket, Winner
from server.ids import DrawId, MemberId, RoomId
from server.ledger.bulk import Found, Row
from server.ledger.packing import packed

DRAW = (
    "room",
    "title",
    "cost",
    "prizes",
    "max_entries",
    "state",
    "opened_ms",
    "ends_ms",
    "commitment",
    "sealed_seed",
    "salt",
    "entries",
    "returned",
    "list_hash",
    "seed",
    "closed_ms",
    "settled_ms",
    "winners",
    "shown",
    "id",
)
DRAW_CHANGES = (
    "state",
    "entries",
    "returned",
    "list_hash",
    "seed",
    "closed_ms",
    "settled_ms",
    "winners",
    "shown",
    "id",
)
"""What a commit changes of a draw that is there; what it is about never changes."""
TICKET = ("draw", "n", "member", "tag", "points", "at_ms", "returned")


def draw_row(draw: Draw) -> Row:
    prizes = [
        [one.name, one.count, one.kind, one.points, one.off, one.min, one.valid_ms] for one in draw.prizes
    ]
    return (
        draw.room,
        draw.title,
        draw.cost,
        packed(prizes),
        draw.max_entries,
        draw.state,
        draw.opened_ms,
        draw.ends_ms,
        draw.commitment,
        draw.sealed_seed,
        draw.salt,
        draw.entries,
        draw.returned,
        draw.list_hash,
        draw.seed,
        draw.closed_ms,
        draw.settled_ms,
        packed([[one.prize, one.ticket, one.name] for one in draw.winners]),
        draw.shown,
        draw.id,
    )


def draw_changes_row(draw: Draw) -> Row:
    row = dict(zip(DRAW, draw_row(draw), strict=True))
    return tuple(row[name] for name in DRAW_CHANGES)


def draw_of(row: Found) -> Draw:
    return Draw(
        room=RoomId(row[0]),
        title=row[1],
        cost=row[2],
        prizes=tuple(Prize(*one) for one in json.loads(row[3])),
        max_entries=row[4],
        state=row[5],
        opened_ms=row[6],
        ends_ms=row[7],
        commitment=row[8],
        sealed_seed=row[9],
        salt=row[10],
        entries=row[11],
        returned=row[12],
        list_hash=row[13],
        seed=row[14],
        closed_ms=row[15],
        settled_ms=row[16],
        winners=tuple(Winner(*one) for one in json.loads(row[17])),
        shown=bool(row[18]),
        id=DrawId(row[19]),
    )


def ticket_row(ticket: Ticket) -> Row:
    return (
        ticket.draw,
        ticket.n,
        ticket.member,
        ticket.tag,
        ticket.points,
        ticket.at_ms,
        ticket.returned,
    )


def ticket_of(row: Found) -> Ticket:
    return Ticket(
        draw=DrawId(row[0]),
        n=row[1],
        member=MemberId(row[2]),
        tag=row[3],
        points=row[4],
        at_ms=row[5],
        returned=bool(row[6]),
    )
