"""Overlay tickets (PROTOCOL §2): a widget's secret buys one connection of a broadcast overlay, read-only.

A page in OBS has its secret in the address. What goes over the socket is a ticket: it works once, for a minute, and
only while the secret it was bought with still stands.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from server.clock import Clock
from server.hot.ports import Tickets
from server.ids import RoomId
from server.ledger.widget_book import Widget

PREFIX: Final = "lrt_"
"""No token of ours or others begins so: theirs are three parts with dots."""
TICKET_MS: Final = 60_000
_NOBODY = sha256(b"no widget").hexdigest()
"""What a secret is compared with when there is no such widget: it takes as long, and never fits."""


class Widgets(Protocol):
    """The part of `server.ledger.widget_book` that is asked here. Raises `LedgerUnavailable`."""

    async def widget(self, widget: str) -> Widget | None: ...


@dataclass(frozen=True, slots=True)
class Overlay:
    """Whose ticket it was."""

    widget: str
    room: RoomId
    generation: int


def new_secret() -> tuple[str, str]:
    """Return a secret, to be shown once, and its digest, to be kept."""
    secret = f"lrw_{secrets.token_urlsafe(32)}"
    return secret, digest_of(secret)


def digest_of(secret: str) -> str:
    # Secrets of 256 random bits: nothing slower than a hash is needed against guessing.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class TicketOffice:
    def __init__(self, widgets: Widgets, tickets: Tickets, clock: Clock) -> None:
        self._widgets = widgets
        self._tickets = tickets
        self._clock = clock

    async def proven(self, widget: str, secret: str) -> Widget | None:
        """Return the widget whose secret this is; None = no such widget, or not its secret, and nobody learns which.

        Raises `LedgerUnavailable`.
        """
        found = await self._widgets.widget(widget)
        fits = hmac.compare_digest(digest_of(secret), _NOBODY if found is None else found.digest)
        return found if fits else None

    async def issue(self, found: Widget) -> tuple[str, int]:
        """Return a ticket for a widget that was `proven`, and when it ends, Unix ms. Raises `HotUnavailable`."""
        ticket = PREFIX + secrets.token_urlsafe(24)
        holds = f"{found.generation}:{found.id}".encode()
        await self._tickets.put_ticket(digest_of(ticket), holds, TICKET_MS)
        return ticket, self._clock.now_ms() + TICKET_MS

    async def redeem(self, ticket: str) -> Overlay | None:
        """Return whose ticket this is, once; None = used, over, never given, or its secret was replaced meanwhile.

        Raises `LedgerUnavailable`, `HotUnavailable`; then the ticket may be spent: whoever has the secret buys another.
        """
        held = await self._tickets.take_ticket(digest_of(ticket))
        if held is None:
            return None
        generation, _, widget = held.decode().partition(":")
        found = await self._widgets.widget(widget)
        if found is None or found.generation != int(generation):
            return None
        return Overlay(found.id, found.room, found.generation)
