"""What the doors keep in the database beside the ledger: API keys, event sources, and first answers of repeated
writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.origin import Origin
from server.domain.rulebook import Rulebook
from server.ledger.bulk import Found, upsert
from server.ledger.door_tables import answers, api_keys, sources
from server.ledger.engines import Engines
from server.ledger.noting import note
from server.ledger.packing import packed
from server.ledger.ports import KeyRecord, SourceRecord, StoredAnswer

RUNNING = 0
"""The status of a claimed key whose request has not been answered yet."""
ABANDONED_MS = 60_000
"""A claim still running after so long belongs to a process that died; the next request takes it over."""

_KEY = ("id", "name", "digest", "scopes", "source", "signing_secret", "created_ms", "revoked_ms")
_SOURCE = ("name", "can", "changed_ms", "changed_by")


class Doorbook:
    """Keys and answers. Every method raises `LedgerUnavailable` when the database is away."""

    def __init__(self, engines: Engines, rulebook_at: Callable[[int], Rulebook]) -> None:
        self._engines = engines
        self._rulebook_at = rulebook_at
        self._claim = _claim_sql(engines.dialect)
        self._put_source = upsert(engines.dialect, sources, _SOURCE)

    async def add_key(self, key: KeyRecord, by: Origin | None = None) -> None:
        """Store a new key. IntegrityError when its id or digest is taken already.

        `by` here and below: whose press it was, noted in the same transaction (X7); None = nobody's.
        """
        async with self._engines.write() as connection:
            await connection.execute(
                insert(api_keys).values(
                    id=key.id,
                    name=key.name,
                    digest=key.digest,
                    scopes=packed(sorted(key.scopes)),
                    source=key.source,
                    signing_secret=key.signing_secret,
                    created_ms=key.created_ms,
                    revoked_ms=key.revoked_ms,
                )
            )
            if by is not None:
                said = {"name": key.name, "source": key.source, "scopes": " ".join(sorted(key.scopes))}
                await self._noted(connection, "api_key_created", key.id, said, by)

    async def keys(self) -> Sequence[KeyRecord]:
        """Return every key, revoked ones too, oldest first."""
        wanted = (
            select(*(api_keys.c[name] for name in _KEY), sources.c.can)
            .join(sources, sources.c.name == api_keys.c.source, isouter=True)
            .order_by(api_keys.c.created_ms, api_keys.c.id)
        )
        async with self._engines.read() as connection:
            return [_key_of(row) for row in (await connection.execute(wanted)).all()]

    async def revoke_key(self, key_id: str, now_ms: int, by: Origin | None = None) -> bool:
        """End a key; return whether there was one that had not ended."""
        ended = (
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_ms.is_(None))
            .values(revoked_ms=now_ms)
        )
        async with self._engines.write() as connection:
            if (await connection.execute(ended)).rowcount == 0:
                return False
            if by is not None:
                await self._noted(connection, "api_key_revoked", key_id, {}, by)
        return True

    async def put_source(self, source: SourceRecord, by: Origin | None = None) -> None:
        """Declare what a source can prove, in place of what was declared before."""
        can = None if source.can is None else packed(sorted(source.can))
        async with self._engines.write() as connection:
            await self._put_source.run(connection, [(source.name, can, source.changed_ms, source.changed_by)])
            if by is not None:
                proves = None if source.can is None else " ".join(sorted(source.can))
                await self._noted(connection, "source_declared", source.name, {"can": proves}, by)

    async def _noted(
        self, connection: AsyncConnection, kind: str, ref: str, said: Mapping[str, object], by: Origin
    ) -> None:
        await note(connection, kind, ref, said, by, self._rulebook_at(by.received_ms).version)

    async def sources(self) -> Sequence[SourceRecord]:
        """Return the declared sources by name."""
        wanted = select(*(sources.c[name] for name in _SOURCE)).order_by(sources.c.name)
        async with self._engines.read() as connection:
            found = (await connection.execute(wanted)).all()
        return [SourceRecord(row[0], _can_of(row[1]), row[2], row[3]) for row in found]

    async def claim_answer(self, owner: str, key: str, digest: str, now_ms: int) -> StoredAnswer | None:
        """Claim an Idempotency-Key; None = ours now, else what stands there (status 0 = still running).

        A claim left running by a process that died is taken over after a minute.
        """
        wanted = select(answers.c.digest, answers.c.status, answers.c.headers, answers.c.body).where(
            answers.c.owner == owner, answers.c.key == key
        )
        async with self._engines.write() as connection:
            claimed = await connection.exec_driver_sql(
                self._claim, (owner, key, digest, b"", now_ms, now_ms - ABANDONED_MS)
            )
            if claimed.first() is not None:
                return None
            row = (await connection.execute(wanted)).one()
        return _answer_of(row)

    async def store_answer(self, owner: str, key: str, answer: StoredAnswer) -> None:
        """Keep the answer of a claimed key."""
        kept = (
            update(answers)
            .where(answers.c.owner == owner, answers.c.key == key)
            .values(
                digest=answer.digest, status=answer.status, headers=packed(answer.headers), body=answer.body
            )
        )
        async with self._engines.write() as connection:
            await connection.execute(kept)

    async def drop_answer(self, owner: str, key: str, claimed_ms: int) -> None:
        """Let go of the claim of `claimed_ms`, whose request failed on our side.

        Neither an answer that stands is dropped, nor the claim of whoever has taken it over since.
        """
        dropped = delete(answers).where(
            answers.c.owner == owner,
            answers.c.key == key,
            answers.c.status == RUNNING,
            answers.c.claimed_ms == claimed_ms,
        )
        async with self._engines.write() as connection:
            await connection.execute(dropped)


def _claim_sql(dialect: str) -> str:
    mark = "?" if dialect == "sqlite" else "$"
    owner, key, digest, body, now_ms, abandoned_ms = (f"{mark}{at}" for at in range(1, 7))
    return (
        "INSERT INTO answers (owner, key, digest, status, headers, body, claimed_ms) "
        f"VALUES ({owner}, {key}, {digest}, {RUNNING}, '[]', {body}, {now_ms}) "
        "ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, claimed_ms = excluded.claimed_ms "
        f"WHERE answers.status = {RUNNING} AND answers.digest = excluded.digest "
        f"AND answers.claimed_ms <= {abandoned_ms} RETURNING owner"
    )


def _key_of(row: Found) -> KeyRecord:
    return KeyRecord(
        id=row[0],
        name=row[1],
        digest=row[2],
        scopes=frozenset(json.loads(row[3])),
        source=row[4],
        signing_secret=row[5],
        created_ms=row[6],
        revoked_ms=row[7],
        can=_can_of(row[8]),
    )


def _can_of(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def _answer_of(row: Found) -> StoredAnswer:
    headers = tuple((name, value) for name, value in json.loads(row[2]))
    return StoredAnswer(row[0], row[1], headers, bytes(row[3]))
