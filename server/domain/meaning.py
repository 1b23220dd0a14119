"""Which member somebody's name for them means (X1). Pure.

`Subject` is how the outside names members; a command may name a second one beside its own.
"""

from __future__ import annotations

from typing import Final, get_args

from server.domain.commands import (
    AcceptInvite,
    ById,
    ByIdentity,
    Command,
    CompleteInvite,
    LinkIdentity,
    MergeMembers,
    RoomCommand,
    ShopCommand,
    Subject,
)
from server.domain.world import World
from server.ids import MemberId, derived


def meant(subject: Subject, world: World) -> MemberId:
    """Return the member meant; an identity never seen means the member its first event will create."""
    if not isinstance(subject, ByIdentity):
        return world.surviving(subject.member)
    known = world.identities.get((subject.platform, subject.openid))
    if known is None:
        return MemberId(derived("m", subject.platform, subject.openid))
    return world.surviving(known)


def stands_alone(command: Command) -> bool:
    """Whether a command is a batch of its own: what it moves, no command beside it has been given to see."""
    return isinstance(command, MergeMembers)


_IN_LINE: Final = frozenset((*get_args(RoomCommand), *get_args(ShopCommand), MergeMembers, LinkIdentity))


def stands_in_line(command: Command) -> bool:
    """Whether what comes after a command must find it durable: what it changes is seen by all, not by its member."""
    return type(command) in _IN_LINE


def companion_of(command: Command) -> Subject | None:
    """Return the second member that a command is about, to be locked beside its own; None for most."""
    match command:
        case AcceptInvite():
            return command.inviter
        case MergeMembers():
            return command.gone
        case CompleteInvite():
            return ById(command.inviter)
        case _:
            return None
