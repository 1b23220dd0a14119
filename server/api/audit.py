"""Who pressed what, when, and what came of it: the record as operators read it (X7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints
from starlette.responses import Response

from server.api.operation import Call, Operation, answered
from server.api.principals import Gate
from server.api.shapes import Answer, OurId, Shape
from server.ledger.audit import REFUSED, Line, Said

_ACTOR = r"^(host:[^\x00-\x1f\x7f]{1,321}|operator:[^\x00-\x1f\x7f]{1,321}|command line)$"


class Book(Protocol):
    """The part of `server.ledger.audit.AuditBook` that is read here. Raises `LedgerUnavailable`."""

    async def lines(
        self,
        *,
        before: int | None,
        limit: int,
        actor: str | None = None,
        room: str | None = None,
        kind: str | None = None,
    ) -> Sequence[Line]: ...


class AuditQuery(Shape):
    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    """Only lines with a smaller id; absent = from the newest."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    actor: Annotated[str, StringConstraints(pattern=_ACTOR)] | None = None
    """``host:<sub>``, ``operator:<sub>`` or ``command line``."""
    room: OurId | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")] | None = None
    """As in the lines: ``task_started``, ``rulebook_published``, ``refused`` …"""


class AuditLine(Answer):
    id: int
    at_ms: int
    actor: str
    """Who."""
    kind: str
    """What happened."""
    room: str | None
    member: str | None
    """Whom it happened to, if a member."""
    ref: str | None
    """What it is about: the task, gate, poll, key, rulebook version …"""
    amount: int | None
    data: dict[str, Said]
    """What else there is to say of this kind; never a secret."""
    outcome: Literal["applied", "refused"]
    code: str | None
    """Of a refused one."""
    rulebook_version: int


class AuditAnswer(Answer):
    lines: list[AuditLine]
    """Newest first."""
    next: int | None
    """Send it as `before` for the next page; null = there is none."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The noun `audit`."""

    book: Book

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/audit",
                "listAudit",
                "audit",
                "Every press of hosts, operators and the command line, newest first: who, when, what, outcome.",
                Gate(operator=True),
                self.list_lines,
                query=AuditQuery,
                answer=AuditAnswer,
            ),
        )

    async def list_lines(self, call: Call) -> Response:
        query = call.query_as(AuditQuery)
        found = await self.book.lines(
            before=query.before, limit=query.limit, actor=query.actor, room=query.room, kind=query.kind
        )
        more = found[-1].id if len(found) == query.limit else None
        return answered(AuditAnswer(lines=[_line(one) for one in found], next=more))


def _line(line: Line) -> AuditLine:
    code = line.said.get("code") if line.kind == REFUSED else None
    return AuditLine(
        id=line.id,
        at_ms=line.at_ms,
        actor=line.actor,
        kind=line.kind,
        room=line.room,
        member=line.member,
        ref=line.ref,
        amount=line.amount,
        data=dict(line.said),
        outcome="refused" if line.kind == REFUSED else "applied",
        code=str(code) if code is not None else None,
        rulebook_version=line.rulebook_version,
    )
