"""First-N campaigns: the first members who order in a live room get points on top (L4).

Exact because a campaign's places are counted under its room's lock: whoever decides an order that may take
one has read the count that nobody else can raise before the commit. The most a campaign can cost is
n × points; that is its budget, beside those of behaviour (E8).
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import CloseFirstN, OpenFirstN
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Conflict, Decision, Refusal
from server.domain.facts import Awarded, FirstNClosed, FirstNOpened, FirstNTaken
from server.domain.rulebook import first_n_rule
from server.domain.state import FirstN, Member, Order, Room
from server.domain.world import World

MOST_OPEN = 5
"""Campaigns of a room at a time: more than a screen can tell apart."""
MOST_COST = 100_000_000
"""Points that one campaign may cost: a slip of the hand must not become a fortune."""


def open_first_n(command: OpenFirstN, world: World, now_ms: int) -> Decision:
    """Open a campaign of the room. Places are taken while a show is live; before that it is announced (L1)."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if command.campaign in world.places:
        return Decision(Conflict())
    if command.n <= 0 or command.points <= 0 or command.n * command.points > MOST_COST:
        return Decision(Refusal("bad_request", f"n, points: 1 or more each, n × points at most {MOST_COST}"))
    if len(room.first_n) >= MOST_OPEN:
        return Decision(Refusal("limit_reached", f"room: {MOST_OPEN} campaigns are open; close one first"))
    campaign = FirstN(command.campaign, command.title, command.n, command.points, now_ms)
    return Decision(Applied(), (FirstNOpened(campaign, room.id, now_ms),))


def close_first_n(command: CloseFirstN, world: World, now_ms: int) -> Decision:
    """Close a campaign: no more places, and the room shows it no longer. Who has a place keeps it."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    for campaign in room.first_n:
        if campaign.id == command.campaign:
            return Decision(Applied(), (FirstNClosed(campaign, room.id, now_ms),))
    return Decision(Refusal("closed", f"first-n: {command.campaign} is closed, or was never opened here"))


def all_closed(room: Room, now_ms: int) -> tuple[FirstNClosed, ...]:
    """Return the end of every campaign of a room whose show ends."""
    return tuple(FirstNClosed(campaign, room.id, now_ms) for campaign in room.first_n)


def places_of(
    order: Order, member: Member, world: World, now_ms: int
) -> tuple[tuple[FirstNTaken, Awarded], ...]:
    """Return the places that a paid order takes: the next one of every open campaign of its live room.

    A member has one place in a campaign, whatever becomes of the order that took it. The points are those
    promised: no multiplier (E7), no cap and no budget of behaviour (E8).
    """
    show = world.on_air(order.room)
    if order.room is None or show is None:
        return ()
    taken: list[tuple[FirstNTaken, Awarded]] = []
    for campaign in world.rooms[order.room].first_n:
        place = world.places.get(campaign.id, campaign.n) + 1
        if campaign.full or place > campaign.n or (campaign.id, member.id) in world.placed:
            continue
        fact = FirstNTaken(
            campaign=replace(campaign, full=place == campaign.n),
            room=order.room,
            place=place,
            member=member.id,
            author=member.author,
            name="" if member.announce_optout else member.name,
            order=order.id,
            at_ms=now_ms,
        )
        awarded = Awarded(
            member=member.id,
            rule=first_n_rule(campaign.id),
            points=campaign.points,
            growth=0,
            awards=1,
            day=order.day,
            at_ms=now_ms,
            room=order.room,
            show=show.id,
            order=order.id,
            behaviour=False,
        )
        taken.append((fact, awarded))
    return tuple(taken)
