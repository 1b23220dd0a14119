"""Facts → entries: the append-only lines by which a balance moves (X7, R3). What moves none: `changes`. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.commands import Origin
from server.domain.facts import (
    Awarded,
    DrawEntered,
    MembersMerged,
    PointsCaptured,
    PointsReleased,
    RewardCancelled,
    RewardRedeemed,
    TakenBack,
    TicketReturned,
)
from server.domain.gift_facts import BoostBought, PointsGiven
from server.domain.rulebook import BOOST, DRAW, GIFT, MERGE, ORDER, REDEMPTION, REWARD
from server.ids import MemberId, OrderId, RoomId, RuleId
from server.ledger.batch import Happened
from server.ledger.bulk import Row

POINTS = "points"
GROWTH = "growth"
ENTRY = (
    "member",
    "book",
    "delta",
    "rule",
    "awards",
    "behaviour",
    "taken_back",
    "source",
    "event",
    "order_id",
    "room",
    "show",
    "day",
    "at_ms",
    "rulebook_version",
    "actor",
)


def entries_of(happened: Iterable[Happened], rulebook_version: int) -> list[Row]:
    """Return the entries in the order decided: one per book that moves.

    What moves neither book leaves a points line of 0: the count of awards is recomputed from lines too.
    """
    lines: list[Row] = []
    for one in happened:
        origin = one.origin
        for fact in one.facts:
            match fact:
                case Awarded():
                    points, growth, awards = fact.points, fact.growth, fact.awards
                    rule, room, show = fact.rule, fact.room, fact.show
                    behaviour, taken_back = fact.behaviour, False
                case TakenBack():
                    points, growth, awards = -fact.points, -fact.growth, 0
                    rule, room, show = ORDER, origin.room, None
                    behaviour, taken_back = False, True
                case MembersMerged():
                    lines += _merge_lines(fact, origin, rulebook_version)
                    continue
                case PointsCaptured() | PointsReleased(held=False):
                    lines.append(_redemption_line(fact, origin, rulebook_version))
                    continue
                case DrawEntered() | TicketReturned():
                    if fact.ticket.points:
                        lines.append(_ticket_line(fact, origin, rulebook_version))
                    continue
                case RewardRedeemed() | RewardCancelled():
                    lines.append(_reward_line(fact, origin, rulebook_version))
                    continue
                case PointsGiven(gift=gift):
                    for who, delta in ((gift.giver, -gift.points), (fact.receiver, gift.points)):
                        lines.append(_line(who, delta, GIFT, fact.day, fact.at_ms, origin, rulebook_version))
                    continue
                case BoostBought():
                    lines.append(
                        _line(
                            fact.member, -fact.points, BOOST, fact.day, fact.at_ms, origin, rulebook_version
                        )
                    )
                    continue
                case _:
                    continue
            books = ((POINTS, points), (GROWTH, growth))
            deltas = [(book, delta) for book, delta in books if delta] or [(POINTS, 0)]
            for at, (book, delta) in enumerate(deltas):
                lines.append(
                    (
                        fact.member,
                        book,
                        delta,
                        rule,
                        awards if at == 0 else 0,
                        behaviour,
                        taken_back,
                        origin.source,
                        origin.event,
                        fact.order,
                        room,
                        show,
                        fact.day,
                        fact.at_ms,
                        rulebook_version,
                        origin.actor,
                    )
                )
    return lines


def _redemption_line(fact: PointsCaptured | PointsReleased, origin: Origin, rulebook_version: int) -> Row:
    one = fact.redemption
    delta = -one.points if isinstance(fact, PointsCaptured) else fact.points
    return _line(
        one.member, delta, REDEMPTION, fact.day, fact.at_ms, origin, rulebook_version, order=one.order
    )


def _reward_line(fact: RewardRedeemed | RewardCancelled, origin: Origin, rulebook_version: int) -> Row:
    delta, room = (
        (-fact.claim.cost, fact.room) if isinstance(fact, RewardRedeemed) else (fact.claim.cost, None)
    )
    return _line(fact.member, delta, REWARD, fact.day, fact.at_ms, origin, rulebook_version, room=room)


def _ticket_line(fact: DrawEntered | TicketReturned, origin: Origin, rulebook_version: int) -> Row:
    ticket = fact.ticket
    delta = -ticket.points if isinstance(fact, DrawEntered) else ticket.points
    return _line(
        ticket.member, delta, DRAW, fact.day, fact.at_ms, origin, rulebook_version, room=fact.draw.room
    )


def _merge_lines(fact: MembersMerged, origin: Origin, rulebook_version: int) -> list[Row]:
    """Return what leaves one account for the other: all points, and the growth of each day with its day (T11)."""
    gone = fact.gone
    moved = [(POINTS, gone.points, fact.day)] if gone.points else []
    moved += [(GROWTH, bucket.growth, bucket.day) for bucket in gone.days if bucket.growth]
    return [
        _line(member, delta * sign, MERGE, day, fact.at_ms, origin, rulebook_version, book=book)
        for book, delta, day in moved
        for member, sign in ((gone.id, -1), (fact.member, 1))
    ]


def _line(
    member: MemberId,
    delta: int,
    rule: RuleId,
    day: int,
    at_ms: int,
    origin: Origin,
    rulebook_version: int,
    *,
    book: str = POINTS,
    order: OrderId | None = None,
    room: RoomId | None = None,
) -> Row:
    """Return a line of what came or went without being an award, which no budget is charged for."""
    return (
        member,
        book,
        delta,
        rule,
        0,
        False,
        True,
        origin.source,
        origin.event,
        order,
        room,
        None,
        day,
        at_ms,
        rulebook_version,
        origin.actor,
    )
