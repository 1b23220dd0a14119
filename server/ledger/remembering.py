"""Members as this process last committed them, to be used again while their row still has that version.

A member's row is locked and read in every batch; the five tables that hang on it need not be, when the row
says that nobody has touched the member since. Every commit that touches anything of a member raises the
version under the row's lock (LED4), so equal versions mean equal members, whoever else writes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from server.domain.state import Member
from server.domain.unguarded import unguarded
from server.ids import MemberId
from server.ledger.extent import Since, within

MOST = 25_000
"""Members kept: everybody in a show of 20 000, some 60 MB. One who is not costs a sixth more per event."""


@unguarded
@dataclass(frozen=True, slots=True)
class _Known:
    member: Member
    since: Since
    scopes: frozenset[str]


class Remembered:
    """The most recently used members, each with the extent it was read with."""

    def __init__(self, most: int = MOST) -> None:
        """`most` 0 = nothing is remembered."""
        self._most = most
        self._known: OrderedDict[MemberId, _Known] = OrderedDict()

    def recall(self, member: MemberId, version: int, since: Since, scopes: frozenset[str]) -> Member | None:
        """Return the member exactly as reading with this extent would give it; None = it must be read."""
        known = self._known.get(member)
        if (
            known is None
            or known.member.version != version
            or known.since.day > since.day
            or known.since.at_ms > since.at_ms
            or not scopes <= known.scopes
            # Folding a comment lets go of those well before it: whoever looks back from earlier must read them.
            or (known.member.comments and known.member.comments[-1].at_ms > since.at_ms)
        ):
            return None
        self._known.move_to_end(member)
        return within(known.member, since, scopes)

    def unknown(self, members: Collection[MemberId]) -> set[MemberId]:
        """Return those of whom nothing is remembered, up to date or not."""
        return {member for member in members if member not in self._known}

    def foresee(self, member: Member, since: Since, scopes: frozenset[str]) -> None:
        """Keep a member as read beside all commits, unless what is kept is as new."""
        known = self._known.get(member.id)
        if known is None or known.member.version < member.version:
            self.remember(member, since, scopes)

    def remember(self, member: Member, since: Since, scopes: frozenset[str]) -> None:
        """Keep a member as committed. Only after the commit: what was rolled back never was."""
        if not self._most:
            return
        self._known[member.id] = _Known(member, since, scopes)
        self._known.move_to_end(member.id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
