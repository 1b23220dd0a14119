"""The same write with the same Idempotency-Key gets its first answer (PROTOCOL §2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256

from starlette.responses import Response

from server.api.problems import Problem, WrongField
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import QueriesPort, StoredAnswer

MAX_KEY = 255
MOST_UNFREED = 1_000
"""A ledger that is away refuses the claim itself: what comes here was under way when it went."""
_REPLAYED = "idempotency-replayed"


def key_of(header: str | None) -> str | None:
    """Return the key a request carries. Raises the 422 for one that cannot be kept."""
    if header is None:
        return None
    if not 1 <= len(header) <= MAX_KEY or not header.isprintable():
        wrong = WrongField("header.idempotency-key", f"must be 1-{MAX_KEY} printable characters")
        raise Problem(422, "wrong_shape", "the Idempotency-Key cannot be used", errors=(wrong,))
    return header


def digest_of(method: str, path: str, body: bytes) -> str:
    return sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


class Unfreed:
    """Claims of this process that nobody works on, and that the ledger was too far away to let go of.

    Without it the same request again would be `in_progress` until the claim counts as abandoned, a minute later.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str, int], None] = {}

    async def add(self, queries: QueriesPort, owner: str, key: str, claimed_ms: int) -> None:
        """Let go of the claim now, or before the next one. Raises nothing for a ledger that is away."""
        try:
            await queries.drop_answer(owner, key, claimed_ms)
        except LedgerUnavailable:
            self._keys[owner, key, claimed_ms] = None
            if len(self._keys) > MOST_UNFREED:
                del self._keys[next(iter(self._keys))]

    async def free(self, queries: QueriesPort) -> None:
        """Let go of what is left. Raises `LedgerUnavailable`."""
        while self._keys:
            claim = next(iter(self._keys))
            del self._keys[claim]  # whoever comes meanwhile need not free it as well
            try:
                await queries.drop_answer(*claim)
            except BaseException:  # also where the one who asks is cancelled: nobody else knows of the claim
                self._keys[claim] = None
                raise


async def once(
    queries: QueriesPort,
    unfreed: Unfreed,
    *,
    owner: str,
    key: str,
    digest: str,
    now_ms: int,
    run: Callable[[], Awaitable[Response]],
) -> Response:
    """Run the write unless it ran before; answer 4xx refusals again as they were, but never a failure of ours.

    Raises the 409s `key_reused` and `in_progress`, and whatever `run` raises (then the key is free again).
    """
    await unfreed.free(queries)
    stored = await queries.claim_answer(owner, key, digest, now_ms)
    if stored is not None:
        if stored.digest != digest:
            raise Problem(409, "key_reused", "this Idempotency-Key was used for another request")
        if stored.status == 0:
            raise Problem(
                409,
                "in_progress",
                "the first request with this Idempotency-Key is still running",
                headers={"retry-after": "1"},
            )
        return Response(stored.body, stored.status, {**dict(stored.headers), _REPLAYED: "true"})
    try:
        response = await _refusals_as_answers(run)
        kept = tuple((name, response.headers[name]) for name in ("content-type",) if name in response.headers)
        answer = StoredAnswer(digest, response.status_code, kept, bytes(response.body))
        await queries.store_answer(owner, key, answer)
    except BaseException:
        await unfreed.add(queries, owner, key, now_ms)
        raise
    return response


async def _refusals_as_answers(run: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await run()
    except Problem as problem:
        if problem.status >= 500 or problem.status == 429:
            raise
        return problem.response()
