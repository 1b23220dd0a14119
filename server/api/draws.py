"""Draws over HTTP: opened with a commitment, called off, and the proof for everybody (P3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered, answered_json
from server.api.principals import Gate, Person, Proof, ShopServer
from server.api.problems import Problem, not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM, tier_to_enter
from server.api.shapes import Answer, OurId, Shape, Title
from server.credentials.access import subject_of
from server.credentials.keys import Seal
from server.domain.commands import CancelDraw, OpenDraw, RemoveDraw
from server.domain.decide.draws import LONGEST_S, MOST_PLACES, MOST_PRIZES, SHORTEST_S
from server.domain.draw import Draw, Prize
from server.domain.fairness import ALGORITHM, SEED_BYTES, commitment_of
from server.domain.ladder import effective_tier
from server.domain.room import Json, prize_view, winners_view
from server.domain.rulebook import Rulebook
from server.domain.state import Room
from server.ids import DrawId, TierId, derived
from server.intake import Intake
from server.ledger.ports import QueriesPort

_DRAW = {"draw": TypeAdapter[str](OurId)}
_OF_ROOM = {**ROOM, **_DRAW}
_TAG = "draws"
DAY_MS = 86_400_000

Entropy = Callable[[int], bytes]
"""So many random bytes that nobody can guess."""


class PrizeShape(Shape):
    """`points` gives points, `coupon` takes `off` an order (from `min` on), `goods` are handed over by the shop."""

    name: Title
    count: Annotated[int, Field(ge=1, le=MOST_PLACES)] = 1
    kind: Literal["points", "coupon", "goods"]
    points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    off: Annotated[int, Field(ge=1, le=1_000_000, description="minor units")] | None = None
    min: Annotated[int, Field(ge=0, le=100_000_000, description="minor units")] | None = None
    days: Annotated[int, Field(ge=1, le=365)] | None = None
    """How long the coupon may be used; 7 unless given."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        wanted = {"points": {"points"}, "coupon": {"off"}, "goods": set[str]()}[self.kind]
        allowed = wanted | ({"min", "days"} if self.kind == "coupon" else set())
        given = {name for name in ("points", "off", "min", "days") if getattr(self, name) is not None}
        if missing := wanted - given:
            raise ValueError(f"a prize of kind {self.kind} needs {', '.join(sorted(missing))}")
        if strange := given - allowed:
            raise ValueError(f"a prize of kind {self.kind} has no {', '.join(sorted(strange))}")
        return self

    def prize(self) -> Prize:
        return Prize(
            self.name,
            self.count,
            self.kind,
            self.points or 0,
            self.off or 0,
            self.min or 0,
            (self.days or 7) * DAY_MS if self.kind == "coupon" else 0,
        )


class PostDraw(Shape):
    """What is settled here never changes; a seed is made and promised at once."""

    title: Title
    cost: Annotated[int, Field(ge=0, le=1_000_000, description="points for one entry; 0 = free")]
    prizes: Annotated[list[PrizeShape], Field(min_length=1, max_length=MOST_PRIZES)]
    seconds: Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S)]
    max_entries: Annotated[int, Field(ge=1, le=100)] = 1
    """Entries one member may have."""

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if sum(prize.count for prize in self.prizes) > MOST_PLACES:
            raise ValueError(f"at most {MOST_PLACES} winners in all")
        return self


class PatchDraw(Shape):
    action: Literal["cancel"]


class DrawAnswer(Answer):
    id: str
    state: Literal["open", "closed", "drawn", "cancelled"]
    title: str
    cost: int
    max_entries: int
    entries: int
    ends_ms: int
    commitment: str
    """SHA-256 of the 32 bytes of the seed, then the id of the draw."""


class ProofPrize(Answer):
    name: str
    count: int
    kind: str
    points: int | None = None
    off: int | None = None
    min: int | None = None


class ProofWinner(Answer):
    prize: int
    """Its place among the prizes, from 0."""
    ticket: int
    name: str
    """Empty = somebody who does not want to be named."""


class ProofAnswer(Answer):
    """All that is needed to recompute a draw (docs/decisions/0043-provably-fair.md)."""

    algorithm: str
    draw: str
    room: str
    title: str
    state: Literal["open", "closed", "drawn", "cancelled"]
    cost: int
    prizes: list[ProofPrize]
    opened_ms: int
    ends_ms: int
    commitment: str
    entries: int
    entry_list: str | None
    """The closed list, to the byte; null until it is closed."""
    list_hash: str | None
    """SHA-256 of the list in UTF-8."""
    closed_ms: int | None
    seed: str | None
    """64 hex digits; null until it is public."""
    settled_ms: int | None
    winners: list[ProofWinner] | None


