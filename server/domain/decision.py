"""What deciding one command gives: facts and an answer, or a refusal. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.facts import Fact
from server.domain.unguarded import unguarded
from server.ids import MemberId, RuleId


@unguarded
@dataclass(frozen=True, slots=True)
class Earned:
    points: int = 0
    growth: int = 0


@unguarded
@dataclass(frozen=True, slots=True)
class Applied:
    """The command happened. `code` says why it earned nothing (E10) or what else to know."""

    earned: Earned = Earned()
    rule: RuleId | None = None
    code: str | None = None
    """why_nothing: cap_reached duplicate not_watching budget_spent off_air not_eligible invalid_comment;
    or room_unknown, coupon_refused (PROTOCOL §1.4, §2)."""
    member: MemberId | None = None
    """Whom it happened to, where that is not the one who was named; None = the one named."""
    details: tuple[tuple[str, str | int], ...] = ()
    """What an act gave beside points and growth: more keys of `done.result`, kept with the answer."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same thing had happened under another event (an order is paid once); the first answer again."""

    first: Applied


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same thing with other content: nothing happened."""

    code: str = "conflict"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The command did not happen; the member's fault or the state's, never ours."""

    code: str
    message: str = ""
    """English sentence naming field and remedy, for problem documents."""
    details: tuple[tuple[str, str | int], ...] = ()
    retry_after_ms: int | None = None


Outcome = Applied | Duplicate | Conflict | Refusal


@unguarded
@dataclass(frozen=True, slots=True)
class Decision:
    """`facts` are empty unless `outcome` is Applied."""

    outcome: Outcome
    facts: tuple[Fact, ...] = field(default=())


@unguarded
@dataclass(frozen=True, slots=True)
class Receipt:
    """The durable answer to one command; a repeat gets the same `earned`, `rule` and `code` (R2)."""

    source: str
    event: str
    member: MemberId | None
    outcome: str
    """applied · duplicate · conflict · refused."""
    code: str | None = None
    rule: RuleId | None = None
    earned: Earned = Earned()
    message: str = ""
    details: tuple[tuple[str, str | int], ...] = ()
    retry_after_ms: int | None = None
