"""Members over HTTP: the card, names, identities and the ledger's lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered, answered_json
from server.api.principals import Gate, Person
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.shapes import (
    Answer,
    Birthday,
    ForeignId,
    MemberName,
    OurId,
    Shape,
    SubjectText,
    TierName,
    UnixMs,
)
from server.credentials.access import subject_of
from server.domain.commands import ById, GrantByHand, LinkIdentity, MergeMembers, UpdateMember
from server.domain.decide.coupons import usable
from server.domain.room import Json
from server.domain.state import Coupon, Member
from server.ids import CouponId, MemberId
from server.intake import Intake
from server.ledger.ports import QueriesPort
from server.text.names import clean_name

CardView = Callable[[Member, int], Json]
"""The MemberCard of PROTOCOL §1.3 of a member at a time (Unix ms)."""

MOST_GRANTED = 100_000_000
"""Points or growth at once: a slip of the hand must not become a fortune."""
_ID = {"id": TypeAdapter[str](SubjectText)}
_READERS = Gate(scope="members", operator=True, own="id")
_WRITERS = Gate(scope="members", operator=True)
_NOT_FOUND = Refusal(404, ("not_found",))
_TAG = "members"


class PutMember(Shape):
    """Make the member known, or change what is given; what is absent stays."""

    name: MemberName | None = None
    birthday: Birthday | None = None


class PostIdentity(Shape):
    platform: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    openid: ForeignId

    @field_validator("platform")
    @classmethod
    def _not_ours(cls, platform: str) -> str:
        if platform == "member":
            raise ValueError("`member` names our own ids")
        return platform


class PostGrant(Shape):
    """Exactly one of points, growth and tier; a tier with the time it ends."""

    points: Annotated[int, Field(gt=0, le=MOST_GRANTED)] | None = None
    growth: Annotated[int, Field(gt=0, le=MOST_GRANTED)] | None = None
    tier: TierName | None = None
    until_ms: UnixMs | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    """For the audit; the member does not see it."""


class PostMerge(Shape):
    """The other account of the same person; it is part of this one from now on, and nothing brings it back."""

    from_: Annotated[SubjectText, Field(alias="from")]


class EntriesQuery(Shape):
    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    """Only entries with a smaller id; absent = from the newest."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CouponsQuery(Shape):
    before: OurId | None = None
    """The id of a coupon: only those given before it; absent = from the newest."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Identity(Answer):
    platform: str
    openid: str


class MemberAnswer(Answer):
    card: dict[str, object]
    """The MemberCard of PROTOCOL §1.3."""
    identities: list[Identity]
    created_ms: int
    merged_into: str | None = None
    """Present when the id asked for is part of this member by now."""


class EntryLine(Answer):
    """One line of the append-only ledger (X7)."""

    id: int
    member: str
    """By the id it had then: an account that was merged keeps its lines (X1)."""
    book: str
    delta: int
    rule: str
    source: str
    event: str
    order: str | None
    room: str | None
    show: str | None
    at_ms: int
    rulebook_version: int
    actor: str
    """Empty to a viewer, unless it was they: keys and operators are the shop's own affair (R10)."""


class EntriesAnswer(Answer):
    entries: list[EntryLine]
    next: int | None
    """Send it as `before` for the next page; null = there is none."""


class CouponLine(Answer):
    id: str
    title: str
    off: int
    """Minor units off."""
    min: int
    """Smallest order in minor units."""
    granted_ms: int
    expires_ms: int
    reason: str
    state: Literal["open", "used", "expired"]
    used_by: str | None
    """The order it paid into."""


class CouponsAnswer(Answer):
    coupons: list[CouponLine]
    next: str | None
    """Send it as `before` for the next page; null = there is none."""


class IdentitiesAnswer(Answer):
    identities: list[Identity]


