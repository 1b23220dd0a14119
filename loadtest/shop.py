"""What a shop's server says to us: CloudEvents and tokens (PROTOCOL §2). Pure: builds bodies, reads receipts."""

from __future__ import annotations

from collections.abc import Sequence

from loadtest.errors import ContractBroken
from loadtest.wire import Frame, Json, submap, text

BATCH = "application/cloudevents-batch+json"


def event(
    source: str, identity: str, kind: str, member: str, data: dict[str, Json], room: str | None = None
) -> dict[str, Json]:
    """Return one CloudEvent; (`source`, `identity`) must be new for every event, and the same for a repeat."""
    envelope: dict[str, Json] = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": kind,
        "subject": f"member:{member}",
        "data": data,
    }
    if room is not None:
        envelope["room"] = room
    return envelope


def paid(source: str, order: str, member: str, yuan: int, room: str) -> dict[str, Json]:
    """Return the event of one paid order of whole yuan; its id is made of the order's number."""
    data: dict[str, Json] = {"order": order, "amount": yuan * 100, "currency": "CNY"}
    return event(source, f"paid-{order}", "order.paid", member, data, room)


def named(source: str, member: str, name: str) -> dict[str, Json]:
    return event(source, f"joined-{member}", "member.joined", member, {"name": name})


def token_request(member: str, name: str, room: str, ttl_s: int = 3_600) -> dict[str, Json]:
    return {"role": "viewer", "sub": member, "name": name, "rooms": [room], "ttl_s": ttl_s}


def outcomes(answer: Json, sent: int) -> list[str]:
    """Return what became of each event of a batch. Raises `ContractBroken` when the answer is not one receipt each."""
    receipts = answer.get("receipts") if isinstance(answer, dict) else None
    if not isinstance(receipts, list) or len(receipts) != sent:
        raise ContractBroken(f"{sent} events need {sent} receipts, got {receipts!r:.200}")
    return [_outcome(receipt) for receipt in receipts if isinstance(receipt, dict)]


def token_of(answer: Json) -> str:
    if not isinstance(answer, dict):
        raise ContractBroken(f"the answer to a token request must be a map, got {answer!r:.200}")
    return text(answer, "token")


def _outcome(receipt: Frame) -> str:
    submap(receipt, "earned")
    return text(receipt, "outcome")


def all_went_through(kinds: Sequence[str]) -> bool:
    """Return whether every event of a batch counts: applied now, or before by an earlier try."""
    return all(kind in ("applied", "duplicate") for kind in kinds)
