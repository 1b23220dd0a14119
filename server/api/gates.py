"""Early-access gates over HTTP, and the permits that the mall verifies (L5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered, answered_json
from server.api.principals import Gate as DoorGate
from server.api.problems import Problem, not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, ForeignId, OurId, Shape, Title, UnixMs
from server.credentials.permits import MAX_CHARS, Permits
from server.domain.commands import CancelGate, OpenGate, VerifyPermit
from server.domain.gates import MOST_PER_MEMBER, MOST_STOCK, PER_MEMBER, GateStand
from server.domain.money import MAX_AMOUNT
from server.ids import GateId, RoomId, derived
from server.intake import Intake
from server.ledger.ports import QueriesPort

_GATE = {**ROOM, "gate": TypeAdapter[str](OurId)}
_SHOP = DoorGate(scope="permits")
_TAG = "gates"


class Seals(Protocol):
    """`server.credentials.keys.Seal`."""

    def close(self, secret: str) -> str: ...


class PostGate(Shape):
    """A sale that opens tier by tier: when to whom follows from the benefits in force (B2)."""

    sku: ForeignId
    title: Title
    price: Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
    """Minor units."""
    link: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2_000)]
    """Where the piece is bought. Kept sealed; it goes out with a permit only."""
    public_ms: UnixMs
    """When everybody may buy."""
    stock: Annotated[int, Field(ge=1, le=MOST_STOCK)]
    early_share: Annotated[float, Field(ge=0, le=0.3, strict=False)] = 0.3
    """Of the stock, that may go before `public_ms`."""
    per_member: Annotated[int, Field(ge=1, le=MOST_PER_MEMBER)] | None = PER_MEMBER
    """Pieces one member may buy; null = no end."""
    cobrand: bool = False
    """Made with another brand: `cobrand_early_access` of the tiers opens it early, instead of `early_access`."""


class GateAnswer(Answer):
    id: str
    sku: str
    title: str
    price: int
    public_ms: int
    opens_ms: dict[str, int]
    """Tier → when it opens to it."""
    stock: int
    early: int
    """Pieces that may go before `public_ms`."""
    verified: int
    """Pieces sold."""
    per_member: int | None
    """Pieces one member may buy; null = no end."""
    state: str


class PostVerify(Shape):
    permit: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]
    sku: ForeignId


class VerifyAnswer(Answer):
    ok: bool
    member: str


@dataclass(frozen=True, slots=True)
class Gates:
    """The nouns `gates` and `permits`."""

    queries: QueriesPort
    intake: Intake
    permits: Permits
    seal: Seals

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/rooms/{room}/gates",
                "openGate",
                _TAG,
                "Announce an early-access gate in the live show.",
                MANAGERS,
                self.open,
                ROOM,
                bodies={JSON: PostGate},
                answer=GateAnswer,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("off_air", "limit_reached", "bad_request"))),
            ),
            Operation(
                "GET",
                "/v1/rooms/{room}/gates/{gate}",
                "getGate",
                _TAG,
                "One gate, and what it has sold.",
                MANAGERS,
                self.get,
                _GATE,
                answer=GateAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/gates/{gate}",
                "cancelGate",
                _TAG,
                "Give no more permits. Those given stay good for their minute.",
                MANAGERS,
                self.cancel,
                _GATE,
                answer=GateAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/permits/verify",
                "verifyPermit",
                _TAG,
                "Use a permit, once: the piece is the member's. Fails closed.",
                _SHOP,
                self.verify,
                bodies={JSON: PostVerify},
                answer=VerifyAnswer,
                refusals=(
                    Refusal(404, ("not_found",)),
                    Refusal(409, ("permit_used", "permit_other_sku", "permit_invalid")),
                    Refusal(410, ("permit_expired",)),
                ),
            ),
            Operation(
                "GET",
                "/.well-known/jwks.json",
                "permitKeys",
                _TAG,
                "The public key that permits are signed with (RFC 7517).",
                DoorGate(public=True),
                self.keys,
            ),
        )

    async def open(self, call: Call) -> Response:
        body = call.body_as(PostGate)
        origin = call.origin(call.path["room"])
        gate = GateId(derived("g", origin.source, origin.event))
        command = OpenGate(
            origin=origin,
            gate=gate,
            sku=body.sku,
            title=body.title,
            price=body.price,
            link=self.seal.close(body.link),
            public_ms=body.public_ms,
            stock=body.stock,
            early_percent=int(body.early_share * 100 + 1e-9),
            per_member=body.per_member,
            cobrand=body.cobrand,
        )
        applied(await self.intake.submit(command))
        return await self._shown(gate, call.path["room"], 201)

    async def get(self, call: Call) -> Response:
        return await self._shown(GateId(call.path["gate"]), call.path["room"])

    async def cancel(self, call: Call) -> Response:
        gate = GateId(call.path["gate"])
        applied(await self.intake.submit(CancelGate(call.origin(call.path["room"]), gate)))
        return await self._shown(gate, call.path["room"])

    async def verify(self, call: Call) -> Response:
        body = call.body_as(PostVerify)
        claims = self.permits.read(body.permit)
        if claims is None:
            raise Problem(409, "permit_invalid", "permit: it is not one of ours, or was changed")
        origin = call.origin(RoomId(claims.room))
        receipt = await self.intake.submit(VerifyPermit(origin, claims.permit, body.sku, claims.member))
        applied(receipt)
        # Who it was given to may be part of another member by now (X1).
        now = dict(receipt.details).get("member", claims.member)
        return answered(VerifyAnswer(ok=True, member=str(now)))

    async def keys(self, _call: Call) -> Response:
        return answered_json({"keys": [dict(key) for key in self.permits.jwks()["keys"]]})

    async def _shown(self, gate: GateId, room: str, status: int = 200) -> Response:
        found = await self.queries.gate(gate)
        if found is None or found.gate.room != room:
            raise not_found("gate")
        return answered(_line(found), status)


def _line(stand: GateStand) -> GateAnswer:
    gate = stand.gate
    return GateAnswer(
        id=gate.id,
        sku=gate.sku,
        title=gate.title,
        price=gate.price,
        public_ms=gate.public_ms,
        opens_ms=dict(gate.opens),
        stock=gate.stock,
        early=gate.early,
        verified=stand.verified,
        per_member=stand.per_member,
        state=gate.state,
    )
