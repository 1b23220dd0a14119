"""The truth behind the member cache: hot records made of what the ledger holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from member_cache.errors import SourceUnavailable
from member_cache.ports import Record
from server.clock import Clock
from server.domain.state import Member
from server.ids import MemberId
from server.ledger.errors import LedgerUnavailable
from server.views import record_of


class Members(Protocol):
    """The part of `server.ledger.ports.QueriesPort` that is read here."""

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]: ...


class LedgerRecords:
    """`member_cache.ports.Source`. Members never stored are absent from the answer."""

    def __init__(self, truth: Members, clock: Clock) -> None:
        self._truth = truth
        self._clock = clock

    async def load(self, members: Sequence[str]) -> Mapping[str, Record]:
        try:
            found = await self._truth.members([MemberId(member) for member in members], self._clock.now_ms())
        except LedgerUnavailable as away:
            raise SourceUnavailable(away.why) from away
        return {member.id: record_of(member) for member in found.values()}
