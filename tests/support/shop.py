"""An outside shop server: speaks HTTP by PROTOCOL §2 with an API key, and knows nothing of our code."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx2

Json = dict[str, Any]


class Shop:
    """`async with Shop(url, key) as shop: await shop.event("order.paid", "member:m1", order=…)`."""

    def __init__(self, base_url: str, api_key: str, source: str = "shop") -> None:
        """`source` is what its events say they come from; shops on one server need one each."""
        self.http = httpx2.AsyncClient(
            base_url=base_url, headers={"Authorization": f"Bearer {api_key}"}, timeout=60, trust_env=False
        )
        self._events = 0
        self._source = source

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def event(
        self,
        type_: str,
        subject: str,
        *,
        id_: str | None = None,
        room: str | None = None,
        source: str | None = None,
        **data: object,
    ) -> Json:
        """Return one CloudEvents envelope; without `id_` a fresh one."""
        self._events += 1
        envelope: Json = {
            "specversion": "1.0",
            "id": id_ or f"e{self._events}",
            "source": source or self._source,
            "type": type_,
            "subject": subject,
            "data": data,
        }
        if room is not None:
            envelope["room"] = room
        return envelope

    def order(self, subject: str, yuan: int, *, order: str, room: str | None = None, **envelope: Any) -> Json:
        return self.event(
            "order.paid",
            subject,
            room=room,
            order=order,
            amount=yuan * 100,
            currency="CNY",
            **envelope,
        )

    async def post_events(self, *events: Json) -> list[Json]:
        """Post a batch and return its receipts; anything but 200 fails the test with the problem document."""
        answer = await self.http.post(
            "/v1/events",
            json=list(events),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 200, answer.text
        receipts: list[Json] = answer.json()["receipts"]
        return receipts

    async def open_room(self, room: str, *, live: bool = True, name: str = "小美的直播间") -> str:
        """Create the room, and a show in it that is live; return the show's id."""
        answer = await self.http.put(f"/v1/rooms/{room}", json={"name": name})
        assert answer.status_code in {200, 201}, answer.text
        answer = await self.http.post(f"/v1/rooms/{room}/shows", json={"title": "秋冬新品专场"})
        assert answer.status_code in {200, 201}, answer.text
        show: str = answer.json()["id"]
        if live:
            answer = await self.http.patch(f"/v1/rooms/{room}/shows/{show}", json={"status": "live"})
            assert answer.status_code == 200, answer.text
        return show

    async def token(
        self, sub: str, *, role: str = "viewer", rooms: list[str], name: str | None = None
    ) -> str:
        body: Json = {"role": role, "sub": sub, "rooms": rooms, "ttl_s": 600}
        if name is not None:
            body["name"] = name
        answer = await self.http.post("/v1/tokens", json=body)
        assert answer.status_code in {200, 201}, answer.text
        token: str = answer.json()["token"]
        return token

    async def card(self, member: str) -> Json:
        answer = await self.http.get(f"/v1/members/{member}")
        assert answer.status_code == 200, answer.text
        card: Json = answer.json()["card"]
        return card
