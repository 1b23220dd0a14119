"""Short words for the commands that draws are given, and a draw played to its end."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from server.domain.commands import (
    CancelDraw,
    CloseDraw,
    EnterDraw,
    OpenDraw,
    RemoveDraw,
    ReturnTicket,
    RevealDraw,
)
from server.domain.draw import Draw, Prize
from server.domain.fairness import commitment_of, winning
from server.ids import DrawId
from tests.support.ledger import NOW, ROOM, Ledger, granted, origin, put_room, who_of

DRAW = DrawId("d1")
SEED = sha256(b"the seed of the tests").digest()
ENDS = NOW + 60_000
POINTS = Prize("积分大礼", 1, "points", points=500)
COUPON = Prize("满100减10", 1, "coupon", off=1_000, min=10_000, valid_ms=7 * 86_400_000)
GOODS = Prize("口红", 1, "goods")


def open_draw(
    event: str = "open",
    draw: str = DRAW,
    *,
    cost: int = 100,
    prizes: tuple[Prize, ...] = (POINTS, COUPON, GOODS),
    seconds: int = 60,
    max_entries: int = 1,
    room: str = ROOM,
    at_ms: int = NOW,
    seed: bytes = SEED,
) -> OpenDraw:
    return OpenDraw(
        origin(event, source="api", room=room, at_ms=at_ms),
        DrawId(draw),
        f"Draw {draw}",
        cost,
        prizes,
        seconds,
        commitment_of(seed, draw),
        f"sealed {seed.hex()}",
        "salt",
        max_entries,
    )


def entered(event: str, who: str, draw: str = DRAW, *, room: str = ROOM, at_ms: int = NOW) -> EnterDraw:
    return EnterDraw(origin(event, source="live", room=room, at_ms=at_ms), who_of(who), DrawId(draw))


def closed(event: str = "close", draw: str = DRAW, *, at_ms: int = ENDS) -> CloseDraw:
    return CloseDraw(origin(event, source="jobs", at_ms=at_ms), DrawId(draw))


def revealed(
    draw: Draw, event: str = "reveal", *, seed: bytes = SEED, at_ms: int = ENDS + 2_000
) -> RevealDraw:
    tickets = winning(seed, draw.list_hash or "", draw.entries, draw.places)
    return RevealDraw(origin(event, source="jobs", room=draw.room, at_ms=at_ms), draw.id, seed.hex(), tickets)


def cancelled(event: str = "cancel", draw: str = DRAW, *, room: str = ROOM, at_ms: int = NOW) -> CancelDraw:
    return CancelDraw(origin(event, source="api", room=room, at_ms=at_ms), DrawId(draw))


def seed_lost(event: str = "lost", draw: str = DRAW, *, at_ms: int = ENDS) -> CancelDraw:
    return replace(cancelled(event, draw, at_ms=at_ms), seed_lost=True)


def removed(event: str = "remove", draw: str = DRAW) -> RemoveDraw:
    return RemoveDraw(origin(event, source="api"), DrawId(draw))


def returned(event: str, who: str, ticket: int, draw: str = DRAW) -> ReturnTicket:
    return ReturnTicket(origin(event, source="jobs", room=None), who_of(who), DrawId(draw), ticket)


async def with_draw(ledger: Ledger, *members: str, points: int = 1_000, max_entries: int = 1) -> None:
    """Room `demo`, members with points, and an open draw."""
    await ledger.apply(put_room("put"))
    for one in members:
        await ledger.apply(granted(f"grant {one}", one, points=points))
    await ledger.apply(open_draw(max_entries=max_entries))


async def the_draw(ledger: Ledger, draw: str = DRAW) -> Draw:
    found = await ledger.queries.draw(DrawId(draw))
    assert found is not None
    return found
