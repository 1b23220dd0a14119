"""From a receipt to an HTTP answer: what did not happen becomes its problem document."""

from __future__ import annotations

from server.api.problems import REFUSED, Problem
from server.domain.decision import Receipt


def applied(receipt: Receipt) -> Receipt:
    """Return the receipt of a write that happened, now or before. Raises the refusal as a `Problem`."""
    match receipt.outcome:
        case "applied" | "duplicate":
            return receipt
        case "conflict":
            raise Problem(409, "conflict", receipt.message or "the same thing exists with other content")
        case _:
            raise REFUSED.of(receipt.code or "refused", receipt.message, receipt.retry_after_ms)
