"""The HTTP application without a network: the real ledger on SQLite, rooms in memory, a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.types import ASGIApp

from broadcaster.frames import RoomItem
from broadcaster.overload import Level
from broadcaster.testing import MemoryMailboxes, MemoryRoomStore, MemoryWorld
from server.bootstrap.http import http_side
from server.bootstrap.ledger import programme_of
from server.clock import ManualClock
from server.credentials.access import Tokens
from server.credentials.keys import ApiKeys, Seal, new_bearer_key, new_signing_key
from server.credentials.permits import Permits
from server.credentials.tickets import TicketOffice
from server.hot.testing import MemoryHot
from server.ids import RoomId
from server.intake import Intake
from server.ledger.audit import AuditBook
from server.ledger.box_queries import BoxQueries
from server.ledger.contact_rows import ContactBook
from server.ledger.engines import Engines
from server.ledger.hooks import HookBook
from server.ledger.journal import Journal
from server.ledger.ports import Committed
from server.ledger.prompt_book import PromptBook
from server.ledger.queries import Queries
from server.ledger.rulebook_book import RulebookBook
from server.ledger.show_figures import ShowFigures
from server.ledger.widget_book import WidgetBook
from server.metrics import Metrics
from server.reward_catalogue import RewardCatalogue
from server.settings import read
from server.views import item_frame

NOW = 1_700_000_000_000
SECRET = b"a secret of thirty-two bytes or more"
PERMIT_KEY = Ed25519PrivateKey.from_private_bytes(SECRET[:32])
ORIGIN = "https://shop.example"
SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
Json = dict[str, Any]


class Api:
    """One application, and what a test needs to play all the people who call it."""

    def __init__(
        self,
        app: ASGIApp,
        queries: Queries,
        clock: ManualClock,
        metrics: Metrics,
        world: MemoryWorld,
        catalogue: RewardCatalogue,
        intake: Intake,
        office: TicketOffice,
        hot: MemoryHot,
        widgets: WidgetBook,
        engines: Engines,
    ) -> None:
        self.widgets = widgets
        self.engines = engines
        self.office = office
        self.hot = hot
        self.catalogue = catalogue
        self.app = app
        self.queries = queries
        self.clock = clock
        self.metrics = metrics
        self.rooms = world
        self.tokens = Tokens(SECRET)
        self.seal = Seal(SECRET)
        self.intake = intake
        self.permits = Permits(PERMIT_KEY)
        self.draining = False
        self.level = Level.NORMAL
        self.faults: list[str] = []
        self.http = self.client()

    def client(self, peer: str = "203.0.113.9") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False, client=(peer, 4_711))
        return httpx2.AsyncClient(transport=transport, base_url="http://liveroom.example")

    async def key(self, *scopes: str, source: str | None = None) -> dict[str, str]:
        """Return the header of a new bearer key."""
        record, secret = new_bearer_key("test", scopes, source, self.clock.now_ms())
        await self.queries.add_key(record)
        self.clock.advance(1_000)
        return {"authorization": f"Bearer {secret}"}

    async def signing_key(self) -> tuple[str, str]:
        """Return the id and secret of a new signing key."""
        record, secret = new_signing_key("test", (), None, self.seal, self.clock.now_ms())
        await self.queries.add_key(record)
        self.clock.advance(1_000)
        return record.id, secret

    def token(
        self, role: str, sub: str = "m1", rooms: Sequence[str] = ("*",), ttl_s: int = 3_600
    ) -> dict[str, str]:
        text, _ = self.tokens.mint(sub=sub, role=role, rooms=rooms, now_ms=self.clock.now_ms(), ttl_s=ttl_s)
        return {"authorization": f"Bearer {text}"}

    async def post_events(self, key: Mapping[str, str], *events: Json) -> list[Json]:
        answer = await self.http.post("/v1/events", json=list(events), headers={**key, "content-type": BATCH})
        assert answer.status_code == 200, answer.text
        receipts: list[Json] = answer.json()["receipts"]
        return receipts

    async def open_room(self, room: str = "demo", **body: object) -> None:
        answer = await self.http.put(
            f"/v1/rooms/{room}", json={"name": "直播间", **body}, headers=self.token("operator")
        )
        assert answer.status_code == 200, answer.text

    def counted(self, line: str) -> bool:
        return line in self.metrics.exposition().decode().splitlines()


def event(type_: str, subject: str = "member:m1", *, id_: str = "e1", **more: object) -> Json:
    """Return an envelope; keyword `data` is its data."""
    return {"specversion": "1.0", "id": id_, "source": "shop", "type": type_, "subject": subject, **more}


def paid(
    yuan: int = 300, *, id_: str = "e1", order: str = "o1", subject: str = "member:m1", **more: object
) -> Json:
    data = {"order": order, "amount": yuan * 100, "currency": "CNY"}
    return event("order.paid", subject, id_=id_, data=data, **more)


@asynccontextmanager
async def api_on(database_url: str, data_dir: Path, **options: object) -> AsyncIterator[Api]:
    """Put the application together as `server.bootstrap` does, on this database."""
    settings = read({"database_url": database_url, "data_dir": data_dir, "origins": ORIGIN, **options})
    clock, metrics, world = ManualClock(NOW), Metrics(), MemoryWorld()
    engines = Engines(settings.database, settings.namespace)
    programme = programme_of(settings, engines)
    queries = Queries(engines, programme.rulebook_at, programme.calendar)
    store = MemoryRoomStore(world, clock)

    async def untold(_committed: Committed) -> None:
        """What is announced is the live side's story."""

    journal = Journal(
        engines,
        programme.rulebook_at,
        programme.calendar,
        confirm=programme.rulebooks.confirm,
        unseal=Seal(SECRET).open_or_none,
    )
    intake = Intake(journal, untold, clock, metrics)

    async def sql() -> None:
        await queries.ping()

    async def redis() -> None:
        await store.positions(())
        if world.is_away:
            raise ConnectionError

    async def items(room: str) -> list[RoomItem] | None:
        found = await queries.room_items(RoomId(room))
        return None if found is None else [item_frame(change) for change in found]

    catalogue = RewardCatalogue(queries)
    hot = MemoryHot(clock)
    widgets = WidgetBook(engines, programme.rulebook_at)
    office = TicketOffice(widgets, hot, clock)
    api: Api | None = None
    app = http_side(
        settings,
        programme,
        queries=queries,
        intake=intake,
        tokens=Tokens(SECRET, issuer=settings.token_issuer),
        keys=ApiKeys(queries, Seal(SECRET), clock),
        seal=Seal(SECRET),
        permits=Permits(PERMIT_KEY),
        hooks=HookBook(engines, programme.rulebook_at),
        contacts=ContactBook(engines),
        widgets=widgets,
        office=office,
        hot=hot,
        mail=MemoryMailboxes(world, clock),
        prompts=PromptBook(engines, programme.rulebook_at),
        boxes=BoxQueries(engines),
        book=RulebookBook(engines, programme.rulebooks, clock, settings.currency),
        rooms=store,
        presence=store,
        items=items,
        metrics=metrics,
        clock=clock,
        checks={"sql": sql, "redis": redis},
        draining=lambda: api is not None and api.draining,
        offered=catalogue.offered,
        level=lambda: Level.NORMAL if api is None else api.level,
        show_figures=ShowFigures(engines),
        audit=AuditBook(engines, programme.rulebook_at),
    )
    api = Api(app, queries, clock, metrics, world, catalogue, intake, office, hot, widgets, engines)
    yield api
    await api.http.aclose()
    await intake.stop()
    await engines.close()
