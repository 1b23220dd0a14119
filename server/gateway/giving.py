"""Whom and what an act of giving means: author tags become members, codes become gifts (P5).

Both never change, so they are looked up before the ledger decides.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from server.credentials.access import subject_of
from server.domain.commands import Origin, Subject
from server.domain.decide.gifts import gift_id
from server.domain.gift_commands import ClaimGift, GiveByLink, GivePoints
from server.domain.room import Json
from server.gateway.ports import Truth
from server.gateway.wishes import ClaimIt, GiveIt, Missing
from server.ids import AuthorTag, MemberId

Giving = GivePoints | GiveByLink | ClaimGift


def new_code() -> str:
    """Return a code for a link: 120 bits that nobody guesses, printable anywhere."""
    return secrets.token_urlsafe(15)


class Gifts:
    """Raises `LedgerUnavailable`."""

    def __init__(self, truth: Truth, new_code: Callable[[], str] = new_code) -> None:
        self._truth = truth
        self._new_code = new_code

    async def command_of(self, wish: GiveIt | ClaimIt, origin: Origin, who: Subject) -> Giving | Missing:
        if isinstance(wish, ClaimIt):
            gift = await self._truth.gift_of_code(wish.code)
            if gift is None:
                return Missing("not_found", "code: there is no such gift")
            return ClaimGift(origin, who, gift.id)
        if wish.to is None:
            return GiveByLink(origin, who, wish.points, self._new_code())
        friend = await self._friend(wish.to)
        if friend is None:
            return Missing("not_found", "to: there is no such member; give by link instead")
        return GivePoints(origin, who, friend, wish.points)

    async def link_of(self, origin: Origin) -> dict[str, Json] | None:
        """Return what the act that made a link says: the code that stands, also when it is asked again (R2)."""
        gift = await self._truth.gift(gift_id(origin))
        if gift is None or gift.code is None:
            return None
        return {"points": 0, "growth": 0, "rule": "gift", "code": gift.code, "expires_ms": gift.expires_ms}

    async def _friend(self, to: str) -> MemberId | None:
        author = await self._truth.author(AuthorTag(to))
        if author is not None:
            return author
        try:
            subject = subject_of(to)
        except ValueError:
            return None
        return (await self._truth.resolve([subject])).get(subject)
