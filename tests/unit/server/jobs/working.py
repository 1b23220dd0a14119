"""A real ledger that due work is done on, and what it was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.domain.commands import Command
from server.domain.decision import Receipt
from server.ledger.engines import Engines
from tests.support.ledger import Ledger


@dataclass(slots=True)
class Working:
    ledger: Ledger
    answers: list[Receipt] = field(default_factory=list)

    @property
    def engines(self) -> Engines:
        assert self.ledger.engines is not None
        return self.ledger.engines

    async def submit(self, commands: Sequence[Command]) -> Sequence[Receipt]:
        """Do what `Intake.submit_many` does."""
        receipts = list(await self.ledger.receipts(*commands)) if commands else []
        self.answers.extend(receipts)
        return receipts
