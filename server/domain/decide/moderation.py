"""Muting, banning, and taking comments off the screens (L13)."""

from __future__ import annotations

from server.domain.commands import MemberCommand, PostComment, UpdateMember
from server.domain.decide.membership import arrival
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import Fact
from server.domain.moderation import (
    BAN,
    MOST_REMOVED,
    MOST_RESTRICTIONS,
    CommentsRemoved,
    MemberRestricted,
    RemoveComment,
    Restriction,
    RestrictMember,
    standing,
)
from server.domain.state import Member
from server.domain.world import World
from server.ids import MemberId, RoomId

LIVE = "live"
"""The source of acts on the live socket."""


def restrict_member(command: RestrictMember, who: MemberId, world: World, now_ms: int) -> Decision:
    """Set or lift what holds for the member in the origin's room, or everywhere; the same again changes nothing."""
    room = command.origin.room
    if room is not None and room not in world.rooms:
        return Decision(Refusal("not_found", "there is no such room"))
    if command.kind is not None and command.until_ms <= now_ms:
        return Decision(Refusal("bad_request", "until_ms: must lie ahead"))
    member, facts = arrival(who, command.who, world, now_ms)
    others = tuple(one for one in member.restrictions if one.room != room and one.until_ms > now_ms)
    after = others
    if command.kind is not None:
        if room is not None and len(others) >= MOST_RESTRICTIONS:  # a ban of the programme always fits
            says = f"at most {MOST_RESTRICTIONS} rooms at once; restrict the member in the whole programme"
            return Decision(Refusal("limit_reached", says, (("max", MOST_RESTRICTIONS),)))
        after = (*others, Restriction(room, command.kind, command.until_ms))
    if after != member.restrictions:
        facts += (MemberRestricted(who, room, command.kind, command.until_ms, after, now_ms),)
    if command.kind is not None:
        facts += removed_in(member, command, now_ms)
    return Decision(Applied(), facts)


def remove_comment(command: RemoveComment, world: World, now_ms: int) -> Decision:
    """Take a comment back, whether anybody still shows it or not: nobody keeps comments for ever."""
    room = command.origin.room
    if room is None or room not in world.rooms:
        return Decision(Refusal("not_found", "there is no such room"))
    return Decision(Applied(), (CommentsRemoved(room, now_ms, comment=command.comment),))


def removed_in(member: Member, command: RestrictMember, now_ms: int) -> tuple[Fact, ...]:
    """Return what goes from the screens: all under the member's tag, and under the one that was named."""
    tags = dict.fromkeys(tag for tag in (member.author, command.tag) if tag is not None)
    rooms = command.remove_in[:MOST_REMOVED]
    return tuple(CommentsRemoved(room, now_ms, author=tag) for room in rooms for tag in tags)


def refused_to(command: MemberCommand, member: Member | None, now_ms: int) -> Refusal | None:
    """Return why the member may not do this here now; None = they may, as nearly everybody may everything.

    Comments are refused through whatever door they come; other acts of a banned member on the socket alone.
    """
    if member is None or not member.restrictions:
        return None
    is_comment = isinstance(command, PostComment)
    if not is_comment and (command.origin.source != LIVE or isinstance(command, UpdateMember)):
        return None
    return refusal_of(member, command.origin.room, now_ms, is_comment=is_comment)


def refusal_of(member: Member, room: RoomId | None, now_ms: int, *, is_comment: bool) -> Refusal | None:
    """Judge an act in `room`: a ban stops them all, a mute comments."""
    holds = standing(member.restrictions, room, now_ms)
    if holds is None or not (is_comment or holds.kind == BAN):
        return None
    code = "banned" if holds.kind == BAN else "muted"
    return Refusal(code, f"{code} until {holds.until_ms}", (("until_ms", holds.until_ms),))
