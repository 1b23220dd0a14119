"""Draws: opened with a commitment, closed with a list, drawn with the seed (P3, decision 0043)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from server.domain.commands import CancelDraw, CloseDraw, OpenDraw, Origin, RemoveDraw, RevealDraw
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Decision, Refusal
from server.domain.draw import CANCELLED, CLOSED, DRAWN, OPEN, Draw, Prize, Ticket, Winner
from server.domain.facts import (
    Awarded,
    CouponGranted,
    DrawCancelled,
    DrawClosed,
    Drawn,
    DrawOpened,
    DrawRemoved,
    Fact,
    PrizeWon,
)
from server.domain.fairness import commitment_of, list_hash_of, winning
from server.domain.rulebook import DRAW
from server.domain.state import Coupon, Member
from server.domain.world import World
from server.ids import CouponId, derived

MOST_RUNNING: Final = 5
"""Draws of one room that are not over."""
MOST_SHOWN: Final = 10
"""Draws in a room's view; beyond them the oldest that is over goes."""
MOST_PLACES: Final = 200
"""Winners of one draw: all of them are read, locked and given their prize in one commit."""
MOST_PRIZES: Final = 20
SHORTEST_S: Final = 5
LONGEST_S: Final = 7 * 86_400
COUPON_REASON: Final = "draw:"
UNCHANGED: Final = Decision(Applied(rule=DRAW))


def open_draw(command: OpenDraw, world: World, now_ms: int) -> Decision:
    """Open a draw of the room. What it is about is settled here and never changes."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if wrong := _wrong(command):
        return _refused("bad_request", wrong)
    if command.draw in world.draws.draws:
        return _refused("bad_request", "draw: there is one of this id already")
    shown = world.draws.of_room(room.id)
    if sum(draw.is_running for draw in shown) >= MOST_RUNNING:
        return _refused(
            "limit_reached", f"room: {MOST_RUNNING} draws are running; wait for one, or cancel it"
        )
    over = [draw for draw in shown if not draw.is_running]
    spare = max(0, len(shown) + 1 - MOST_SHOWN)
    draw = Draw(
        id=command.draw,
        room=room.id,
        title=command.title,
        cost=command.cost,
        prizes=command.prizes,
        max_entries=command.max_entries,
        state=OPEN,
        opened_ms=now_ms,
        ends_ms=now_ms + command.seconds * 1_000,
        commitment=command.commitment,
        sealed_seed=command.sealed_seed,
        salt=command.salt,
    )
    removed = tuple(DrawRemoved(replace(old, shown=False), now_ms) for old in over[:spare])
    return Decision(Applied(rule=DRAW), (*removed, DrawOpened(draw, now_ms)))


def close_draw(command: CloseDraw, world: World, now_ms: int) -> Decision:
    """Settle who is in the draw and publish the hash of that list. The seed stays sealed."""
    draw = world.draws.draws.get(command.draw)
    if draw is None or draw.state != OPEN or now_ms < draw.ends_ms:
        return UNCHANGED
    tags = world.draws.tags.get(draw.id, ())
    if len(tags) != draw.entries:
        raise ValueError(f"draw {draw.id} has {draw.entries} tickets, and {len(tags)} were read")
    closed = replace(draw, state=CLOSED, closed_ms=now_ms, list_hash=list_hash_of(draw.list_of(tags)))
    return Decision(Applied(rule=DRAW), (DrawClosed(closed, now_ms),))


def reveal_draw(command: RevealDraw, world: World, now_ms: int) -> Decision:
    """Publish the seed and give the prizes, in one commit. Only the seed that was promised is taken."""
    draw = world.draws.draws.get(command.draw)
    if draw is None or draw.state != CLOSED or draw.list_hash is None:
        return UNCHANGED
    seed = bytes.fromhex(command.seed)
    if commitment_of(seed, draw.id) != draw.commitment:
        return _refused("commitment_broken", "seed: it is not the one that was committed to")
    tickets = winning(seed, draw.list_hash, draw.entries, draw.places)
    if tickets != command.tickets:
        raise ValueError(f"draw {draw.id}: the winners were worked out from another list")
    winners: list[Winner] = []
    given: list[Fact] = []
    for place, number in enumerate(tickets):
        ticket = world.draws.tickets[draw.id, number]
        member = world.members[ticket.member]
        prize = draw.prize_at(place)
        winners.append(Winner(prize, number, "" if member.announce_optout else member.name))
        given += _given(draw, ticket, draw.prizes[prize], member, command.origin, world, now_ms)
    drawn = replace(draw, state=DRAWN, seed=command.seed, settled_ms=now_ms, winners=tuple(winners))
    return Decision(Applied(rule=DRAW), (Drawn(drawn, now_ms), *given))


def cancel_draw(command: CancelDraw, world: World, now_ms: int) -> Decision:
    """Call an open draw off. A closed one is drawn: its outcome is settled, though nobody knows it yet.

    Cancelling again changes nothing.
    """
    draw = world.draws.draws.get(command.draw)
    if draw is None or draw.room != command.origin.room:
        return _refused("not_found", "draw: there is no such one in this room")
    if draw.state == CANCELLED:
        return UNCHANGED
    if draw.state != OPEN and not (draw.state == CLOSED and command.seed_lost):
        return _refused("closed", f"draw: it is {draw.state} and cannot be called off")
    cancelled = replace(draw, state=CANCELLED, settled_ms=now_ms)
    reason = "seed_lost" if command.seed_lost else "host"
    return Decision(Applied(rule=DRAW), (DrawCancelled(cancelled, reason, now_ms),))


def remove_draw(command: RemoveDraw, world: World, now_ms: int) -> Decision:
    """Take a draw that is over out of the room's view; its proof can still be asked for."""
    draw = world.draws.draws.get(command.draw)
    if draw is None or draw.room != command.origin.room:
        return _refused("not_found", "draw: there is no such one in this room")
    if draw.is_running:
        return _refused("not_over", "draw: it is not over; cancel it first, or wait")
    if not draw.shown:
        return UNCHANGED
    return Decision(Applied(rule=DRAW), (DrawRemoved(replace(draw, shown=False), now_ms),))


