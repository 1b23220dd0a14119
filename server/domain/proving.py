"""Which behaviours somebody has to prove before a rule can pay, and who could (X6). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from server.domain.rulebook import (
    CHECK_IN,
    COMMENT,
    FIRST_ORDER,
    FOLLOW,
    INVITE,
    LIKE,
    ORDER,
    SHARE,
    VOTE,
    WATCH10,
    WATCH15,
    Rulebook,
)
from server.ids import RuleId

Capability = Literal[
    "order.paid",
    "order.refunded",
    "comment.posted",
    "liked",
    "room.shared",
    "share.opened",
    "followed",
    "invite.accepted",
    "vote.cast",
    "member.joined",
    "member.updated",
]
"""What a source may be able to prove: the event types of PROTOCOL §2, each for itself."""
CAPABILITIES: Final[frozenset[str]] = frozenset(get_args(Capability))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule pays for, as somebody must tell it."""

    rule: RuleId
    types: tuple[str, ...]
    """Any one of these events tells it; empty = no event does."""
    ours: bool
    """The server sees it itself: beats and acts on the live socket."""


_EVIDENCE: Final = (
    Evidence(WATCH15, (), True),
    Evidence(WATCH10, (), True),
    Evidence(COMMENT, ("comment.posted",), True),
    Evidence(LIKE, ("liked",), True),
    Evidence(SHARE, ("room.shared",), True),
    Evidence(VOTE, ("vote.cast",), True),
    Evidence(FOLLOW, ("followed",), True),
    Evidence(CHECK_IN, (), True),
    Evidence(INVITE, ("invite.accepted",), False),
    Evidence(ORDER, ("order.paid",), False),
    Evidence(FIRST_ORDER, ("order.paid",), False),
)


def evidence_for(rulebook: Rulebook) -> tuple[Evidence, ...]:
    """Return what each rule in force needs to be told; behaviours that earn nothing are left out."""
    always = (ORDER, FIRST_ORDER)
    return tuple(one for one in _EVIDENCE if one.rule in always or one.rule in rulebook.behaviours)


def unknown_capabilities(named: frozenset[str]) -> tuple[str, ...]:
    """Return those of `named` that are no event type, sorted."""
    return tuple(sorted(named - CAPABILITIES))
