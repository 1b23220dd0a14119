"""Who is known, under which name and identities (T4, X1)."""

from __future__ import annotations

from server.domain.commands import ByIdentity, JoinMember, LinkIdentity, Origin, Subject, UpdateMember
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import Fact, IdentityLinked, MemberCreated, MemberUpdated
from server.domain.state import Member
from server.domain.world import World
from server.ids import AuthorTag, MemberId, derived


def arrival(
    who: MemberId, subject: Subject, world: World, now_ms: int, name: str | None = None
) -> tuple[Member, tuple[Fact, ...]]:
    """Return the member, and what first contact makes happen: nothing when already known (T4)."""
    known = world.members.get(who)
    if known is not None:
        return known, ()
    member = newcomer(who, world, now_ms, name)
    created = MemberCreated(member)
    if isinstance(subject, ByIdentity):
        return member, (created, IdentityLinked(who, subject.platform, subject.openid, now_ms))
    return member, (created,)


def newcomer(who: MemberId, world: World, now_ms: int, name: str | None = None) -> Member:
    """Return a member never seen before: the lowest tier, nothing earned, and a name to be called by."""
    author = AuthorTag(derived("a", who))
    return Member(
        id=who,
        author=author,
        name=name or neutral_name(author),
        created_ms=now_ms,
        tier=world.rulebook.lowest,
        tier_since_ms=now_ms,
        tier_until_ms=None,
        name_as_of_ms=now_ms if name else 0,
        last_active_ms=now_ms,
    )


def neutral_name(author: AuthorTag) -> str:
    """Return what somebody is called who has given no name: the same on every node and at any time."""
    return f"用户{author[-4:]}"


def join_member(command: JoinMember, who: MemberId, world: World, now_ms: int) -> Decision:
    """Make the member known. A known one gets the name if it is another, the birthday if there is none yet."""
    member, facts = arrival(who, command.who, world, now_ms, command.name)
    renamed = bool(command.name) and command.name != member.name
    born = command.birthday is not None and member.birthday is None
    if renamed or born:
        facts += (
            MemberUpdated(
                who,
                now_ms,
                name=command.name if renamed else None,
                name_as_of_ms=now_ms if renamed else None,
                birthday=command.birthday if born else None,
            ),
        )
    return Decision(Applied(code=room_code(command.origin, world)), facts)


def update_member(command: UpdateMember, who: MemberId, world: World, now_ms: int) -> Decision:
    """Rename, set the birthday, opt out of shout-outs. A name older than the present one loses."""
    member, facts = arrival(who, command.who, world, now_ms)
    as_of = command.name_as_of_ms
    newer = (
        as_of is None or as_of > member.name_as_of_ms
    )  # without a time of its own, what is said now counts
    renamed = bool(command.name) and command.name != member.name and newer
    born = command.birthday is not None and command.birthday != member.birthday
    optout = command.announce_optout
    opted = optout is not None and optout != member.announce_optout
    if renamed or born or opted:
        facts += (
            MemberUpdated(
                who,
                now_ms,
                name=command.name if renamed else None,
                name_as_of_ms=(now_ms if as_of is None else as_of) if renamed else None,
                birthday=command.birthday if born else None,
                announce_optout=optout if opted else None,
            ),
        )
    return Decision(Applied(code=room_code(command.origin, world)), facts)


def link_identity(command: LinkIdentity, who: MemberId, world: World, now_ms: int) -> Decision:
    """Let another platform's identity mean this member; nobody else's is taken away (X1)."""
    owner = world.identities.get((command.platform, command.openid))
    if owner is not None and owner != who:
        return Decision(Refusal("identity_taken", "openid: belongs to another member; merge them instead"))
    _, facts = arrival(who, command.who, world, now_ms)
    linked = IdentityLinked(who, command.platform, command.openid, now_ms)
    if owner is None and linked not in facts:
        facts += (linked,)
    return Decision(Applied(), facts)


def room_code(origin: Origin, world: World) -> str | None:
    """Return what to say of an event whose room there is not: it counts all the same (PROTOCOL §2)."""
    return "room_unknown" if origin.room is not None and origin.room not in world.rooms else None
