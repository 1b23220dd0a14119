"""The people of a crowd, for Locust: viewer, buyer, shop server. They know the public contract only (PROTOCOL)."""

from __future__ import annotations

from typing import ClassVar

import gevent
from locust import HttpUser, between, constant_pacing, task
from requests import RequestException

from loadtest import phrases, shop
from loadtest.crowd import Crowd, now_ms
from loadtest.errors import ContractBroken
from loadtest.link import Link
from loadtest.wire import Frame, Json, integer

HTTP_TIMEOUT_S = 10.0
CARD_WITHIN_S = 5.0


class Person(HttpUser):
    """Somebody who can reach the server. `crowd` is set before any person is made."""

    abstract = True
    crowd: ClassVar[Crowd]

    def post(self, path: str, body: Json, content_type: str = "application/json") -> Json:
        """Post as the shop's server; counts the time. Raises `ContractBroken` when the answer is not a good one."""
        figures = self.crowd.figures
        figures.posts += 1
        headers = {"Authorization": f"Bearer {self.crowd.key}", "Content-Type": content_type}
        started = now_ms()
        try:
            answer = self.client.post(path, json=body, headers=headers, timeout=HTTP_TIMEOUT_S)
            good = answer.status_code == 200 or answer.status_code == 201
            document: Json = answer.json() if good else None
        except (RequestException, ValueError) as error:
            figures.posts_refused += 1
            raise ContractBroken(f"POST {path}: {type(error).__name__}") from error
        figures.post_us.add(int((now_ms() - started) * 1_000))
        if not good:
            figures.posts_refused += 1
            raise ContractBroken(f"POST {path} answered {answer.status_code}")
        return document

    def events(self, *events: dict[str, Json]) -> None:
        """Post events and check that each was taken; what was not is a fault of the run."""
        try:
            became = shop.outcomes(self.post("/v1/events", list(events), shop.BATCH), len(events))
        except ContractBroken as broken:
            self.crowd.figures.faults[str(broken)] += 1
            return
        if not shop.all_went_through(became):
            self.crowd.figures.faults[f"events became {', '.join(became)}"] += 1


class Viewer(Person):
    """Watches, likes, comments, shares."""

    weight = 8
    wait_time = between(3, 8)

    def on_start(self) -> None:
        number = self.crowd.number()
        self.member = f"lt-{self.crowd.run}-{number}"
        self.nickname = phrases.name(self.crowd.random, number)
        self.link = Link(f"{_socket_address(self.host)}/v1/live", self.crowd, self.token, self.on_card)
        self.link.start()

    def on_stop(self) -> None:
        self.link.stop()

    def on_card(self, card: Frame) -> None:
        """A viewer only wears its card."""

    def token(self) -> str:
        """Get a token from the shop, as a page would from its own server. Raises `ContractBroken`."""
        request = shop.token_request(self.member, self.nickname, self.crowd.room)
        return shop.token_of(self.post("/v1/tokens", dict(request)))

    @task(5)
    def like(self) -> None:
        self.link.act("like", {"count": self.crowd.random.randint(1, 12)})

    @task(3)
    def comment(self) -> None:
        self.link.act("comment", {"text": phrases.comment(self.crowd.random)})

    @task(1)
    def share(self) -> None:
        self.link.act("share", {"channel": "wechat"})


class Buyer(Viewer):
    """A viewer who also pays; the card must show it at once (X2)."""

    weight = 2

    def on_start(self) -> None:
        super().on_start()
        self._awaited: tuple[int, float] | None = None
        self._growth = 0

    def on_card(self, card: Frame) -> None:
        now = now_ms()
        self._growth = integer(card, "growth")
        if self._awaited is not None and self._growth >= self._awaited[0]:
            self.crowd.figures.card_us.add(int((now - self._awaited[1]) * 1_000))
            self._awaited = None

    @task(4)
    def buy(self) -> None:
        if not self.link.live:
            return
        yuan = self.crowd.random.choice((9, 19, 29, 49))
        self._awaited = (self._growth + yuan + 20, now_ms())  # V2: 1 a yuan, and 20 for an order
        self.events(
            shop.paid(
                self.crowd.source,
                f"{self.crowd.run}-{self.crowd.number()}",
                self.member,
                yuan,
                self.crowd.room,
            )
        )
        gevent.sleep(CARD_WITHIN_S)
        if self._still_awaited() and self.link.live:
            self.crowd.figures.faults[f"no card within {CARD_WITHIN_S:g} s of an order"] += 1
        self._awaited = None

    def _still_awaited(self) -> bool:
        return self._awaited is not None


class ShopServer(Person):
    """The mall's server: new customers whose first order lifts them to 白银, and what other channels report."""

    fixed_count = 1
    wait_time = constant_pacing(8)  # under L2's ten shout-outs a minute

    @task
    def first_order(self) -> None:
        number = self.crowd.number()
        member, name = f"lt-{self.crowd.run}-{number}", f"新朋友{number:05d}"
        order = shop.paid(self.crowd.source, f"{self.crowd.run}-{number}", member, 300, self.crowd.room)
        self.crowd.posting(name, now_ms())
        self.events(shop.named(self.crowd.source, member, name), order)


def _socket_address(host: str | None) -> str:
    assert host, "Locust needs --host"
    return "ws" + host.rstrip("/").removeprefix("http")
