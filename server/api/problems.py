"""Errors on the wire: RFC 9457 problem details, each with a stable `code` (PROTOCOL §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import Response

from server.domain.room import Json

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class WrongField:
    """One thing in a body or query that has the wrong shape."""

    field: str
    """A path like ``0.data.amount``; empty = the whole."""
    problem: str


class Problem(Exception):
    """The request is answered with this status and code. Raised anywhere below the API's front."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[WrongField] = (),
        extra: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        document: dict[str, Json] = {
            "type": f"urn:liveroom:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [{"field": one.field, "problem": one.problem} for one in self.errors]
        return json.dumps({**document, **self.extra}, ensure_ascii=False).encode()

    def response(self) -> Response:
        return Response(self.body(), self.status, self.headers, media_type=MEDIA_TYPE)


def unavailable(what: str, retry_after_ms: int = 1_000) -> Problem:
    """503: `what` is away; the same request again is safe."""
    seconds = max(1, -(-retry_after_ms // 1_000))
    return Problem(
        503,
        "unavailable",
        f"{what} is not available now; send the same request again",
        headers={"retry-after": str(seconds)},
    )


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"there is no such {what}")


@dataclass(frozen=True, slots=True)
class Refusable:
    """A refusal of the domain, and the status it has on HTTP; 409 unless it says otherwise."""

    status: int = 409
    statuses: Mapping[str, int] = field(
        default_factory=lambda: {
            "not_found": 404,
            "rate_limited": 429,
            "slow_mode": 429,
            "merged": 410,
            "hold_expired": 410,
            "permit_expired": 410,
        }
    )

    def of(self, code: str, message: str, retry_after_ms: int | None) -> Problem:
        headers = {} if retry_after_ms is None else {"retry-after": str(max(1, -(-retry_after_ms // 1_000)))}
        return Problem(
            self.statuses.get(code, self.status), code, message or f"refused: {code}", headers=headers
        )


REFUSED = Refusable()