@dataclass(frozen=True, slots=True)
class Draws:
    """The noun `draws`."""

    queries: QueriesPort
    intake: Intake
    seal: Seal
    entropy: Entropy
    proof: Proof
    rulebook_at: Callable[[int], Rulebook]

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/rooms/{room}/draws",
                "openDraw",
                _TAG,
                "Open a draw; its seed is promised before anybody can enter.",
                MANAGERS,
                self.open,
                ROOM,
                bodies={JSON: PostDraw},
                answer=DrawAnswer,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("limit_reached", "bad_request"))),
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}/draws/{draw}",
                "cancelDraw",
                _TAG,
                "Call an open draw off; everybody gets their points back.",
                MANAGERS,
                self.cancel,
                _OF_ROOM,
                bodies={JSON: PatchDraw},
                answer=DrawAnswer,
                refusals=(NOT_FOUND, Refusal(409, ("closed",))),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/draws/{draw}",
                "removeDraw",
                _TAG,
                "Take a draw that is over out of the room's view; its proof stays.",
                MANAGERS,
                self.remove,
                _OF_ROOM,
                status=204,
                refusals=(NOT_FOUND, Refusal(409, ("not_over",))),
            ),
            Operation(
                "GET",
                "/v1/draws/{draw}/proof",
                "getDrawProof",
                _TAG,
                "All that anyone needs to recompute a draw. Of a members-only room: with a token or key for it.",
                Gate(public=True),
                self.prove,
                _DRAW,
                answer=ProofAnswer,
                refusals=(NOT_FOUND, Refusal(403, ("members_only",))),
                cross_origin=True,
            ),
        )

    async def open(self, call: Call) -> Response:
        body = call.body_as(PostDraw)
        origin = call.origin(call.path["room"])
        draw = DrawId(derived("d", origin.source, origin.event))
        seed = self.entropy(SEED_BYTES)
        command = OpenDraw(
            origin,
            draw,
            body.title,
            body.cost,
            tuple(prize.prize() for prize in body.prizes),
            body.seconds,
            commitment_of(seed, draw),
            self.seal.close(seed.hex()),
            self.entropy(16).hex(),
            body.max_entries,
        )
        applied(await self.intake.submit(command))
        return await self._shown(draw, 201)

    async def cancel(self, call: Call) -> Response:
        call.body_as(PatchDraw)
        draw = DrawId(call.path["draw"])
        applied(await self.intake.submit(CancelDraw(call.origin(call.path["room"]), draw)))
        return await self._shown(draw)

    async def remove(self, call: Call) -> Response:
        draw = DrawId(call.path["draw"])
        applied(await self.intake.submit(RemoveDraw(call.origin(call.path["room"]), draw)))
        return Response(status_code=204)

    async def prove(self, call: Call) -> Response:
        draw = await self.queries.draw(DrawId(call.path["draw"]))
        room = None if draw is None else await self.queries.room(draw.room)
        if draw is None or room is None:
            raise not_found("draw")
        await self._admit(call, room)
        tags = await self.queries.draw_tags(draw.id) if draw.list_hash is not None else ()
        return answered_json(proof_of(draw, draw.list_of(tags)))

    async def _shown(self, draw: DrawId, status: int = 200) -> Response:
        found = await self.queries.draw(draw)
        if found is None:
            raise not_found("draw")
        shown = DrawAnswer(
            id=found.id,
            state=found.state,
            title=found.title,
            cost=found.cost,
            max_entries=found.max_entries,
            entries=found.entries,
            ends_ms=found.ends_ms,
            commitment=found.commitment,
        )
        return answered(shown, status)

    async def _admit(self, call: Call, room: Room) -> None:
        """Let nobody see a members-only room's draw who may not see the room (R10). Raises the 403."""
        tier = tier_to_enter(room)
        if tier is None:
            return
        closed = Problem(403, "members_only", f"this room is open from tier {tier}", extra={"tier": tier})
        if "authorization" not in call.headers:
            raise closed
        match await self.proof.of(call.headers, call.raw):
            case ShopServer(key) if "rooms" in key.scopes:
                return
            case Person(claims) if claims.role == "operator":
                return
            case Person(claims) if claims.may_enter(room.id):
                if claims.role == "host" or await self._reaches(claims.sub, tier, call.received_ms):
                    return
            case _:
                pass
        raise closed

    async def _reaches(self, sub: str, tier: str, now_ms: int) -> bool:
        subject = subject_of(sub)
        who = (await self.queries.resolve([subject])).get(subject)
        member = None if who is None else (await self.queries.members([who], now_ms)).get(who)
        if member is None:
            return False
        rulebook = self.rulebook_at(now_ms)
        ranks = rulebook.ranks
        needed = TierId(tier)
        return needed in ranks and ranks[effective_tier(member, rulebook, now_ms)] >= ranks[needed]


def proof_of(draw: Draw, text: str) -> Json:
    """Return the proof of a draw; `text` is its list, shown once it is closed."""
    closed = draw.list_hash is not None
    return {
        "algorithm": ALGORITHM,
        "draw": draw.id,
        "room": draw.room,
        "title": draw.title,
        "state": draw.state,
        "cost": draw.cost,
        "prizes": [prize_view(prize) for prize in draw.prizes],
        "opened_ms": draw.opened_ms,
        "ends_ms": draw.ends_ms,
        "commitment": draw.commitment,
        "entries": draw.entries,
        "entry_list": text if closed else None,
        "list_hash": draw.list_hash,
        "closed_ms": draw.closed_ms,
        "seed": draw.seed,
        "settled_ms": draw.settled_ms,
        "winners": winners_view(draw) if draw.seed is not None else None,
    }
