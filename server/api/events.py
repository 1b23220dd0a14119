"""Events of the shop and its platforms: shapes in, commands through intake, durable receipts out (PROTOCOL §2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, assert_never

from pydantic import BaseModel
from starlette.responses import Response

from server.api.event_shapes import (
    CommentPosted,
    Event,
    EventBatch,
    Followed,
    InviteAccepted,
    Liked,
    MemberJoined,
    MemberUpdated,
    OrderPaid,
    OrderRefunded,
    RoomShared,
    ShareOpened,
    SingleEvent,
    VoteCast,
)
from server.api.operation import Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem
from server.api.shapes import Answer
from server.credentials.access import subject_of
from server.domain.commands import (
    OUR_SOURCES,
    AcceptInvite,
    Command,
    Follow,
    JoinMember,
    Like,
    Origin,
    PostComment,
    RecordPaidOrder,
    RecordRefundedOrder,
    Share,
    Subject,
    UpdateMember,
    Vote,
)
from server.domain.decision import Receipt
from server.domain.timeliness import untimely
from server.ids import OrderId, RoomId
from server.intake import Intake
from server.text.comments import clean_comment
from server.text.names import clean_name

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


class EarnedAnswer(BaseModel):
    points: int
    growth: int


class ReceiptAnswer(Answer):
    id: str
    source: str
    member: str | None
    """Null when the event was refused before it was known whose it is."""
    outcome: Literal["applied", "duplicate", "conflict", "refused"]
    code: str | None = None
    detail: str | None = None
    """What is wrong, by the name of its field, and what to do; of what was refused or is in conflict."""
    earned: EarnedAnswer


@dataclass(frozen=True, slots=True)
class Unfit:
    """An event that becomes no command: the code and the words it is refused with."""

    code: str
    detail: str


SAME_TOLD = (
    "this was told before with another member or amount, and nothing happened now; an order is paid once"
)


class ReceiptsAnswer(Answer):
    receipts: list[ReceiptAnswer]
    """In the order of the events."""


@dataclass(frozen=True, slots=True)
class Events:
    """The noun `events`."""

    intake: Intake
    currency: str

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "POST",
                "/v1/events",
                "postEvents",
                "events",
                "Tell what happened. Answered when all of it is durable; sending it again changes nothing.",
                Gate(scope="events"),
                self.post,
                bodies={SINGLE: SingleEvent, BATCH: EventBatch},
                answer=ReceiptsAnswer,
                refusals=(Refusal(403, ("source_not_allowed",)),),
            ),
        )

    async def post(self, call: Call) -> Response:
        events: Sequence[Event]
        match call.body:
            case SingleEvent(root=event):
                events = (event,)
            case EventBatch(root=batch):
                events = batch
            case _:
                raise TypeError("the operation declares no other body")
        _check_source(events, call.shop_source)
        wishes = [self._wish(event, call) for event in events]
        receipts = iter(await self.intake.submit_many([w for w in wishes if not isinstance(w, Unfit)]))
        answers = [
            _refused(event, wish) if isinstance(wish, Unfit) else _answer(event, next(receipts))
            for event, wish in zip(events, wishes, strict=True)
        ]
        return answered(ReceiptsAnswer(receipts=answers))

    def _wish(self, event: Event, call: Call) -> Command | Unfit:
        """Return the command an event stands for, or why it is refused before it becomes one."""
        if event.source in OUR_SOURCES:
            return Unfit("source_reserved", "source: this one is ours; send events under a name of your own")
        can = call.shop_can(event.source)
        if can is not None and event.type not in can:
            return Unfit(
                "source_cannot_prove",
                f"source: it is not declared to prove {event.type}; use a key whose source declares it",
            )
        of_order = isinstance(event, OrderPaid | OrderRefunded)
        late = untimely(event.time_ms, call.received_ms, of_order=of_order)
        if late == "future":
            return Unfit(late, "time: more than 5 minutes ahead of the server; set the sender's clock")
        origin = Origin(
            source=event.source,
            event=event.id,
            content=_content(event),
            received_ms=call.received_ms,
            room=None if event.room is None else RoomId(event.room),
            is_test=event.istest,
            stale=late == "stale",
            actor=call.who.actor,
        )
        return self._command(event, origin, subject_of(event.subject))

    def _command(self, event: Event, origin: Origin, who: Subject) -> Command | Unfit:
        match event:
            case OrderPaid(data=data):
                order = OrderId(data.order)
                return RecordPaidOrder(origin, who, order, data.amount, data.currency, data.coupon)
            case OrderRefunded(data=data):
                return RecordRefundedOrder(origin, who, OrderId(data.order), data.amount, self.currency)
            case CommentPosted(data=data):
                # Longer than a comment may be is cut, not refused: it was really said, elsewhere.
                comment = clean_comment(data.text)
                if comment is None:
                    return Unfit("bad_request", "data.text: nothing in it can be shown; send words")
                return PostComment(origin, who, comment.text, comment.graphemes, comment.digest)
            case Liked(data=data):
                return Like(origin, who, data.count)
            case RoomShared(data=data):
                return Share(origin, who, data.channel)
            case VoteCast(data=data):
                return Vote(origin, who, data.poll, data.option)
            case MemberJoined(data=data):
                return JoinMember(origin, who, _name(data.name), data.birthday)
            case MemberUpdated(data=data):
                return UpdateMember(origin, who, _name(data.name), data.birthday)
            case Followed():
                return Follow(origin, who)
            case InviteAccepted(data=data):
                return AcceptInvite(origin, who, subject_of(data.inviter))
            case ShareOpened():
                # Earns nothing; whoever opened it is known from now on (T4).
                return JoinMember(origin, who)
            case _:
                assert_never(event)


def _name(name: str | None) -> str | None:
    return None if name is None else clean_name(name)


def _check_source(events: Sequence[Event], allowed: str | None) -> None:
    for index, event in enumerate(events):
        if allowed is not None and event.source != allowed:
            raise Problem(
                403,
                "source_not_allowed",
                f"this key speaks for the source {allowed} only",
                extra={"index": index},
            )


def _content(event: Event) -> str:
    """Digest of what the event says: the same id with another digest is a conflict (R2).

    Its `time` is left out: it decides nothing but whether the event is let in, and some senders stamp every retry.
    """
    said = [
        event.type,
        event.subject,
        event.room,
        event.istest,
        event.data.model_dump(mode="json", exclude_none=True),
    ]
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(canonical.encode(), digest_size=16).hexdigest()


def _answer(event: Event, receipt: Receipt) -> ReceiptAnswer:
    code = receipt.code
    if isinstance(event, ShareOpened) and receipt.outcome in (
        "applied",
        "duplicate",
    ):
        code = "not_eligible"
    shown: dict[str, object] = {
        "id": event.id,
        "source": event.source,
        "member": receipt.member,
        "outcome": receipt.outcome,
        "earned": {"points": receipt.earned.points, "growth": receipt.earned.growth},
    }
    if code is not None:
        shown["code"] = code
    if receipt.outcome in ("refused", "conflict"):
        shown["detail"] = receipt.message or SAME_TOLD
    return ReceiptAnswer.model_validate(shown)


def _refused(event: Event, why: Unfit) -> ReceiptAnswer:
    return ReceiptAnswer(
        id=event.id,
        source=event.source,
        member=None,
        outcome="refused",
        code=why.code,
        detail=why.detail,
        earned=EarnedAnswer(points=0, growth=0),
    )
