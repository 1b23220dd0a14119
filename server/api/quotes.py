"""What a member would pay, over HTTP: the one arithmetic for the mall and the room (B1, B9, E11). Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.shapes import Answer, ForeignId, OurId, Shape, SubjectText
from server.credentials.access import subject_of
from server.domain.days import Calendar
from server.domain.decide.membership import newcomer
from server.domain.decide.orders import order_multiplier
from server.domain.ladder import effective_tier
from server.domain.money import MAX_AMOUNT
from server.domain.pricing import Item, day_percent, fits, member_price, order_gain, percent_off, quote
from server.domain.rulebook import Rulebook
from server.domain.state import Coupon, Member, Show
from server.domain.world import World
from server.ids import MemberId, RoomId
from server.ledger.ports import QueriesPort

_SHOP = Gate(scope="events")
_TAG = "quotes"
_NOBODY = MemberId("nobody")
"""Stands for an identity never seen; only its tier, the lowest, is asked of it."""
Price = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="minor units")]


class QuoteItem(Shape):
    price: Price
    """The live price of one piece."""
    quantity: Annotated[int, Field(ge=1, le=9_999)] = 1
    sku: ForeignId | None = None


class PostQuote(Shape):
    """Either `price`, or `items`."""

    member: SubjectText
    price: Price | None = None
    items: Annotated[list[QuoteItem], Field(min_length=1, max_length=100)] | None = None
    room: OurId | None = None
    """Where it is bought: the offers of its live show count."""
    coupon: ForeignId | None = None
    points: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] = 0
    """So many at most; no more are used than the member has and the order takes."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.price is None) == (self.items is None):
            raise ValueError("price: give either price or items")
        return self


class QuotedItem(Answer):
    price: int
    quantity: int
    member_price: int
    """Of one piece."""
    sku: str | None = None


class QuotedCoupon(Answer):
    id: str
    off: int
    """What it takes off this order."""


class QuotedPoints(Answer):
    used: int
    off: int


class Earns(Answer):
    points: int
    growth: int


class QuoteAnswer(Answer):
    """The lines in the order discounts have: member price, one coupon, points."""

    member: str | None
    """Null = never seen here; priced as everybody's tier."""
    tier: str
    """The one whose prices hold, a boost included."""
    items: list[QuotedItem]
    live_price: int
    member_price: int
    coupon: QuotedCoupon | None
    points: QuotedPoints
    to_pay: int
    saved: int
    """`live_price` less `to_pay`."""
    earns: Earns
    """What paying `to_pay` now would earn."""
    code: str | None = None
    """`coupon_refused`: quoted without the coupon."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """The noun `quotes`."""

    queries: QueriesPort
    rulebook_at: Callable[[int], Rulebook]
    calendar: Calendar

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/quotes",
                "quote",
                _TAG,
                "What a member would pay: member price, then one coupon, then points. Changes nothing.",
                _SHOP,
                self.quote,
                bodies={JSON: PostQuote},
                answer=QuoteAnswer,
                refusals=(Refusal(404, ("not_found",)), Refusal(409, ("amount_too_large",))),
                idempotent_key=False,
            ),
        )

    async def quote(self, call: Call) -> Response:
        body = call.body_as(PostQuote)
        now_ms = call.received_ms
        world = World(self.rulebook_at(now_ms), self.calendar)
        rulebook = world.rulebook
        show = await self._show(body.room)
        member = await self._member(body.member, now_ms)
        buyer = member or newcomer(_NOBODY, world, now_ms)
        items = _items(body)
        if sum(item.price * item.quantity for item in items) > MAX_AMOUNT:
            raise Problem(
                409, "amount_too_large", f"items: an order comes to at most {MAX_AMOUNT} minor units"
            )
        tier = effective_tier(buyer, rulebook, now_ms)
        percent = percent_off(tier, rulebook, show, day_percent(rulebook, self.calendar, now_ms))
        before = quote(items, percent, None, 0, rulebook)
        coupon = _coupon(buyer, body.coupon, before.member_price, now_ms)
        points = min(body.points, buyer.points - buyer.held)
        comes_to = quote(items, percent, coupon, points, rulebook)
        earns = order_gain(comes_to.to_pay, order_multiplier(buyer, world, now_ms), rulebook)
        shown = QuoteAnswer(
            member=None if member is None else member.id,
            tier=tier,
            items=[_quoted(item, percent) for item in items],
            live_price=comes_to.live_price,
            member_price=comes_to.member_price,
            coupon=None if coupon is None else QuotedCoupon(id=coupon.id, off=comes_to.coupon_off),
            points=QuotedPoints(used=comes_to.points, off=comes_to.points_off),
            to_pay=comes_to.to_pay,
            saved=comes_to.live_price - comes_to.to_pay,
            earns=Earns(points=earns.points, growth=earns.growth),
        )
        if body.coupon is not None and coupon is None:
            shown = shown.model_copy(update={"code": "coupon_refused"})
        return answered(shown)

    async def _show(self, room_id: str | None) -> Show | None:
        if room_id is None:
            return None
        room = await self.queries.room(RoomId(room_id))
        if room is None:
            raise not_found("room")
        return room.show

    async def _member(self, text: str, now_ms: int) -> Member | None:
        subject = subject_of(text)
        known = (await self.queries.resolve([subject])).get(subject)
        if known is None:
            return None
        return (await self.queries.members([known], now_ms)).get(known)


def _items(body: PostQuote) -> list[Item]:
    if body.items is None:
        return [Item(body.price or 0)]
    return [Item(item.price, item.quantity, item.sku) for item in body.items]


def _quoted(item: Item, percent: int) -> QuotedItem:
    pays = member_price(item.price, percent)
    if item.sku is None:
        return QuotedItem(price=item.price, quantity=item.quantity, member_price=pays)
    return QuotedItem(price=item.price, quantity=item.quantity, member_price=pays, sku=item.sku)


def _coupon(buyer: Member, wanted: str | None, total: int, now_ms: int) -> Coupon | None:
    return next((one for one in buyer.coupons if one.id == wanted and fits(one, total, now_ms)), None)