@dataclass(frozen=True, slots=True)
class Members:
    """The noun `members`."""

    queries: QueriesPort
    intake: Intake
    card: CardView

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/members/{id:path}/entries",
                "listEntries",
                _TAG,
                "The member's lines in the ledger, newest first.",
                _READERS,
                self.list_entries,
                _ID,
                query=EntriesQuery,
                answer=EntriesAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "GET",
                "/v1/members/{id:path}/coupons",
                "listCoupons",
                _TAG,
                "The member's coupons, newest first: open, used and expired.",
                _READERS,
                self.list_coupons,
                _ID,
                query=CouponsQuery,
                answer=CouponsAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/members/{id:path}/identities",
                "linkIdentity",
                _TAG,
                "Let an identity on another platform mean this member.",
                _WRITERS,
                self.link_identity,
                _ID,
                bodies={JSON: PostIdentity},
                answer=IdentitiesAnswer,
                refusals=(Refusal(409, ("identity_taken",)),),
            ),
            Operation(
                "POST",
                "/v1/members/{id:path}/merge",
                "mergeMembers",
                _TAG,
                "Let this member have all that another account of the same person has. It cannot be undone.",
                _WRITERS,
                self.merge,
                _ID,
                bodies={JSON: PostMerge},
                answer=MemberAnswer,
                refusals=(_NOT_FOUND, Refusal(409, ("bad_request",))),
            ),
            Operation(
                "POST",
                "/v1/members/{id:path}/grants",
                "grantByHand",
                _TAG,
                "Give points or growth, or a tier for a while. Kept with who gave it and why.",
                Gate(operator=True),
                self.grant,
                _ID,
                bodies={JSON: PostGrant},
                answer=MemberAnswer,
                refusals=(Refusal(409, ("bad_request",)),),
            ),
            Operation(
                "GET",
                "/v1/members/{id:path}",
                "getMember",
                _TAG,
                "The member's card, identities and first contact.",
                _READERS,
                self.get_member,
                _ID,
                answer=MemberAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/members/{id:path}",
                "putMember",
                _TAG,
                "Make the member known, or change name or birthday.",
                _WRITERS,
                self.put_member,
                _ID,
                bodies={JSON: PutMember},
                answer=MemberAnswer,
            ),
        )

    async def get_member(self, call: Call) -> Response:
        return await self._shown(call)

    async def put_member(self, call: Call) -> Response:
        body = call.body_as(PutMember)
        name = None if body.name is None else clean_name(body.name)
        command = UpdateMember(call.origin(), subject_of(call.path["id"]), name=name, birthday=body.birthday)
        applied(await self.intake.submit(command))
        return await self._shown(call)

    async def grant(self, call: Call) -> Response:
        body = call.body_as(PostGrant)
        command = GrantByHand(
            call.origin(),
            subject_of(call.path["id"]),
            body.reason,
            points=body.points or 0,
            growth=body.growth or 0,
            tier=body.tier,
            until_ms=body.until_ms,
        )
        applied(await self.intake.submit(command))
        return await self._shown(call)

    async def merge(self, call: Call) -> Response:
        gone = subject_of(call.body_as(PostMerge).from_)
        applied(await self.intake.submit(MergeMembers(call.origin(), subject_of(call.path["id"]), gone)))
        return await self._shown(call)

    async def link_identity(self, call: Call) -> Response:
        body = call.body_as(PostIdentity)
        command = LinkIdentity(call.origin(), subject_of(call.path["id"]), body.platform, body.openid)
        applied(await self.intake.submit(command))
        return answered(IdentitiesAnswer(identities=await self._identities(await self._member_id(call))))

    async def list_entries(self, call: Call) -> Response:
        query = call.query_as(EntriesQuery)
        member = await self._member_id(call)
        found = await self.queries.entries(member, query.before, query.limit)
        staff = not (isinstance(call.who, Person) and call.who.claims.role == "viewer")
        lines = [
            EntryLine(
                id=entry.id,
                member=entry.member,
                book=entry.book,
                delta=entry.delta,
                rule=entry.rule,
                source=entry.source,
                event=entry.event,
                order=entry.order,
                room=entry.room,
                show=entry.show,
                at_ms=entry.at_ms,
                rulebook_version=entry.rulebook_version,
                actor=entry.actor if staff or entry.actor == call.who.actor else "",
            )
            for entry in found
        ]
        more = lines[-1].id if len(lines) == query.limit else None
        return answered(EntriesAnswer(entries=lines, next=more))

    async def list_coupons(self, call: Call) -> Response:
        query = call.query_as(CouponsQuery)
        member = await self._member_id(call)
        before = None if query.before is None else CouponId(query.before)
        found = await self.queries.coupons(member, before, query.limit)
        lines = [
            CouponLine(
                id=coupon.id,
                title=coupon.title,
                off=coupon.off,
                min=coupon.min,
                granted_ms=coupon.granted_ms,
                expires_ms=coupon.expires_ms,
                reason=coupon.reason,
                state=_state(coupon, call.received_ms),
                used_by=coupon.used_by,
            )
            for coupon in found
        ]
        more = lines[-1].id if len(lines) == query.limit else None
        return answered(CouponsAnswer(coupons=lines, next=more))

    async def _shown(self, call: Call) -> Response:
        member_id = await self._member_id(call)
        member = (await self.queries.members((member_id,), call.received_ms)).get(member_id)
        if member is None:
            raise not_found("member")
        identities: list[Json] = [
            {"platform": one.platform, "openid": one.openid} for one in await self._identities(member_id)
        ]
        shown: dict[str, Json] = {
            "card": self.card(member, call.received_ms),
            "identities": identities,
            "created_ms": member.created_ms,
        }
        asked = subject_of(call.path["id"])
        if isinstance(asked, ById) and asked.member != member_id:
            shown["merged_into"] = member_id
        return answered_json(shown)

    async def _identities(self, member: MemberId) -> list[Identity]:
        return [
            Identity(platform=platform, openid=openid)
            for platform, openid in await self.queries.identities(member)
        ]

    async def _member_id(self, call: Call) -> MemberId:
        subject = subject_of(call.path["id"])
        found = (await self.queries.resolve((subject,))).get(subject)
        if found is None:
            raise not_found("member")
        return found


def _state(coupon: Coupon, now_ms: int) -> Literal["open", "used", "expired"]:
    if coupon.used_by is not None:
        return "used"
    return "open" if usable(coupon, now_ms) else "expired"
