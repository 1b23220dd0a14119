"""The events a shop server may send: CloudEvents 1.0 in structured JSON, one shape per type (PROTOCOL §2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    field_validator,
)

from server.api.shapes import (
    Amount,
    Birthday,
    Coded,
    Currency,
    ForeignId,
    MemberName,
    OurId,
    Shape,
    SubjectText,
)

MAX_BATCH = 1_000
MAX_LIKES = 50
_MAX_TEXT = 4_000
"""Characters of a comment as sent; what is over 200 graphemes is judged after cleaning."""
_JSON_TYPE = r"^application/json *(;.*)?$"
"""RFC 2046: parameters, as in ``; charset=utf-8``, leave the type what it is."""
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z")


class OrderItem(Shape):
    sku: ForeignId
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    price: Annotated[int, Field(ge=0, le=10**12, description="minor units")] | None = None


class OrderPaidData(Shape):
    order: ForeignId
    amount: Amount
    currency: Currency
    items: Annotated[tuple[OrderItem, ...], Field(max_length=500)] | None = None
    coupon: ForeignId | None = None


class OrderRefundedData(Shape):
    order: ForeignId
    amount: Amount


class CommentData(Shape):
    text: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_TEXT)]


class LikedData(Shape):
    count: Annotated[int, Field(ge=1, le=MAX_LIKES)]


class SharedData(Shape):
    channel: ForeignId


class ShareOpenedData(Shape):
    share: ForeignId


class NoData(Shape):
    pass


class InviteData(Shape):
    inviter: SubjectText


class VoteData(Shape):
    poll: ForeignId
    option: ForeignId


class MemberData(Shape):
    name: MemberName | None = None
    birthday: Birthday | None = None


class Envelope(BaseModel):
    """What all events have in common. Attributes of CloudEvents that we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    specversion: Literal["1.0"]
    id: ForeignId
    source: ForeignId
    subject: SubjectText
    time: AwareDatetime | None = Field(default=None, strict=False)
    datacontenttype: Annotated[str, StringConstraints(pattern=_JSON_TYPE)] | None = None
    room: OurId | None = None
    istest: bool = False

    @field_validator("time", mode="before")
    @classmethod
    def _rfc3339(cls, given: object) -> object:
        if given is not None and not (isinstance(given, str) and _RFC3339.match(given)):
            raise ValueError("must be an RFC 3339 time like 2026-01-31T20:00:00+08:00")
        return given

    @property
    def time_ms(self) -> int | None:
        return None if self.time is None else round(self.time.timestamp() * 1_000)


class OrderPaid(Envelope):
    type: Literal["order.paid"]
    data: OrderPaidData


class OrderRefunded(Envelope):
    type: Literal["order.refunded"]
    data: OrderRefundedData


class CommentPosted(Envelope):
    type: Literal["comment.posted"]
    data: CommentData


class Liked(Envelope):
    type: Literal["liked"]
    data: LikedData


class RoomShared(Envelope):
    type: Literal["room.shared"]
    data: SharedData


class ShareOpened(Envelope):
    type: Literal["share.opened"]
    data: ShareOpenedData


class Followed(Envelope):
    type: Literal["followed"]
    data: NoData = NoData()


class InviteAccepted(Envelope):
    type: Literal["invite.accepted"]
    data: InviteData


class VoteCast(Envelope):
    type: Literal["vote.cast"]
    data: VoteData


class MemberJoined(Envelope):
    type: Literal["member.joined"]
    data: MemberData = MemberData()


class MemberUpdated(Envelope):
    type: Literal["member.updated"]
    data: MemberData = MemberData()


Event = (
    OrderPaid
    | OrderRefunded
    | CommentPosted
    | Liked
    | RoomShared
    | ShareOpened
    | Followed
    | InviteAccepted
    | VoteCast
    | MemberJoined
    | MemberUpdated
)
_OneEvent = Annotated[Event, Field(discriminator="type")]


_TYPES = frozenset(get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(Event))


class SingleEvent(Coded, RootModel[_OneEvent]):
    """One CloudEvent."""

    model_config = ConfigDict(frozen=True)
    TAGS: ClassVar[frozenset[str]] = _TYPES
    CODES: ClassVar[Mapping[str, str]] = {"union_tag_invalid": "unknown_type"}


class EventBatch(Coded, RootModel[list[_OneEvent]]):
    """1-1 000 CloudEvents, taken whole or refused whole."""

    model_config = ConfigDict(frozen=True)
    TAGS: ClassVar[frozenset[str]] = _TYPES
    CODES: ClassVar[Mapping[str, str]] = {
        "union_tag_invalid": "unknown_type",
        "too_short": "empty_batch",
        "too_long": "batch_too_large",
    }

    root: Annotated[list[_OneEvent], Field(min_length=1, max_length=MAX_BATCH)]
