"""The composition root: the only module that names concrete adapters. Everybody else receives ports."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.ear_redis import RedisBus
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.node import Node
from broadcaster.ports import RoomStore
from broadcaster.protocol import live_protocol
from broadcaster.redis_link import RedisLink
from broadcaster.settings import NodeSettings
from member_cache.reader import ReadThrough
from member_cache.redis_cache import RedisCache
from server.access import Tokens
from server.announce import Announcer
from server.api.app import build
from server.api.demo import DemoTokens
from server.api.events import Events
from server.api.health import Check, Health
from server.api.members import Members
from server.api.operation import Operation
from server.api.principals import Proof
from server.api.rooms import Rooms
from server.api.serving import Front
from server.api.shows import Shows
from server.api.snapshot import Items, Snapshots
from server.api.tokens import TokenDesk
from server.clock import Clock, SystemClock
from server.domain.card import card_of
from server.domain.days import Calendar
from server.domain.room import Json
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.errors import SettingWrong, Unavailable
from server.gateway.app import Gateway
from server.gateway.records import LedgerRecords
from server.hot.redis_hot import RedisHot
from server.intake import Intake
from server.jobs.pruning import pruning
from server.jobs.runner import Runner
from server.jwks import Jwks
from server.keys import ApiKeys, Seal
from server.ledger import migrating
from server.ledger import verify as verifying
from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind, LedgerUnavailable
from server.ledger.journal import Journal
from server.ledger.ports import QueriesPort
from server.ledger.queries import Queries
from server.metrics import Metrics
from server.pages import Pages
from server.rulebooks.loading import load_preset
from server.settings import Settings, prepare_data_dir, token_secret
from server.views import card_json

PRESET = "jifen"
OVERLAY_DIST = Path(__file__).resolve().parents[1] / "overlay_web" / "dist"


class NoCanary(Unavailable):
    """Nothing has come back through the bus lately."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What the programme's rules are and whose days it counts in."""

    rulebook: Rulebook
    calendar: Calendar

    def rulebook_at(self, _at_ms: int) -> Rulebook:
        return self.rulebook


def programme_of(settings: Settings) -> Programme:
    rulebook = load_preset(PRESET, currency=settings.currency)
    return Programme(rulebook, Calendar(ZoneInfo(settings.time_zone)))


def log_to_stderr() -> None:
    """Send all logs to stderr, a line each; stdout belongs to what a command answers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )


# --- the ledger alone, for commands ---------------------------------------------------------------


@asynccontextmanager
async def open_engines(settings: Settings, *, patient: bool = False) -> AsyncIterator[Engines]:
    engines = Engines(settings.database, settings.namespace, patient=patient)
    try:
        yield engines
    finally:
        await engines.close()


async def migrate_ledger(settings: Settings) -> bool:
    """Bring the database up to date; return whether anything had to be done. Raises `LedgerUnavailable`."""
    prepare_data_dir(settings)
    async with open_engines(settings) as engines:
        return await migrating.upgrade(engines)


async def prepare_ledger(settings: Settings) -> None:
    """Make sure the database is up to date: SQLite is brought there, of PostgreSQL it is asked.

    Raises `SettingWrong` naming `liveroom migrate` when PostgreSQL is behind, `LedgerUnavailable` when away.
    """
    if settings.on_sqlite:
        await migrate_ledger(settings)
        return
    async with open_engines(settings) as engines:
        try:
            await migrating.check(engines)
        except LedgerBehind as behind:
            raise SettingWrong("--database-url", str(behind), "run `liveroom migrate` first") from None


async def prepare_start(settings: Settings) -> None:
    """As `prepare_ledger`; but a server may start with its database away, and is not ready then (R11)."""
    try:
        await prepare_ledger(settings)
    except LedgerUnavailable as away:
        structlog.get_logger(__name__).warning("start.database_away", problem=str(away))


@asynccontextmanager
async def open_queries(settings: Settings) -> AsyncIterator[Queries]:
    """The ledger's reads and keys, for a command; also before the first `serve` and beside a running one."""
    prepare_data_dir(settings)
    await prepare_ledger(settings)
    programme = programme_of(settings)
    async with open_engines(settings) as engines:
        yield Queries(engines, programme.rulebook_at, programme.calendar)


async def verify(settings: Settings) -> tuple[Sequence[str], str]:
    """Return the differences, a line each, and the closing line. Raises `LedgerUnavailable`."""
    async with open_engines(settings, patient=True) as engines:
        await migrating.check(engines)
        verified = await verifying.verify(engines)
    lines = [
        f"{one.what} {one.key}: the entries say {one.computed or 'nothing'}, kept is {one.kept or 'nothing'}"
        for one in verified.differences
    ]
    counted = f"{verified.members} members, {verified.entries} entries"
    closing = f"{len(lines)} differences in {counted}" if lines else f"the ledger is right: {counted}"
    return lines, closing


# --- a whole server process -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Composed:
    """One process, ready to be given sockets."""

    app: ASGIApp
    live: type[asyncio.Protocol] | None
    """uvicorn's WebSocket class; None without the role `gateway`."""
    drain: Callable[[], Awaitable[None]]
    """Lets the viewers go; afterwards nobody is let in."""


@dataclass(slots=True)
class _Drained:
    """Whether this process is going away."""

    begun: bool = False


