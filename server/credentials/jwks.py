"""The public keys of whoever else signs tokens, fetched from a JWKS address and kept fresh.

Verifying never waits for the network: it uses the keys held; an unknown key id asks for a fetch in the background.
"""

from __future__ import annotations

import asyncio

import httpx2
import jwt
import structlog

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
"""What a foreign key may be used for (PROTOCOL §2); in particular never HS256, whose key would be public."""
FRESH_S = 300.0
"""How long fetched keys are used before the next look: a withdrawn key counts for at most this and a minute."""
MIN_GAP_S = 10.0
"""Tokens with made-up key ids must not turn us into a flood on the issuer."""
TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024

_log = structlog.get_logger(__name__)


class Jwks:
    """Keys by id. `keep_fresh` must run in the background; until the first fetch no key is known."""

    def __init__(self, url: str, client: httpx2.AsyncClient | None = None) -> None:
        self._url = url
        self._client = client or httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._wanted = asyncio.Event()

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key, or None; then a fetch is asked for and a later token may find it."""
        found = self._keys.get(key_id)
        if found is None:
            self._wanted.set()
        return found

    async def fetch(self) -> None:
        """Replace the keys held by those published now. Raises `httpx2.HTTPError` or `ValueError`; then all stays."""
        async with self._client.stream("GET", self._url, headers={"accept": "application/json"}) as answer:
            answer.raise_for_status()
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise ValueError(f"the key set is larger than {MAX_BYTES} bytes")
        try:
            published = jwt.PyJWKSet.from_json(body.decode())
        except (jwt.PyJWTError, AttributeError, TypeError) as broken:
            raise ValueError(f"not a key set: {type(broken).__name__}") from broken
        self._keys = {
            key.key_id: key
            for key in published
            if key.key_id is not None and key.algorithm_name in ALGORITHMS
        }

    async def keep_fresh(self) -> None:
        """Fetch now and again for ever; a failed fetch is logged and the old keys stay."""
        while True:
            try:
                await self.fetch()
            except (httpx2.HTTPError, ValueError) as problem:
                _log.warning("jwks.fetch_failed", url=self._url, problem=str(problem))
            await asyncio.sleep(MIN_GAP_S)
            self._wanted.clear()
            try:
                async with asyncio.timeout(FRESH_S - MIN_GAP_S):
                    await self._wanted.wait()
            except TimeoutError:
                pass  # nobody asked: time for the regular look

    async def close(self) -> None:
        await self._client.aclose()
