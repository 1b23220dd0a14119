"""Decides a claimed batch, one command after the other, and words the receipts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never, cast, get_args

from server.domain.commands import (
    ByIdentity,
    Command,
    LinkIdentity,
    MemberCommand,
    Origin,
    RoomCommand,
    ShopCommand,
    Subject,
)
from server.domain.deciding import decide
from server.domain.decision import Applied, Conflict, Duplicate, Outcome, Receipt, Refusal
from server.domain.facts import Fact
from server.domain.gift_commands import GivePoints
from server.domain.meaning import companion_of, meant
from server.domain.needs import Needs, needs_of
from server.domain.unguarded import unguarded
from server.domain.world import World
from server.ids import MemberId
from server.ledger.ports import Rehearsed

Key = tuple[str, str]
"""(source, event)."""
Identity = tuple[str, str]
"""(platform, openid)."""


STALE = Refusal("stale", "time: too long ago; what is so late must be told as an order, or not at all")
"""Of an event told too late for the first time. Not kept: nothing has been decided about it."""


@unguarded
@dataclass(frozen=True, slots=True)
class Asked:
    """A claimed command on its way to be decided."""

    command: Command
    who: MemberId | None
    """None for commands about rooms and the shop."""
    needs: Needs
    at_ms: int
    """Receipt time: every decision about the command uses this."""
    supposed: bool = False
    """Not to be decided: what a command beside it needs if its identity is linked to `who` by then."""


@unguarded
@dataclass(frozen=True, slots=True)
class Happened:
    """The facts of one applied command, with where it came from."""

    origin: Origin
    facts: tuple[Fact, ...]


@unguarded
@dataclass(frozen=True, slots=True)
class Answered:
    """An event that was answered before: what it said, and the first answer."""

    digest: str
    receipt: Receipt


def key_of(command: Command) -> Key:
    return command.origin.source, command.origin.event


_OF_NOBODY: Final = frozenset(get_args(RoomCommand) + get_args(ShopCommand))
# A look into a set: every command is asked, several times, and a match walks through all of them.


def subject_of(command: Command) -> Subject | None:
    """Return whom the command is about; None when it is about a room or the shop."""
    return None if type(command) in _OF_NOBODY else cast(MemberCommand, command).who


def identities_of(commands: Iterable[Command]) -> set[Identity]:
    """Return the identities that must be looked up before anything else."""
    subjects = (who for command in commands for who in (subject_of(command), companion_of(command)))
    return {(who.platform, who.openid) for who in subjects if isinstance(who, ByIdentity)}


def ask(commands: Iterable[Command], world: World) -> list[Asked]:
    """Return what each command needs; `world.identities` must hold `identities_of` them.

    An identity that a command before it links may mean two members until that is decided: what it takes to decide
    about either is asked for, or caps of the show, votes and limits of whom it is linked to would not be known.
    """
    asked: list[Asked] = []
    linked: dict[Identity, frozenset[MemberId]] = {}
    for command in commands:
        subject = subject_of(command)
        who = None if subject is None else meant(subject, world)
        if world.merged and isinstance(command, GivePoints):
            command = replace(command, to=world.surviving(command.to))
        asked.append(_asked(command, who, linked, world))
        if linked and who is not None:
            others = _meanings(subject, linked, world) - {who}
            asked += [replace(_asked(command, one, linked, world), supposed=True) for one in sorted(others)]
        if type(command) is LinkIdentity and not command.origin.is_test:
            # Of several that link it the first does: to the others it is taken.
            pair = (command.platform, command.openid)
            linked.setdefault(pair, _meanings(command.who, linked, world))
    return asked


def _asked(
    command: Command, who: MemberId | None, linked: Mapping[Identity, frozenset[MemberId]], world: World
) -> Asked:
    at_ms = command.origin.received_ms
    needs = needs_of(command, who, at_ms, world.rulebook, world.calendar)
    companion = companion_of(command)
    if companion is not None:
        needs = replace(needs, members=needs.members | _meanings(companion, linked, world))
    if world.merged:
        needs = replace(needs, members=frozenset(map(world.surviving, needs.members)))
    return Asked(command, who, needs, at_ms)


def _meanings(
    subject: Subject | None, linked: Mapping[Identity, frozenset[MemberId]], world: World
) -> frozenset[MemberId]:
    """Return whom a name for somebody may mean, once `linked` of the batch is decided; None means nobody."""
    if subject is None:
        return frozenset()
    now = frozenset((meant(subject, world),))
    if not linked or not isinstance(subject, ByIdentity):
        return now
    pair = (subject.platform, subject.openid)
    return now if pair in world.identities else now | linked.get(pair, now)


def claimed_of(batch: Iterable[Command], answered: Mapping[Key, Answered]) -> dict[Key, Command]:
    """Return what is to be decided: not answered before, and not told too late to begin with."""
    claimed: dict[Key, Command] = {}
    for command in batch:
        if key_of(command) not in answered and not command.origin.stale:
            claimed.setdefault(key_of(command), command)
    return claimed


def decide_all(
    asked: Sequence[Asked], world: World
) -> tuple[dict[Key, Receipt], list[Happened], list[Rehearsed]]:
    """Decide each against the world as the ones before left it; return first answers, what happened and what
    tests rehearsed.

    A refusal is one receipt and stops nobody else. `world` ends as it is after the batch: a test leaves it alone.
    """
    receipts: dict[Key, Receipt] = {}
    happened: list[Happened] = []
    rehearsed: list[Rehearsed] = []
    for one in asked:
        if one.supposed:
            continue
        subject = subject_of(one.command)
        # Again, for a command before this one may have linked the identity to somebody.
        who = None if subject is None else meant(subject, world)
        decision = decide(one.command, who, world, one.at_ms)
        receipts[key_of(one.command)] = _receipt(one.command.origin, who, decision.outcome)
        if one.command.origin.is_test:
            rehearsed.append(Rehearsed(*key_of(one.command), decision.facts))
        elif decision.facts:
            world.fold_all(decision.facts)
            happened.append(Happened(one.command.origin, decision.facts))
    return receipts, happened, rehearsed


def answers(
    batch: Sequence[Command], first: Mapping[Key, Receipt], answered: Mapping[Key, Answered]
) -> tuple[Receipt, ...]:
    """Return a receipt per command of the batch, in its order: first answers, and repeats of them."""
    said: dict[Key, Answered] = dict(answered)
    receipts: list[Receipt] = []
    for command in batch:
        key = key_of(command)
        before = said.get(key)
        if before is None and key not in first:
            receipts.append(_receipt(command.origin, None, STALE))
        elif before is None:
            said[key] = Answered(command.origin.content, first[key])
            receipts.append(first[key])
        else:
            receipts.append(_repeated(before, command.origin))
    return tuple(receipts)


def _repeated(answered: Answered, origin: Origin) -> Receipt:
    """Return what a repeat is told: the first answer's fields, or `conflict` when it says something else (R2).

    What was applied is now a `duplicate`; a refusal and a conflict stay what they were.
    """
    first = answered.receipt
    if answered.digest != origin.content:
        return Receipt(
            first.source,
            first.event,
            first.member,
            "conflict",
            code="conflict",
            message="the same event came before with other content; give each event its own id",
        )
    return replace(first, outcome="duplicate") if first.outcome == "applied" else first


def _receipt(origin: Origin, who: MemberId | None, outcome: Outcome) -> Receipt:
    match outcome:
        case Applied():
            return _happened(origin, who, "applied", outcome)
        case Duplicate(first=first):
            return _happened(origin, who, "duplicate", first)
        case Conflict():
            return Receipt(origin.source, origin.event, who, "conflict", outcome.code)
        case Refusal():
            return Receipt(
                origin.source,
                origin.event,
                who,
                "refused",
                outcome.code,
                message=outcome.message,
                details=outcome.details,
                retry_after_ms=outcome.retry_after_ms,
            )
        case _:
            assert_never(outcome)


def _happened(origin: Origin, who: MemberId | None, outcome: str, applied: Applied) -> Receipt:
    return Receipt(
        origin.source,
        origin.event,
        applied.member or who,
        outcome,
        applied.code,
        applied.rule,
        applied.earned,
        details=applied.details,
    )