@asynccontextmanager
async def compose(settings: Settings, metrics: Metrics) -> AsyncIterator[Composed]:
    """Put one process together and take it apart again; starts with SQL or Redis away, too (R11)."""
    clock = SystemClock()
    programme = programme_of(settings)
    secret = token_secret(settings)
    drained = _Drained()
    async with AsyncExitStack() as stack:
        engines = await stack.enter_async_context(open_engines(settings))
        queries = Queries(engines, programme.rulebook_at, programme.calendar)
        tokens = Tokens(secret, issuer=settings.token_issuer, jwks=_jwks(settings, stack))
        hot = _hot_side(settings, clock, stack)
        announcer = Announcer(
            cache=hot.cache,
            publisher=hot.rooms,
            mail=hot.mailboxes,
            hot=hot.hot,
            rulebook_at=programme.rulebook_at,
            clock=clock,
            meter=metrics,
            items_changed=lambda room: gateway.rooms.changed(room),
        )
        announcer.start()
        stack.push_async_callback(announcer.stop)
        journal = Journal(engines, programme.rulebook_at, programme.calendar)
        intake = Intake(journal, announcer.after_commit, clock, metrics)
        stack.push_async_callback(intake.stop)
        reader = ReadThrough(hot.cache, LedgerRecords(queries, clock))
        stack.push_async_callback(reader.stop)
        gateway = Gateway(
            tokens=tokens,
            origins=settings.origins,
            intake=intake,
            truth=queries,
            reader=reader,
            cache=hot.cache,
            hot=hot.hot,
            store=hot.rooms,
            tells=announcer,
            rulebook_at=programme.rulebook_at,
            calendar=programme.calendar,
            clock=clock,
            meter=metrics,
        )
        stack.push_async_callback(gateway.stop)
        checks: dict[str, Check] = {"sql": queries.ping, "redis": hot.rooms.check_partitions}
        node: Node | None = None
        if "gateway" in settings.roles:
            bus = RedisBus(hot.link, hot.keys)
            node = Node(NodeSettings(), gateway, hot.rooms, bus, hot.mailboxes, metrics, clock)
            await node.start()
            stack.push_async_callback(node.stop)
            checks["canary"] = partial(_canary, node)
        if "jobs" in settings.roles:
            runner = Runner([pruning(engines)], clock)
            runner.start()
            stack.push_async_callback(runner.stop)
        app = http_side(
            settings,
            programme,
            queries=queries,
            intake=intake,
            tokens=tokens,
            keys=ApiKeys(queries, Seal(secret), clock),
            rooms=hot.rooms,
            items=gateway.items,
            metrics=metrics,
            clock=clock,
            checks=checks,
            draining=lambda: drained.begun,
        )

        async def drain() -> None:
            drained.begun = True
            gateway.draining()
            if node is not None:
                await node.drain()

        yield Composed(app, None if node is None else live_protocol(node), drain)


async def _canary(node: Node) -> None:
    """Raise unless the bus has brought a canary back lately."""
    if not node.is_ready:
        raise NoCanary("the bus")


@dataclass(frozen=True, slots=True)
class _HotSide:
    """Everything on Redis."""

    link: RedisLink
    keys: Keys
    rooms: RedisRoomStore
    mailboxes: RedisMailboxes
    cache: RedisCache
    hot: RedisHot


def _hot_side(settings: Settings, clock: Clock, stack: AsyncExitStack) -> _HotSide:
    link = RedisLink(settings.redis, settings.namespace)
    stack.push_async_callback(link.aclose)
    keys = Keys(settings.namespace)
    return _HotSide(
        link,
        keys,
        RedisRoomStore(link, keys, clock),
        RedisMailboxes(link, keys, clock),
        RedisCache(link.writes, settings.namespace),
        RedisHot(link.writes, settings.namespace),
    )


def _jwks(settings: Settings, stack: AsyncExitStack) -> Jwks | None:
    if settings.token_jwks is None:
        return None
    keys = Jwks(settings.token_jwks)
    fresh = asyncio.create_task(keys.keep_fresh(), name="jwks")

    async def stop() -> None:
        fresh.cancel()
        await asyncio.gather(fresh, return_exceptions=True)
        await keys.close()

    stack.push_async_callback(stop)
    return keys


def http_side(
    settings: Settings,
    programme: Programme,
    *,
    queries: QueriesPort,
    intake: Intake,
    tokens: Tokens,
    keys: ApiKeys,
    rooms: RoomStore,
    items: Items,
    metrics: Metrics,
    clock: Clock,
    checks: Mapping[str, Check],
    draining: Callable[[], bool],
) -> ASGIApp:
    """Return all that is answered over HTTP; without the role `api` only health."""

    def card(member: Member, now_ms: int) -> Json:
        return card_json(card_of(member, programme.rulebook, programme.calendar, None, now_ms))

    secret = settings.metrics_token
    health = Health(checks, metrics, None if secret is None else secret.get_secret_value(), draining)
    front = Front(Proof(tokens, keys, clock), queries, clock, metrics)
    if "api" not in settings.roles:
        return build((), front, others=health.routes())
    operations: list[Operation] = [
        *Events(intake, settings.currency).operations(),
        *Members(queries, intake, card).operations(),
        *TokenDesk(tokens).operations(),
        *Rooms(queries, intake).operations(),
        *Shows(queries, intake).operations(),
        *Snapshots(queries, rooms, items).operations(),
    ]
    if settings.demo:
        operations += DemoTokens(tokens).operations()
    others = [*health.routes(), *Pages(OVERLAY_DIST).routes()]
    return build(operations, front, origins=frozenset(settings.origins), others=others)
