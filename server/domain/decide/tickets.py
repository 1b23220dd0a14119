"""Tickets of draws: paid for, and given back when the draw is called off (P3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.domain.commands import EnterDraw, ReturnTicket
from server.domain.decide.membership import arrival
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.draw import CANCELLED, OPEN, Draw, Ticket
from server.domain.facts import DrawEntered, TicketReturned
from server.domain.rulebook import DRAW
from server.domain.spendable import free_points
from server.domain.world import World
from server.ids import MemberId, derived

MOST_TICKETS: Final = 50_000
"""Of one draw: all of them are read to close it, and make up its proof."""


def enter_draw(command: EnterDraw, who: MemberId, world: World, now_ms: int) -> Decision:
    """Sell one ticket. What counts is when the server got the wish: at `ends_ms` it is over.

    A draw that is closed stays so, whatever the clock says.
    """
    draw = world.draws.draws.get(command.draw)
    if draw is None or draw.room != command.origin.room:
        return _refused("not_found", "draw: there is no such one in this room")
    if draw.state != OPEN or now_ms >= draw.ends_ms:
        return _refused("closed", "draw: nobody gets in any more")
    if world.draws.held.get((draw.id, who), 0) >= draw.max_entries:
        return _refused("limit_reached", f"draw: a member has at most {draw.max_entries} of its tickets")
    if draw.entries >= MOST_TICKETS:
        return _refused("limit_reached", "draw: it is full")
    member, facts = arrival(who, command.who, world, now_ms)
    available = free_points(member, world.orders.values(), world.rulebook, now_ms, world.held_awards.values())
    if available < draw.cost:
        return _refused("not_enough_points", f"draw: a ticket is {draw.cost} points; {available} are there")
    n = draw.entries + 1
    ticket = Ticket(draw.id, n, who, tag_of(draw, who), draw.cost, now_ms)
    entered = DrawEntered(replace(draw, entries=n), ticket, world.calendar.day_of(now_ms), now_ms)
    told = (("draw", draw.id), ("ticket", n), ("tag", ticket.tag))
    return Decision(Applied(Earned(points=-draw.cost), DRAW, details=told), (*facts, entered))


def return_ticket(command: ReturnTicket, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give back what a ticket of a cancelled draw cost; of one that has it back already nothing."""
    draw = world.draws.draws.get(command.draw)
    ticket = world.draws.tickets.get((command.draw, command.ticket))
    if draw is None or ticket is None or ticket.member != who:
        return _refused("not_found", "ticket: there is no such one")
    if draw.state != CANCELLED or ticket.returned:
        return Decision(Applied(rule=DRAW))
    after = replace(draw, returned=draw.returned + 1)
    day = world.calendar.day_of(now_ms)
    returned = TicketReturned(after, replace(ticket, returned=True), day, now_ms)
    return Decision(Applied(Earned(points=ticket.points), DRAW), (returned,))


def tag_of(draw: Draw, who: MemberId) -> str:
    """Return what stands for a member in this draw's list: the same for all of their tickets, and not to be guessed."""
    return derived("t", draw.salt, draw.id, who)


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
