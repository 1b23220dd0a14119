"""The bodies of the noun `webhooks`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints

from server.api.shapes import Answer, OurId, Shape
from server.ledger.hooks import Delivery, Endpoint
from server.text.cleaning import cleaned
from server.webhooks.addresses import MOST_URL, read_url
from server.webhooks.message import HookType


def _address(text: str) -> str:
    read_url(text)
    return text


Address = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_URL, pattern=r"^https?://"),
    AfterValidator(_address),
    Field(
        description="printable ASCII, without user name and fragment; http only where private ones are allowed"
    ),
]
Types = Annotated[tuple[HookType, ...], Field(min_length=1, max_length=len(get_args(HookType)))]
Note = Annotated[str, StringConstraints(max_length=200), AfterValidator(cleaned)]


class PostEndpoint(Shape):
    url: Address
    types: Types
    """What it is told."""
    note: Note = ""
    """For people."""


class PatchEndpoint(Shape):
    """What is absent or null stays as it is."""

    url: Address | None = None
    types: Types | None = None
    note: Note | None = None
    paused: bool | None = None
    """Nothing is sent to a paused endpoint; what happens meanwhile waits, at most 30 days."""


class DeliveriesQuery(Shape):
    endpoint: OurId | None = None
    state: Literal["waiting", "delivered", "dead"] | None = None
    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DeadLettersQuery(Shape):
    endpoint: OurId | None = None
    before: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class EndpointAnswer(Answer):
    id: str
    url: str
    types: list[str]
    note: str
    created_ms: int
    paused: str | None
    """null = it is sent to; `operator`, or `gone` because it answered 410."""
    old_secret_until_ms: int | None
    """Until then messages carry the signature of the secret before the last rotation, too."""


class NewEndpointAnswer(EndpointAnswer):
    secret: str
    """`whsec_…`: shown here and never again."""


class EndpointsAnswer(Answer):
    endpoints: list[EndpointAnswer]


class SecretAnswer(Answer):
    secret: str
    """`whsec_…`: shown here and never again."""
    old_secret_until_ms: int


class DeliveryAnswer(Answer):
    id: int
    endpoint: str
    webhook_id: str
    """The same on every attempt: receivers drop what they have seen."""
    type: str
    member: str | None
    version: int | None
    created_ms: int
    state: str
    attempts: int
    next_ms: int | None
    """Of a waiting one: the next attempt, or when one that is being made counts as lost."""
    last_ms: int | None
    last_status: int | None
    """null = no answer came, or it has not been tried."""
    last_error: str | None
    """null = none. `http_<status>`, `redirect`, `timeout`, `connect_failed`, `tls_failed`, `name_not_found`,
    `answer_broken`; `https_only`, `address_private`, `address_broken`; `queue_full`; `secret_unreadable` (sealed under
    another token secret: rotate it), `fault` (ours, logged)."""


class DeliveriesAnswer(Answer):
    deliveries: list[DeliveryAnswer]
    more: int | None
    """Send it as `before` for the next page; null = there is none."""


def endpoint_answer(endpoint: Endpoint, now_ms: int) -> EndpointAnswer:
    until_ms = endpoint.old_until_ms
    return EndpointAnswer(
        id=endpoint.id,
        url=endpoint.url,
        types=sorted(endpoint.types),
        note=endpoint.note,
        created_ms=endpoint.created_ms,
        paused=endpoint.paused_why,
        old_secret_until_ms=until_ms if until_ms is not None and now_ms < until_ms else None,
    )


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        endpoint=delivery.endpoint,
        webhook_id=delivery.message,
        type=delivery.type,
        member=delivery.member,
        version=delivery.version,
        created_ms=delivery.created_ms,
        state=delivery.state,
        attempts=delivery.attempts,
        next_ms=delivery.due_ms if delivery.state == "waiting" else None,
        last_ms=delivery.last_ms,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
    )
