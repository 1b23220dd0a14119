"""Draws when their time is over: the list first, then the seed; and points back from those called off (P3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import structlog

from server.domain.commands import ById, CancelDraw, CloseDraw, Command, Origin, ReturnTicket, RevealDraw
from server.domain.draw import CLOSED, Draw
from server.domain.fairness import winning
from server.errors import SignatureInvalid
from server.ids import DrawId, RoomId
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.due import DRAW_CLOSE, DRAW_RETURN, DRAW_REVEAL, DueWork
from server.ledger.ports import QueriesPort

EVERY_S = 1.0
AT_ONCE = 20
LATE_ENTRIES_MS = 1_000
"""An entry that came in time may still wait for its commit: so long after the end the list is closed."""
PUBLISHED_MS = 2_000
"""Between the commit that publishes the list's hash and the one that publishes the seed, at least."""
TICKETS_AT_ONCE = 200

_log = structlog.get_logger(__name__)


class OpensSeals(Protocol):
    def open(self, sealed: str) -> str:
        """Raises `SignatureInvalid` when it was sealed under another token secret."""
        ...


def draws(due: DueWork, queries: QueriesPort, submit: Submits, seal: OpensSeals) -> Sequence[Job]:
    """Return the jobs. Each step is an event with one name, so that two processes settle a draw once (R2)."""

    async def close(now_ms: int) -> int:
        found = await due.draws_to_close(now_ms, now_ms - LATE_ENTRIES_MS, AT_ONCE)
        known = [await queries.draw(DrawId(draw)) for draw in found]
        await submit(
            [CloseDraw(_origin("close", draw.id, now_ms, draw.room), draw.id) for draw in known if draw]
        )
        return len(found)

    async def reveal(now_ms: int) -> int:
        found = await due.draws_to_reveal(now_ms, now_ms - PUBLISHED_MS, AT_ONCE)
        known = [await queries.draw(DrawId(draw)) for draw in found]
        await submit([_settling(draw, seal, now_ms) for draw in known if draw and draw.state == CLOSED])
        return len(found)

    async def give_back(now_ms: int) -> int:
        found = await due.draws_to_return(now_ms, AT_ONCE)
        for draw in found:
            while tickets := await queries.unreturned(DrawId(draw), TICKETS_AT_ONCE):
                await submit(
                    [
                        ReturnTicket(
                            _origin(f"return:{one.n}", one.draw, now_ms), ById(one.member), one.draw, one.n
                        )
                        for one in tickets
                    ]
                )
        return len(found)

    return (
        Job("draw lists", EVERY_S, close, frozenset((DRAW_CLOSE,))),
        Job("draw results", EVERY_S, reveal, frozenset((DRAW_REVEAL,))),
        Job("draw returns", EVERY_S, give_back, frozenset((DRAW_RETURN,))),
    )


def _settling(draw: Draw, seal: OpensSeals, now_ms: int) -> Command:
    """Return what ends a closed draw: its seed, or, when nobody can read that any more, all points back."""
    origin = _origin("reveal", draw.id, now_ms, draw.room)
    try:
        seed = seal.open(draw.sealed_seed)
    except SignatureInvalid as lost:
        _log.error("draw.seed_lost", draw=draw.id, why=str(lost))
        return CancelDraw(origin, draw.id, seed_lost=True)
    tickets = winning(bytes.fromhex(seed), draw.list_hash or "", draw.entries, draw.places)
    return RevealDraw(origin, draw.id, seed, tickets)


def _origin(step: str, draw: DrawId, now_ms: int, room: RoomId | None = None) -> Origin:
    return Origin(
        source="jobs",
        event=f"draw:{draw}:{step}",
        content=step,
        received_ms=now_ms,
        room=room,
        actor="jobs",
    )
