"""Another issuer's keys, in the background."""

import asyncio

import httpx2

from server.credentials.jwks import Jwks
from tests.unit.server.credentials.test_access import key_set


async def test_ACC4_keys_are_fetched_in_the_background_and_an_issuer_away_at_first_is_no_end() -> None:
    asked = asyncio.Event()

    def answer(_request: httpx2.Request) -> httpx2.Response:
        asked.set()
        return httpx2.Response(200, text=key_set())

    keys = Jwks("https://issuer.example/jwks", httpx2.AsyncClient(transport=httpx2.MockTransport(answer)))
    assert keys.key("rsa") is None
    fresh = asyncio.create_task(keys.keep_fresh())
    await asked.wait()
    for _ in range(100):  # turns of the loop, not of the clock: the answer is on its way
        await asyncio.sleep(0)
    assert keys.key("rsa") is not None
    assert keys.key("hmac") is None, "a secret that is published is no secret"
    fresh.cancel()
    await asyncio.gather(fresh, return_exceptions=True)
    await keys.close()
