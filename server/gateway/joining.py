"""Who may be on the live socket, and as whom: origins, tokens, rooms, names. Rules R10, L6; PROTOCOL §1.1, §2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Protocol
from urllib.parse import urlsplit

from broadcaster.close_codes import CloseCode
from broadcaster.frames import Card, Hello
from broadcaster.ports import Denied, Identity, Joined, Rejected, Upgrade
from member_cache.errors import SourceUnavailable
from server.clock import Clock
from server.credentials.access import Claims, subject_of
from server.credentials.tickets import PREFIX as TICKET, Overlay
from server.domain.commands import Origin, Subject, UpdateMember
from server.domain.moderation import is_banned
from server.domain.state import Member, Room, Show
from server.domain.unguarded import unguarded
from server.errors import InternalFault, TokenExpired, TokenInvalid, Unavailable
from server.gateway.cards import Cards
from server.gateway.doors import RETRY_MS, STAFF, Doors
from server.gateway.entering import Entering
from server.gateway.entrances import Entrances
from server.gateway.identities import Identities
from server.gateway.overlays import identity_of
from server.gateway.ports import Submits, Truth
from server.gateway.rooms import Rooms
from server.hot.errors import HotUnavailable
from server.ids import MemberId, RoomId, is_our_id
from server.ledger.errors import LedgerUnavailable
from server.text.names import clean_name

SURFACES = ("viewer", "broadcast", "host")
ANONYMOUS = Identity(None, "anonymous")
_BROADCAST = Identity(None, "broadcast")


class Verifies(Protocol):
    """`server.credentials.access.Tokens`."""

    def verify(self, token: str, now_ms: int) -> Claims: ...


class Redeems(Protocol):
    """`server.credentials.tickets.TicketOffice`. Raises `LedgerUnavailable`, `HotUnavailable`."""

    async def redeem(self, ticket: str) -> Overlay | None: ...


class Origins:
    """Which pages' sockets are let in. `allowed`: full origins (``https://shop.example``)."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = {origin.rstrip("/").lower() for origin in allowed}

    def judge(self, upgrade: Upgrade) -> Denied | None:
        """No origin = not a browser: let in. The same host: let in. Others only by the list (R10)."""
        origin = upgrade.origin
        if origin is None or origin.lower() in self._allowed:
            return None
        try:
            host = urlsplit(origin).netloc.lower()
        except ValueError:
            host = ""
        if host and host == upgrade.host.lower():
            return None
        return Denied(403, "this origin is not on the list of --origins")


@unguarded
@dataclass(frozen=True, slots=True)
class _Person:
    """A proven identity, and what the token said about it."""

    identity: Identity
    subject: Subject | None = None
    claims: Claims | None = None


