"""The in-memory twin of `prompt_book`, under the same contract suite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.domain.origin import Origin
from server.domain.prompting import Said
from server.ids import ShowId
from server.ledger.errors import LedgerUnavailable
from server.ledger.prompt_book import MOST_SAID, UNDO_MS


@dataclass(slots=True)
class MemoryPrompts:
    """`PromptsPort` in a dictionary, for tests; `away` set makes every method raise."""

    away: str | None = None
    noted: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, key, actor) of each press."""
    _shows: dict[ShowId, dict[tuple[str, str], Said]] = field(default_factory=dict)

    async def said(self, show: ShowId) -> Sequence[Said]:
        self._answer()
        return sorted(self._shows.get(show, {}).values(), key=lambda one: (one.at_ms, one.key, one.stage))

    async def say(self, show: ShowId, line: Said, origin: Origin) -> Said | None:
        self._answer()
        known = self._shows.setdefault(show, {})
        before = known.get((line.key, line.stage))
        if before is not None:
            return before
        if len(known) >= MOST_SAID:
            return None
        known[line.key, line.stage] = line
        self.noted.append(("prompt_said", line.key, origin.actor))
        return line

    async def take_back(self, show: ShowId, key: str, origin: Origin) -> bool:
        since_ms = origin.received_ms - UNDO_MS
        mine = [one for one in await self.said(show) if one.key == key and one.at_ms >= since_ms]
        if not mine:
            return False
        del self._shows[show][key, mine[-1].stage]
        self.noted.append(("prompt_unsaid", key, origin.actor))
        return True

    def _answer(self) -> None:
        if self.away is not None:
            raise LedgerUnavailable(self.away)
