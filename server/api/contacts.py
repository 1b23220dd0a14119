"""Contacts over HTTP (X8): a member leaves a way to be reached, per purpose, and withdraws it at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, field_validator
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.shapes import Answer, ForeignId, Shape, SubjectText
from server.credentials.access import subject_of
from server.domain.contacts import MOST_PURPOSES, PutContact, WithdrawContact
from server.ids import MemberId
from server.intake import Intake
from server.ledger.contact_rows import ContactBook
from server.ledger.ports import QueriesPort

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,32}$")]
"""A channel or purpose in the shop's own words: ``wechat``, ``sms``; ``marketing``, ``replays``."""
_PATH = "/v1/members/{id:path}/contacts/{channel}"
_PARAMS = {"id": TypeAdapter[str](SubjectText), "channel": TypeAdapter[str](Word)}
_GATE = Gate(scope="members", operator=True, own="id")
_NOT_FOUND = Refusal(404, ("not_found",))
_TAG = "members"


class PutContactBody(Shape):
    """Exactly these purposes from now on; a purpose that is left out is withdrawn."""

    address: ForeignId
    purposes: Annotated[list[Word], Field(min_length=1, max_length=MOST_PURPOSES)]

    @field_validator("purposes")
    @classmethod
    def _each_once(cls, purposes: list[str]) -> list[str]:
        if len(set(purposes)) != len(purposes):
            raise ValueError("name each purpose once")
        return purposes


class ConsentAnswer(Answer):
    """What was agreed to; without the address, so that no stored answer outlives its withdrawal."""

    channel: str
    purposes: list[str]
    since_ms: int


class ContactAnswer(ConsentAnswer):
    address: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts of the noun `members`."""

    queries: QueriesPort
    book: ContactBook
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                _PATH,
                "getContact",
                _TAG,
                "How the member may be reached on a channel, and for what.",
                _GATE,
                self.get_contact,
                _PARAMS,
                answer=ContactAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "PUT",
                _PATH,
                "putContact",
                _TAG,
                "Leave an address for some purposes: consent, given by the member.",
                _GATE,
                self.put_contact,
                _PARAMS,
                bodies={JSON: PutContactBody},
                answer=ConsentAnswer,
                refusals=(Refusal(409, ("limit_reached",)),),
            ),
            Operation(
                "DELETE",
                _PATH,
                "withdrawContact",
                _TAG,
                "Withdraw the consent to a channel: the address is forgotten.",
                _GATE,
                self.withdraw_contact,
                _PARAMS,
                status=204,
                refusals=(_NOT_FOUND,),
            ),
        )

    async def get_contact(self, call: Call) -> Response:
        member = await self._member_id(call)
        found = await self.book.contact(member, call.path["channel"])
        if found is None:
            raise not_found("contact")
        return answered(
            ContactAnswer(
                channel=found.channel,
                purposes=list(found.purposes),
                since_ms=found.since_ms,
                address=found.address,
            )
        )

    async def put_contact(self, call: Call) -> Response:
        body = call.body_as(PutContactBody)
        who, channel = subject_of(call.path["id"]), call.path["channel"]
        applied(
            await self.intake.submit(
                PutContact(call.origin(), who, channel, body.address, tuple(body.purposes))
            )
        )
        found = await self.book.contact(await self._member_id(call), channel)
        if found is None:
            raise not_found("contact")  # withdrawn by somebody else just now
        consent = ConsentAnswer(channel=found.channel, purposes=list(found.purposes), since_ms=found.since_ms)
        return answered(consent)

    async def withdraw_contact(self, call: Call) -> Response:
        command = WithdrawContact(call.origin(), subject_of(call.path["id"]), call.path["channel"])
        applied(await self.intake.submit(command))
        return Response(status_code=204)

    async def _member_id(self, call: Call) -> MemberId:
        subject = subject_of(call.path["id"])
        found = (await self.queries.resolve((subject,))).get(subject)
        if found is None:
            raise not_found("member")
        return found