def _given(
    draw: Draw, ticket: Ticket, prize: Prize, member: Member, origin: Origin, world: World, now_ms: int
) -> Sequence[Fact]:
    won = PrizeWon(member.id, draw.id, draw.title, ticket.n, prize, now_ms)
    match prize.kind:
        case "points":
            day = world.calendar.day_of(now_ms)
            awarded = Awarded(
                member.id, DRAW, prize.points, 0, 1, day, now_ms, room=draw.room, behaviour=False
            )
            return (won, awarded)
        case "coupon":
            coupon = Coupon(
                id=CouponId(derived("c", member.id, draw.id, ticket.n, origin.source, origin.event)),
                title=prize.name,
                off=prize.off,
                min=prize.min,
                granted_ms=now_ms,
                expires_ms=now_ms + prize.valid_ms,
                reason=f"{COUPON_REASON}{draw.id}",
            )
            return (won, CouponGranted(member.id, coupon, now_ms))
        case _:
            return (won,)


def _wrong(command: OpenDraw) -> str | None:
    """Return what cannot be opened about it, naming the field; shapes were the door's to look at."""
    if not command.prizes or len(command.prizes) > MOST_PRIZES:
        return f"prizes: 1 to {MOST_PRIZES} kinds"
    if not 1 <= sum(prize.count for prize in command.prizes) <= MOST_PLACES:
        return f"prizes: 1 to {MOST_PLACES} winners in all"
    if command.cost < 0:
        return "cost: points, 0 or more"
    if command.max_entries < 1:
        return "max_entries: 1 or more"
    if not SHORTEST_S <= command.seconds <= LONGEST_S:
        return f"seconds: {SHORTEST_S} to {LONGEST_S}"
    return None


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
