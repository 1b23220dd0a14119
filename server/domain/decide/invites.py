"""Inviting friends: who brought whom, and what that is worth once the friend has really watched (E4)."""

from __future__ import annotations

from server.domain.commands import AcceptInvite, CompleteInvite
from server.domain.decide.awards import grant
from server.domain.decide.membership import arrival, room_code
from server.domain.decide.tiers import promoted
from server.domain.decide.years import with_time_passed
from server.domain.decision import Applied, Decision
from server.domain.facts import Fact, InviteAccepted, InviteCompleted
from server.domain.ladder import Totals
from server.domain.meaning import meant
from server.domain.rulebook import INVITE
from server.domain.state import EVER, Member
from server.domain.world import World
from server.ids import MemberId


def accept_invite(command: AcceptInvite, who: MemberId, world: World, now_ms: int) -> Decision:
    """Remember who brought a newcomer. Nothing is earned yet: that follows when the newcomer has watched.

    Only whoever is new to the programme can be invited, and once: so nobody invites in a circle, and an
    invitation tells for good whose friend somebody is.
    """
    member, facts = arrival(who, command.who, world, now_ms)
    inviter = meant(command.inviter, world)
    if member.invited_by is not None:
        return Decision(Applied(rule=INVITE, code="duplicate"), facts)
    if (
        INVITE not in world.rulebook.behaviours
        or inviter == who
        or inviter not in world.members
        or not _is_new(member, world, now_ms)
    ):
        return Decision(Applied(rule=INVITE, code="not_eligible"), facts)
    accepted = InviteAccepted(who, inviter, now_ms)
    return Decision(Applied(rule=INVITE, code=room_code(command.origin, world)), (*facts, accepted))


def complete_invite(command: CompleteInvite, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give the inviter what the invitation is worth, once; the receipt is the newcomer's, who earns nothing by it.

    Caps are the inviter's. An invitation beyond them is over all the same. Does not look whether the newcomer
    watched long enough: who sends the command has proven that.
    """
    member = world.members.get(who)
    if member is None or member.invited_by is None or not member.invite_open:
        return Decision(Applied(rule=INVITE, code="duplicate"))
    show = world.shows.get(command.show)
    if show is None or show.status != "live":
        return Decision(Applied(rule=INVITE, code="off_air"))
    inviter_id = meant_inviter(member, world)
    if inviter_id is None or inviter_id == who or inviter_id not in world.members:
        return Decision(Applied(rule=INVITE, code="not_eligible"))
    passed, world = with_time_passed(inviter_id, world, now_ms)
    inviter = world.members[inviter_id]
    gain = grant(INVITE, 1, inviter, show, world, now_ms)
    facts: tuple[Fact, ...] = (*passed, InviteCompleted(who, inviter_id, gain.code, now_ms), *gain.facts)
    if gain.earned.growth:
        facts += promoted(inviter, Totals(gain.earned.growth), command.origin, world, now_ms)
    return Decision(Applied(rule=INVITE), facts)


def meant_inviter(member: Member, world: World) -> MemberId | None:
    """Return who invited `member`, as that person is known now; None = nobody did."""
    return None if member.invited_by is None else world.surviving(member.invited_by)


def _is_new(member: Member, world: World, now_ms: int) -> bool:
    """Whether the member came to the programme just now, perhaps by another event, and has earned nothing yet."""
    if now_ms - member.created_ms > world.rulebook.invite.new_ms:
        return False
    return member.first_order_ms is None and not any(scope == EVER for scope, _ in member.awards)
