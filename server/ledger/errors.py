"""What can go wrong in the ledger.

::

    LedgerError
    ├── LedgerUnavailable        the database is away, too busy or not usable now: 503, nothing happened
    │   └── LedgerBehind         the schema is not the one this program was written for: `liveroom migrate`
    ├── BatchTooLarge            more commands than one transaction takes: a bug of the caller
    ├── BudgetOverrun            a conditional update found no room; stays inside the journal
    ├── MemberMerged             somebody named is part of another member by now; stays inside the journal
    └── ChangedMeanwhile         what was read has another owner now; stays inside the journal, which goes again
"""

from __future__ import annotations

from server.ids import MemberId


class LedgerError(Exception):
    """Anything the ledger raises on purpose."""


class LedgerUnavailable(LedgerError):
    """The truth cannot be asked or told now; the transaction did not happen."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the ledger is not available: {why}")
        self.why = why


class LedgerBehind(LedgerUnavailable):
    """The database stands at another migration than this program."""

    def __init__(self, found: str | None, wanted: str) -> None:
        super().__init__(f"its schema is at {found or 'nothing'}, wanted {wanted}; run `liveroom migrate`")
        self.found = found
        self.wanted = wanted


class BatchTooLarge(LedgerError):
    """A batch over the limit; intake never makes one."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} commands in one batch, at most {limit} are taken")


class BudgetOverrun(LedgerError):
    """Somebody else spent the budget since it was read; the journal decides once more with it closed."""

    def __init__(self, budgets: frozenset[str]) -> None:
        super().__init__(f"no room left in {', '.join(sorted(budgets))}")
        self.budgets = budgets


class MemberMerged(LedgerError):
    """Members of the batch are part of others by now (X1); the journal goes again with those."""

    def __init__(self, members: frozenset[MemberId]) -> None:
        super().__init__(f"part of others by now: {', '.join(sorted(members))}")
        self.members = members


class ChangedMeanwhile(LedgerError):
    """Two reads of one transaction disagree, because somebody else committed between them."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} changed while it was being read")
