"""Outbound webhooks as their operators see them: endpoints, secrets, deliveries, dead letters (PROTOCOL §2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.shapes import OurId
from server.api.webhook_shapes import (
    DeadLettersQuery,
    DeliveriesAnswer,
    DeliveriesQuery,
    DeliveryAnswer,
    EndpointAnswer,
    EndpointsAnswer,
    NewEndpointAnswer,
    PatchEndpoint,
    PostEndpoint,
    SecretAnswer,
    delivery_answer,
    endpoint_answer,
)
from server.ledger.hooks import Change, Endpoint, HookBook, State
from server.webhooks.addresses import admit, read_url
from server.webhooks.errors import AddressRefused
from server.webhooks.relay import MOST_ENDPOINTS
from server.webhooks.signing import ROTATION_MS, Seal, new_secret

_TAG = "webhooks"
_GATE = Gate(scope="webhooks", operator=True)
_ENDPOINT = {"endpoint": TypeAdapter[str](OurId)}
_DELIVERY = {"delivery": TypeAdapter[str](Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,14}$")])}
_NOT_FOUND = Refusal(404, ("not_found",))
_ADDRESS = ("https_only", "address_private")
_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The noun `webhooks`. Answers that hold a secret are never kept, so they take no Idempotency-Key."""

    book: HookBook
    seal: Seal
    allow_private: bool

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/webhook-endpoints",
                "listWebhookEndpoints",
                _TAG,
                "Everybody who is told.",
                _GATE,
                self.list_endpoints,
                answer=EndpointsAnswer,
            ),
            Operation(
                "POST",
                "/v1/webhook-endpoints",
                "addWebhookEndpoint",
                _TAG,
                "Tell somebody from now on; the answer alone shows the secret.",
                _GATE,
                self.add_endpoint,
                bodies={JSON: PostEndpoint},
                answer=NewEndpointAnswer,
                status=201,
                refusals=(Refusal(409, (*_ADDRESS, "limit_reached")),),
                idempotent_key=False,
            ),
            Operation(
                "GET",
                "/v1/webhook-endpoints/{endpoint}",
                "getWebhookEndpoint",
                _TAG,
                "One of them.",
                _GATE,
                self.get_endpoint,
                _ENDPOINT,
                answer=EndpointAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "PATCH",
                "/v1/webhook-endpoints/{endpoint}",
                "changeWebhookEndpoint",
                _TAG,
                "Another address, other types, pause and resume.",
                _GATE,
                self.change_endpoint,
                _ENDPOINT,
                bodies={JSON: PatchEndpoint},
                answer=EndpointAnswer,
                refusals=(_NOT_FOUND, Refusal(409, _ADDRESS)),
            ),
            Operation(
                "DELETE",
                "/v1/webhook-endpoints/{endpoint}",
                "removeWebhookEndpoint",
                _TAG,
                "Tell it nothing any more; what waits for it is dropped.",
                _GATE,
                self.remove_endpoint,
                _ENDPOINT,
                status=204,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/webhook-endpoints/{endpoint}/secret",
                "rotateWebhookSecret",
                _TAG,
                "A new secret; for 24 hours messages carry the signatures of both.",
                _GATE,
                self.rotate,
                _ENDPOINT,
                answer=SecretAnswer,
                refusals=(_NOT_FOUND,),
                idempotent_key=False,
            ),
            Operation(
                "GET",
                "/v1/webhook-deliveries",
                "listWebhookDeliveries",
                _TAG,
                "What was sent or is to be sent, newest first: status, attempts, last error.",
                _GATE,
                self.list_deliveries,
                query=DeliveriesQuery,
                answer=DeliveriesAnswer,
            ),
            Operation(
                "GET",
                "/v1/webhook-dead-letters",
                "listWebhookDeadLetters",
                _TAG,
                "What nobody took for 24 hours, newest first; kept for 30 days.",
                _GATE,
                self.list_dead_letters,
                query=DeadLettersQuery,
                answer=DeliveriesAnswer,
            ),
            Operation(
                "GET",
                "/v1/webhook-deliveries/{delivery}",
                "getWebhookDelivery",
                _TAG,
                "What became of one.",
                _GATE,
                self.get_delivery,
                _DELIVERY,
                answer=DeliveryAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/webhook-deliveries/{delivery}/resend",
                "resendWebhook",
                _TAG,
                "Send it now, whatever became of it, under the same `webhook-id`.",
                _GATE,
                self.resend,
                _DELIVERY,
                answer=DeliveryAnswer,
                refusals=(_NOT_FOUND, Refusal(409, ("in_progress",))),
            ),
        )

    async def list_endpoints(self, call: Call) -> Response:
        found = await self.book.endpoints()
        return answered(EndpointsAnswer(endpoints=[endpoint_answer(one, call.received_ms) for one in found]))

    async def add_endpoint(self, call: Call) -> Response:
        body = call.body_as(PostEndpoint)
        self._admit(body.url)
        secret = new_secret()
        endpoint = Endpoint(
            id=f"we_{secrets.token_hex(8)}",
            url=body.url,
            types=frozenset(body.types),
            note=body.note,
            secret=self.seal.close(secret),
            old_secret=None,
            old_until_ms=None,
            created_ms=call.received_ms,
            paused_ms=None,
            paused_why=None,
        )
        if not await self.book.add(endpoint, MOST_ENDPOINTS, call.origin()):
            raise Problem(409, "limit_reached", f"there are {MOST_ENDPOINTS} endpoints already; remove one")
        shown = endpoint_answer(endpoint, call.received_ms).model_dump()
        return answered(NewEndpointAnswer(**shown, secret=secret), 201, _NO_STORE)

    async def get_endpoint(self, call: Call) -> Response:
        return self._shown(await self.book.endpoint(call.path["endpoint"]), call)

    async def change_endpoint(self, call: Call) -> Response:
        body = call.body_as(PatchEndpoint)
        if body.url is not None:
            self._admit(body.url)
        types = None if body.types is None else frozenset[str](body.types)
        change = Change(body.url, types, body.note, body.paused)
        return self._shown(await self.book.change(call.path["endpoint"], change, call.origin()), call)

    async def remove_endpoint(self, call: Call) -> Response:
        if not await self.book.delete(call.path["endpoint"], call.origin()):
            raise not_found("webhook endpoint")
        return Response(status_code=204)

    async def rotate(self, call: Call) -> Response:
        secret, until_ms = new_secret(), call.received_ms + ROTATION_MS
        sealed = self.seal.close(secret)
        if not await self.book.rotate(call.path["endpoint"], sealed, until_ms, call.origin()):
            raise not_found("webhook endpoint")
        return answered(SecretAnswer(secret=secret, old_secret_until_ms=until_ms), headers=_NO_STORE)

    async def list_deliveries(self, call: Call) -> Response:
        query = call.query_as(DeliveriesQuery)
        return await self._deliveries(query.endpoint, query.state, query.before, query.limit)

    async def list_dead_letters(self, call: Call) -> Response:
        query = call.query_as(DeadLettersQuery)
        return await self._deliveries(query.endpoint, "dead", query.before, query.limit)

    async def get_delivery(self, call: Call) -> Response:
        found = await self.book.delivery(int(call.path["delivery"]))
        if found is None:
            raise not_found("webhook delivery")
        return answered(delivery_answer(found))

    async def resend(self, call: Call) -> Response:
        match await self.book.resend(int(call.path["delivery"]), call.origin()):
            case "unknown":
                raise not_found("webhook delivery")
            case "being_sent":
                raise Problem(
                    409, "in_progress", "it is being sent at this moment", headers={"retry-after": "10"}
                )
            case "resent":
                return await self.get_delivery(call)

    async def _deliveries(
        self, endpoint: str | None, state: State | None, before: int | None, limit: int
    ) -> Response:
        found = await self.book.deliveries(endpoint=endpoint, state=state, before=before, limit=limit)
        more = found[-1].id if len(found) == limit else None
        return answered(DeliveriesAnswer(deliveries=[delivery_answer(one) for one in found], more=more))

    def _shown(self, endpoint: Endpoint | None, call: Call) -> Response:
        if endpoint is None:
            raise not_found("webhook endpoint")
        return answered(endpoint_answer(endpoint, call.received_ms))

    def _admit(self, url: str) -> None:
        try:
            admit(read_url(url), self.allow_private)
        except AddressRefused as refused:
            raise Problem(409, refused.why, refused.detail) from None
