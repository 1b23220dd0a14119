"""One attempt at one receiver: judged address, signed body, limits on everything.

The name is resolved once per attempt, every address judged, and the connection made to a judged address: a name that
changes its mind in between (DNS rebinding) is never asked again. Redirects are not followed; an answer's body is read
only so far as to use the connection again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpx2

from server.webhooks.addresses import admit, admit_addresses, read_url
from server.webhooks.errors import AddressRefused, NameNotFound
from server.webhooks.resolving import Resolve

CONNECT_S = 5.0
TOTAL_S = 10.0
"""From the resolver's question to the end of the answer."""
MOST_ANSWER = 64 * 1024
AT_ONCE = 8
"""Requests under way to one endpoint, per process."""
_AGENT = "liveroom-webhooks/1"
_TIMEOUT = {"connect": CONNECT_S, "read": TOTAL_S, "write": TOTAL_S, "pool": TOTAL_S}
_MOST_RETRY_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class Attempt:
    """How it went. `error` None = a 2xx came back."""

    status: int | None
    error: str | None
    """``http_<status>`` · ``redirect`` · ``timeout`` · ``connect_failed`` · ``tls_failed`` · ``name_not_found`` ·
    ``answer_broken`` · ``https_only`` · ``address_private`` · ``address_broken``."""
    retry_after_ms: int | None = None


class Sender:
    """Sends to one endpoint. Connections are kept from one message to the next; `close` ends them."""

    def __init__(self, resolve: Resolve, context: ssl.SSLContext, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        # A transport, not a client: no redirects, cookies, proxies from the environment or authentication, and its
        # pool is this endpoint's alone, so a connection verified for one name is never used for another.
        self._transport = httpx2.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            limits=httpx2.Limits(
                max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=30
            ),
        )

    async def send(self, url: str, headers: Mapping[str, str], body: str) -> Attempt:
        """POST `body`. Never raises for anything the receiver or the network does."""
        try:
            async with asyncio.timeout(TOTAL_S):
                return await self._send(url, headers, body)
        except TimeoutError:
            return Attempt(None, "timeout")
        except AddressRefused as refused:
            return Attempt(None, refused.why)
        except NameNotFound:
            return Attempt(None, "name_not_found")
        except ValueError:
            return Attempt(None, "address_broken")
        except httpx2.TimeoutException:
            return Attempt(None, "timeout")
        except httpx2.ConnectError as failed:
            return Attempt(None, "tls_failed" if _is_tls(failed) else "connect_failed")
        except httpx2.HTTPError:
            return Attempt(None, "answer_broken")

    async def close(self) -> None:
        await self._transport.aclose()

    async def _send(self, text: str, headers: Mapping[str, str], body: str) -> Attempt:
        url = read_url(text)
        admit(url, self._allow_private)
        name = url.raw_host.decode("ascii")
        port = url.port or {"https": 443, "http": 80}[url.scheme]
        addresses = await self._resolve(name.strip("[]"), port)
        admit_addresses(addresses, self._allow_private)
        if not addresses:
            raise NameNotFound(name)
        for address in addresses[:-1]:
            # Not reached at all: the next address is asked. Once bytes may have arrived, only a retry is right.
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._post(url, address, headers, body)
        return await self._post(url, addresses[-1], headers, body)

    async def _post(self, url: httpx2.URL, address: str, headers: Mapping[str, str], body: str) -> Attempt:
        request = httpx2.Request(
            "POST",
            url.copy_with(host=address),
            headers={
                "host": url.netloc.decode("ascii"),
                "content-type": "application/json",
                "user-agent": _AGENT,
                **headers,
            },
            content=body.encode(),
            extensions={"timeout": _TIMEOUT, "sni_hostname": url.raw_host.decode("ascii").strip("[]")},
        )
        response = await self._transport.handle_async_request(request)
        try:
            await _drain(response)
        finally:
            await response.aclose()
        return _judged(response)


async def _drain(response: httpx2.Response) -> None:
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > MOST_ANSWER:
            return  # closing what is unread ends the connection


def _judged(response: httpx2.Response) -> Attempt:
    status = response.status_code
    if 200 <= status < 300:
        return Attempt(status, None)
    if 300 <= status < 400:
        return Attempt(status, "redirect")
    asked = response.headers.get("retry-after", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    after = None if seconds is None else min(seconds, _MOST_RETRY_AFTER_S) * 1_000
    return Attempt(status, f"http_{status}", after)


def _is_tls(failed: BaseException) -> bool:
    cause: BaseException | None = failed
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
