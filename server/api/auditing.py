"""Presses of hosts and operators that were refused: they have no effect in the ledger to be found by (X7)."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Protocol

import structlog

from server.api.operation import Call, Operation
from server.api.principals import Principal
from server.domain.origin import Origin
from server.hot.ports import Ask
from server.hot.sliding import SlidingWindows
from server.ids import RoomId, derived, is_foreign_id, is_our_id
from server.ledger.audit import is_staff
from server.ledger.errors import LedgerUnavailable

WORTH_A_LINE: Final = (403, 404, 409, 410, 429)
"""What was not theirs, or not possible now. What is malformed was no press yet."""
MOST: Final = 60
"""Lines of one person in …"""
WINDOW_MS: Final = 60_000
"""… so long: a script gone wild must not fill the ledger. What is beyond is in the log alone, counted."""
MOST_PEOPLE: Final = 1_000
"""Hosts and operators in such a burst at the same time."""

_log = structlog.get_logger(__name__)


class Notes(Protocol):
    """The part of `server.ledger.audit.AuditBook` that is written here."""

    async def note_refused(
        self, operation: str, ref: str | None, status: int, code: str, origin: Origin
    ) -> None: ...


class Beyond:
    """How many presses of a person have no line in the ledger: told when it begins, then once a minute, then at its end.

    The rest of a burst is told with the person's next refused press, whenever that is.
    """

    def __init__(self) -> None:
        self._people: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """Since when not told, and how many."""

    def count(self, actor: str, fits: bool, now_ms: int) -> int:
        """Count a press, one that fits or one too many; return how many to tell of now, 0 = be silent."""
        known = self._people.get(actor)
        if known is None:
            if fits:
                return 0
            self._people[actor] = (now_ms, 0)
            if len(self._people) > MOST_PEOPLE:
                self._people.popitem(last=False)
            return 1
        since_ms, untold = known
        if fits:
            del self._people[actor]
            return untold
        if now_ms - since_ms < WINDOW_MS:
            self._people[actor] = (since_ms, untold + 1)
            return 0
        self._people[actor] = (now_ms, 0)
        return untold + 1


@dataclass(frozen=True, slots=True)
class RefusedPresses:
    notes: Notes
    windows: SlidingWindows = field(default_factory=SlidingWindows)
    beyond: Beyond = field(default_factory=Beyond)

    async def unwelcome(
        self,
        operation: Operation,
        who: Principal,
        path: Mapping[str, str],
        status: int,
        code: str,
        now_ms: int,
    ) -> None:
        """Note that somebody tried what is not for them. Never raises for a ledger that is away."""
        cause = secrets.token_hex(16)
        origin = Origin(
            "api", derived("w", who.actor, cause), sha256(b"").hexdigest(), now_ms, actor=who.actor
        )
        await self._note(operation, path, status, code, origin)

    async def refused(self, operation: Operation, call: Call, status: int, code: str) -> None:
        """Note that a press was refused. Never raises for a ledger that is away."""
        await self._note(operation, call.path, status, code, call.origin())

    async def _note(
        self, operation: Operation, path: Mapping[str, str], status: int, code: str, origin: Origin
    ) -> None:
        if not (operation.writes and operation.changes and is_staff(origin.actor) and status in WORTH_A_LINE):
            return
        fits = self.windows.take(Ask(origin.actor, MOST, WINDOW_MS), origin.received_ms).n
        if told := self.beyond.count(origin.actor, bool(fits), origin.received_ms):
            _log.warning(
                "audit.too_many", actor=origin.actor, presses=told, operation=operation.name, code=code
            )
        if not fits:
            return
        room = path.get("room")
        if room is not None and is_our_id(room):
            origin = replace(origin, room=RoomId(room))
        named = [value for name, value in path.items() if name != "room"]
        # Unchecked in a press that was not theirs, and PostgreSQL keeps no NUL: what names nothing is left out.
        ref = named[-1] if named and is_foreign_id(named[-1]) else None
        try:
            await self.notes.note_refused(operation.name, ref, status, code, origin)
        except LedgerUnavailable as away:
            _log.warning("audit.lost", actor=origin.actor, operation=operation.name, code=code, why=away.why)
