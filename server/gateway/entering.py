"""What a member who enters a room is due: handed over once, and only where something is due is anything written.

Rules B4, B6, E11, L11. The hot record says whether; the ledger decides again under the member's lock. The welcome does
not wait for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import structlog

from broadcaster.frames import Notice
from broadcaster.ports import Connection
from server.announcing.framing import FRESH_MS
from server.clock import Clock
from server.domain.commands import ById, HandOver, Origin
from server.domain.days import Calendar
from server.domain.notices import welcome_back
from server.domain.perks import awaited_back, due_on_entry
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.errors import InternalFault, Unavailable
from server.gateway.ports import Submits
from server.ids import MemberId, RoomId, derived
from server.ledger.errors import LedgerUnavailable
from server.views import notice_body

TOGETHER_S = 0.1
"""Who enters within this time is looked after together: a member day begins with everybody at once. And the notice
comes after the welcome, by a mailbox that is entered by then."""
MAX_ASKED = 50_000
MAX_DUE = 10_000
AT_ONCE = 256

Value = TypeVar("Value")
_log = structlog.get_logger(__name__)


class Entering:
    """Lives on one event loop."""

    def __init__(
        self, intake: Submits, rulebook_at: Callable[[int], Rulebook], calendar: Calendar, clock: Clock
    ) -> None:
        self._intake = intake
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._clock = clock
        self._due: OrderedDict[str, HandOver] = OrderedDict()
        self._back: OrderedDict[str, None] = OrderedDict()
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._waiting: list[HandOver] = []
        self._task: asyncio.Task[None] | None = None

    def let_in(self, member: Member, room: RoomId, now_ms: int) -> None:
        """Note what a member is due whose hello was accepted; `entered` follows when the connection is live."""
        due = due_on_entry(member, self._rulebook_at(now_ms), self._calendar, now_ms)
        if due:
            event = f"entry:{member.id}:{self._calendar.day_of(now_ms)}:{'+'.join(due)}"
            if event not in self._asked:
                origin = Origin("join", event, "entry", now_ms, room=room, actor=member.id)
                _noted(self._due, member.id, HandOver(origin, ById(member.id)), MAX_DUE)
        if awaited_back(member):
            _noted(self._back, member.id, None, MAX_DUE)

    def entered(self, connection: Connection) -> None:
        """Hand over what was noted, soon; welcome back who was recalled, at once."""
        member = connection.identity.member
        if member is None:
            return
        if member in self._back:
            del self._back[member]
            connection.send(_welcome(MemberId(member), self._clock.now_ms()))
        command = self._due.pop(member, None)
        if command is None or command.origin.event in self._asked:
            return
        _noted(self._asked, command.origin.event, None, MAX_ASKED)
        self._waiting.append(command)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._hand_over(), name="entering")

    async def settle(self) -> None:
        """Return when nothing waits to be handed over."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End what is under way: what was not handed over is due at the next entry."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hand_over(self) -> None:
        while self._waiting:
            await asyncio.sleep(TOGETHER_S)
            commands, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            try:
                await self._intake.submit_many(commands)
            except (LedgerUnavailable, Unavailable, InternalFault) as away:
                # Due still: the next entry asks again, and the ledger knows what was given.
                _log.info("entering.not_handed_over", members=len(commands), why=str(away))
                for command in commands:
                    self._asked.pop(command.origin.event, None)


def _welcome(member: MemberId, now_ms: int) -> Notice:
    notice_id = derived("n", member, "recall", now_ms)
    expires_ms = now_ms + FRESH_MS
    return Notice(notice_id, expires_ms, notice_body(notice_id, welcome_back(member), expires_ms))


def _noted(kept: OrderedDict[str, Value], key: str, value: Value, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