class Joining:
    def __init__(
        self,
        *,
        tokens: Verifies,
        tickets: Redeems,
        identities: Identities,
        rooms: Rooms,
        cards: Cards,
        intake: Submits,
        truth: Truth,
        entering: Entering,
        entrances: Entrances,
        doors: Doors,
        clock: Clock,
    ) -> None:
        self._doors = doors
        self._entering = entering
        self._entrances = entrances
        self._tokens = tokens
        self._tickets = tickets
        self._identities = identities
        self._rooms = rooms
        self._cards = cards
        self._intake = intake
        self._truth = truth
        self._clock = clock

    async def join(self, hello: Hello, present: Identity | None) -> Joined | Rejected:
        """Judge a hello. `present` = who the connection is already, at a repeated one."""
        if hello.surface not in SURFACES:
            return Rejected(4500, f"surface must be one of {', '.join(SURFACES)}")
        now_ms = self._clock.now_ms()
        person = await self._person(hello, present, now_ms)
        if isinstance(person, Rejected):
            return person
        if hello.surface == "host" and person.identity.role not in STAFF:
            return Rejected(4501, "surface host needs a host's or operator's token")
        room = await self._room(hello.room)
        if isinstance(room, Rejected):
            return room
        return await self._let_in(person, room, now_ms)

    async def refresh(self, token: str, present: Identity, room: str, surface: str) -> Joined | Rejected:
        """Judge a new token of a live connection; a refusal ends it with 4501 (PROTOCOL §1.1)."""
        again = Hello(room, surface, token, token_given=True)
        verdict = await self.join(again, present)
        if isinstance(verdict, Rejected) and verdict.code < 4500:
            # We cannot know now (SQL away); the token itself holds, and the card follows when it can.
            person = await self._person(again, present, self._clock.now_ms())
            return verdict if isinstance(person, Rejected) else Joined(person.identity, None)
        return verdict

    # --- who ---------------------------------------------------------------------------------------

    async def _person(self, hello: Hello, present: Identity | None, now_ms: int) -> _Person | Rejected:
        if hello.token is None:
            return self._without_token(hello, present, now_ms)
        if hello.token.startswith(TICKET):
            return await self._with_ticket(hello, hello.token, present)
        try:
            claims = self._tokens.verify(hello.token, now_ms)
        except TokenExpired as refused:
            return Rejected(4005, refused.reason)
        except TokenInvalid as refused:
            return Rejected(4501, refused.reason)
        if not claims.may_enter(hello.room):
            return Rejected(4502, "the token is for other rooms")
        if present is not None and present.sub is not None and present.sub != claims.sub:
            return Rejected(4501, "the token belongs to somebody else")
        if claims.role in STAFF or hello.surface == "broadcast":
            # Nothing personal ever goes to a broadcast overlay (OVERLAY), whoever's token it shows.
            role = claims.role if claims.role in STAFF else "broadcast"
            return _Person(Identity(None, role, claims.sub, claims.exp_ms), claims=claims)
        subject = subject_of(claims.sub)
        member = await self._identities.member(subject)
        return _Person(Identity(member, "viewer", claims.sub, claims.exp_ms), subject, claims)

    async def _with_ticket(self, hello: Hello, ticket: str, present: Identity | None) -> _Person | Rejected:
        """A broadcast overlay of this room and nothing else: it reads (PROTOCOL §2)."""
        if hello.surface != "broadcast":
            return Rejected(4501, "a ticket is for surface broadcast")
        try:
            overlay = await self._tickets.redeem(ticket)
        except (LedgerUnavailable, HotUnavailable):
            return Rejected(4004, "tickets cannot be looked up now", RETRY_MS)  # fail closed
        if overlay is None:
            return Rejected(4005, "this ticket is used, over or worthless: ask for another")
        if overlay.room != hello.room:
            return Rejected(4502, "the ticket is for another room")
        identity = identity_of(overlay)
        if present is not None and present.sub is not None and present.sub != identity.sub:
            return Rejected(4501, "the ticket belongs to somebody else")
        return _Person(identity)

    def _without_token(self, hello: Hello, present: Identity | None, now_ms: int) -> _Person | Rejected:
        if present is not None and present.sub is not None:
            if hello.token_given:
                return Rejected(4501, "a signed-in connection cannot become anonymous")
            if present.expires_ms is not None and now_ms >= present.expires_ms:
                return Rejected(4005, "the token has expired")
            return _Person(present)
        return _Person(_BROADCAST if hello.surface == "broadcast" else ANONYMOUS)

    # --- where -------------------------------------------------------------------------------------

    async def _room(self, room_id: str) -> Room | Rejected:
        if not is_our_id(room_id):
            return Rejected(4502, "no such room")
        try:
            room = await self._rooms.get(RoomId(room_id))
        except LedgerUnavailable:
            return Rejected(4004, "this room cannot be looked up now", RETRY_MS)
        return Rejected(4502, "no such room") if room is None else room

    async def _let_in(self, person: _Person, room: Room, now_ms: int) -> Joined | Rejected:
        identity = person.identity
        who = None if identity.member is None else MemberId(identity.member)
        member = None if who is None else await self._member(person, who, now_ms)
        if (refused := await self._doors.judge(identity, member, room, now_ms)) is not None:
            return refused
        if member is None:
            return Joined(identity, None)
        if is_banned(member.restrictions, room.id, now_ms):
            return Rejected(CloseCode.BANNED, "banned here")
        self._entering.let_in(member, room.id, now_ms)
        self._entrances.let_in(member, room, now_ms)
        # A token of an account that is part of another by now is as good as one of that member (X1).
        if identity.member != member.id:
            identity = replace(identity, member=member.id)
        return Joined(identity, self._card(member, room, now_ms))

    def _card(self, member: Member, room: Room, now_ms: int) -> Card:
        return self._cards.render(member, shown_show(room), now_ms)

    # --- under which name --------------------------------------------------------------------------

    async def _member(self, person: _Person, member_id: MemberId, now_ms: int) -> Member | None:
        """Return the member, renamed durably first if the token says so; None = nobody can say now (SQL away)."""
        name = person.claims.name if person.claims is not None else None
        try:
            member = await self._cards.member(member_id, now_ms, name)
        except SourceUnavailable:
            return None
        if person.claims is None or person.subject is None or not name:
            return member
        wanted = clean_name(name)
        is_new = member.version == 0
        if not is_new and (person.claims.iat_ms <= member.name_as_of_ms or wanted == member.name):
            return member
        try:
            await self._intake.submit(
                _rename(person.subject, member.id, wanted, person.claims.iat_ms, now_ms)
            )
            return (await self._truth.members([member.id], now_ms)).get(member.id, member)
        except (LedgerUnavailable, Unavailable, InternalFault):
            return member  # joining goes on; the name comes with the next join


def shown_show(room: Room | None) -> Show | None:
    return room.show if room is not None else None


def _rename(subject: Subject, member: MemberId, name: str, iat_ms: int, now_ms: int) -> UpdateMember:
    digest = blake2b(name.encode(), digest_size=8).hexdigest()
    return UpdateMember(
        # The same token says the same name: joining again with it changes nothing (R2).
        origin=Origin("join", f"{member}:{iat_ms}:{digest}", digest, now_ms, actor=member),
        who=subject,
        name=name,
        name_as_of_ms=iat_ms,
    )
