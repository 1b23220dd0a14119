"""The composition root: the only module that names concrete adapters. Everybody else receives ports."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.redis_link import RedisLink
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
from server.api.snapshot import Snapshots
from server.api.tokens import TokenDesk
from server.clock import Clock, SystemClock
from server.domain.card import card_of
from server.domain.days import Calendar
from server.domain.room import Json
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.errors import SettingWrong
from server.hot.redis_hot import RedisHot
from server.intake import Intake
from server.jwks import Jwks
from server.keys import ApiKeys, Seal
from server.ledger import migrating
from server.ledger import verify as verifying
from server.ledger.engines import Engines
from server.ledger.errors import LedgerBehind, LedgerUnavailable
from server.ledger.journal import Journal
from server.ledger.queries import Queries
from server.metrics import Metrics
from server.pages import Pages
from server.rulebooks.loading import load_preset
from server.settings import Settings, prepare_data_dir, token_secret
from server.views import card_json, item_frame

PRESET = "jifen"
OVERLAY_DIST = Path(__file__).resolve().parents[1] / "overlay_web" / "dist"


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
    async with AsyncExitStack() as stack:
        engines = await stack.enter_async_context(open_engines(settings))
        queries = Queries(engines, programme.rulebook_at, programme.calendar)
        tokens = Tokens(secret, issuer=settings.token_issuer, jwks=await _jwks(settings, stack))
        hot = await _hot_side(settings, clock, stack)
        announcer = Announcer(
            cache=hot.cache,
            publisher=hot.store,
            mail=hot.mailboxes,
            hot=hot.hot,
            rulebook_at=programme.rulebook_at,
            clock=clock,
            meter=metrics,
        )
        announcer.start()
        stack.push_async_callback(announcer.stop)
        journal = Journal(engines, programme.rulebook_at, programme.calendar)
        intake = Intake(journal, announcer.after_commit, clock, metrics)
        stack.push_async_callback(intake.stop)
        drained = _Drained()
        checks: dict[str, Check] = {"sql": queries.ping, "redis": hot.ping}
        app = _http_side(settings, programme, queries, intake, tokens, hot, metrics, clock, checks, drained)

        async def drain() -> None:
            drained.begun = True

        yield Composed(app, None, drain)


@dataclass(frozen=True, slots=True)
class _HotSide:
    """Everything on Redis."""

    link: RedisLink
    keys: Keys
    store: RedisRoomStore
    mailboxes: RedisMailboxes
    cache: RedisCache
    hot: RedisHot

    async def ping(self) -> None:
        await self.link.call("ping", lambda: self.link.reads.ping())


async def _hot_side(settings: Settings, clock: Clock, stack: AsyncExitStack) -> _HotSide:
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


async def _jwks(settings: Settings, stack: AsyncExitStack) -> Jwks | None:
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


def _http_side(
    settings: Settings,
    programme: Programme,
    queries: Queries,
    intake: Intake,
    tokens: Tokens,
    hot: _HotSide,
    metrics: Metrics,
    clock: Clock,
    checks: Mapping[str, Check],
    drained: _Drained,
) -> ASGIApp:
    def card(member: Member, now_ms: int) -> Json:
        return card_json(card_of(member, programme.rulebook, programme.calendar, None, now_ms))

    proof = Proof(tokens, ApiKeys(queries, Seal(token_secret(settings)), clock), clock)
    operations: list[Operation] = []
    if "api" in settings.roles:
        operations += Events(intake, settings.currency).operations()
        operations += Members(queries, intake, card).operations()
        operations += TokenDesk(tokens).operations()
        operations += Rooms(queries, intake).operations()
        operations += Shows(queries, intake).operations()
        operations += Snapshots(queries, hot.store, item_frame).operations()
        if settings.demo:
            operations += DemoTokens(tokens).operations()
    token = settings.metrics_token
    health = Health(
        checks, metrics, None if token is None else token.get_secret_value(), lambda: drained.begun
    )
    others: list[BaseRoute] = [*health.routes()]
    if "api" in settings.roles:
        others += Pages(OVERLAY_DIST).routes()
    return build(
        operations, Front(proof, queries, clock, metrics), origins=frozenset(settings.origins), others=others
    )
