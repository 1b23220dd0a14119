"""One process of a server, put together and taken apart again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic

from starlette.types import ASGIApp

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.ears import bus_on
from broadcaster.keys import Keys
from broadcaster.mailbox import RedisMailboxes
from broadcaster.node import Node
from broadcaster.overload import Level
from broadcaster.protocol import LiveConnection, live_protocol
from broadcaster.redis_link import RedisLink
from broadcaster.settings import NodeSettings
from member_cache.reader import ReadThrough
from member_cache.redis_cache import RedisCache
from server.announcing.announcer import Announcer
from server.announcing.shout_controls import ShoutControls
from server.api.health import Check
from server.bootstrap.http import http_side
from server.bootstrap.ledger import open_engines, programme_of
from server.bootstrap.webhooks import relay_of
from server.budgets import BudgetWatch
from server.clock import Clock, SystemClock
from server.credentials.access import Tokens
from server.credentials.jwks import Jwks
from server.credentials.keys import ApiKeys, Seal
from server.credentials.permits import Gatekeeper, Permits, permit_key
from server.credentials.tickets import TicketOffice
from server.errors import Unavailable
from server.funnel import TaskFunnel
from server.gateway.app import Gateway
from server.gateway.records import LedgerRecords
from server.hot.redis_hot import RedisHot
from server.intake import Intake
from server.jobs.boxes import boxes
from server.jobs.draws import draws
from server.jobs.gifts import unclaimed_gifts
from server.jobs.held_awards import held_awards
from server.jobs.holds import holds
from server.jobs.leaderboard import Leaderboards
from server.jobs.permits import permits as run_out_permits
from server.jobs.polls import polls
from server.jobs.presenting import presenting
from server.jobs.pruning import pruning
from server.jobs.recall import recalling
from server.jobs.relaying import relaying
from server.jobs.runner import Runner
from server.jobs.tasks import tasks
from server.jobs.tier_holds import tier_holds
from server.jobs.tiers_moved import tiers_moved
from server.jobs.years import years
from server.leaderboard import Leaderboard
from server.ledger.absences import Absences
from server.ledger.audit import AuditBook
from server.ledger.box_queries import BoxQueries
from server.ledger.contact_rows import ContactBook
from server.ledger.due import DueWork
from server.ledger.hook_queue import HookQueue
from server.ledger.hooks import HookBook
from server.ledger.journal import Journal
from server.ledger.prompt_book import PromptBook
from server.ledger.queries import Queries
from server.ledger.rulebook_book import RulebookBook
from server.ledger.shout_book import ShoutBook
from server.ledger.show_figures import ShowFigures
from server.ledger.widget_book import WidgetBook
from server.metrics import Metrics
from server.refreshing import InForce, RateAnnounced, Refresher
from server.reward_catalogue import RewardCatalogue
from server.settings import Settings, token_secret


class NoCanary(Unavailable):
    """Nothing has come back through the bus lately."""


@dataclass(frozen=True, slots=True)
class Composed:
    """One process, ready to be given sockets."""

    app: ASGIApp
    live: type[LiveConnection] | None
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
    secret = token_secret(settings)
    drained = _Drained()
    async with AsyncExitStack() as stack:
        stack.callback(metrics.flush)  # the last thing of all: who went while we stopped
        engines = await stack.enter_async_context(open_engines(settings))
        programme = programme_of(settings, engines)
        queries = Queries(engines, programme.rulebook_at, programme.calendar)
        shop = RewardCatalogue(queries)
        tokens = Tokens(secret, issuer=settings.token_issuer, jwks=_jwks(settings, stack))
        hot = _hot_side(settings, clock, stack)
        announcer = Announcer(
            cache=hot.cache,
            publisher=hot.rooms,
            mail=hot.mailboxes,
            hot=hot.hot,
            controls=ShoutControls(ShoutBook(engines), clock),
            node=secrets.token_hex(6),
            rulebook_at=programme.rulebook_at,
            clock=clock,
            meter=metrics,
            items_changed=lambda room: gateway.rooms.changed(room),
        )
        announcer.start()
        stack.push_async_callback(announcer.stop)
        seal = Seal(secret)
        journal = Journal(
            engines,
            programme.rulebook_at,
            programme.calendar,
            confirm=programme.rulebooks.confirm,
            unseal=seal.open_or_none,
        )
        funnel = TaskFunnel(BudgetWatch(announcer.after_commit, metrics).after_commit, hot.hot)
        intake = Intake(
            journal,
            funnel.after_commit,
            clock,
            metrics,
            max_batch=engines.commands_at_once,
            foresee=journal.foresee,
            apply_behind=journal.apply_behind if engines.keeps_early else None,
        )
        stack.push_async_callback(intake.stop)
        permits = Permits(permit_key(settings))
        reader = ReadThrough(hot.cache, LedgerRecords(queries, clock))
        stack.push_async_callback(reader.stop)
        widgets = WidgetBook(engines, programme.rulebook_at)
        office = TicketOffice(widgets, hot.hot, clock)
        gateway = Gateway(
            tokens=tokens,
            tickets=office,
            widgets=widgets,
            origins=settings.origins,
            intake=intake,
            truth=queries,
            reader=reader,
            cache=hot.cache,
            hot=hot.hot,
            store=hot.rooms,
            tells=announcer,
            gatekeeper=Gatekeeper(queries, permits, seal),
            rulebook_at=programme.rulebooks.rulebook_at,
            calendar=programme.calendar,
            clock=clock,
            meter=metrics,
            offered=shop.offered,
            funnel=funnel,
            node=secrets.token_hex(8),
        )
        stack.push_async_callback(gateway.stop)
        in_force = InForce(programme.rulebook_at, gateway.rulebook_changed)
        rate = RateAnnounced(lambda: programme.rulebooks.schedule, gateway.rate_announced)
        refresher = Refresher([programme.rulebooks, in_force, rate, shop, gateway.audience, funnel], clock)
        await refresher.once()
        refresher.start()
        stack.push_async_callback(refresher.stop)
        checks: dict[str, Check] = {"sql": queries.ping, "redis": hot.rooms.check_partitions}
        node: Node | None = None
        if "gateway" in settings.roles:
            bus = bus_on(hot.link, hot.keys)
            node = Node(NodeSettings(), gateway, hot.rooms, bus, hot.mailboxes, metrics, clock)
            await node.start()
            stack.push_async_callback(node.stop)
            checks["canary"] = partial(_canary, node)
        hooks = HookBook(engines, programme.rulebook_at)
        shows = ShowFigures(engines)
        if "jobs" in settings.roles:
            queue = HookQueue(engines)
            relay = relay_of(settings, queue, hooks, seal, metrics, clock, stack)
            due = DueWork(engines)
            submit = intake.submit_many
            held = [holds(due, submit), unclaimed_gifts(due, submit), tier_holds(due, submit)]
            held.append(held_awards(due, submit))
            ending = years(due, queries, intake.submit_many, programme.rulebook_at, programme.calendar)
            recalls = recalling(
                Absences(engines), intake.submit_many, programme.rulebook_at, programme.calendar
            )
            settled = tasks(due, intake.submit_many)
            presented = presenting(due, intake.submit_many, programme.rulebook_at, programme.calendar)
            drawn = draws(due, queries, intake.submit_many, seal)
            book = BoxQueries(engines)
            rules, days = programme.rulebook_at, programme.calendar
            daily = boxes(book, intake.submit_many, seal, secrets.token_bytes, rules, days)
            run_out = run_out_permits(due, intake.submit_many)
            closing = polls(due, intake.submit_many)
            moving = tiers_moved(due, intake.submit_many, programme.rulebook_at)
            minutely = [recalls, *held, settled, run_out, closing, *drawn, *daily, *ending, presented, moving]
            boards = Leaderboards(
                shows, Leaderboard(shows, queries, rules), due, hot.rooms, lambda: int(monotonic() * 1_000)
            )
            looks = [pruning(engines), *minutely, *relaying(relay, queue), boards.job()]
            runner = Runner(looks, clock, due.waiting)
            runner.start()
            stack.push_async_callback(runner.stop)
        app = http_side(
            settings,
            programme,
            queries=queries,
            intake=intake,
            tokens=tokens,
            keys=ApiKeys(queries, seal, clock),
            seal=seal,
            permits=permits,
            hooks=hooks,
            contacts=ContactBook(engines),
            widgets=widgets,
            office=office,
            hot=hot.hot,
            mail=hot.mailboxes,
            prompts=PromptBook(engines, programme.rulebook_at),
            boxes=BoxQueries(engines),
            book=RulebookBook(engines, programme.rulebooks, clock, settings.currency),
            rooms=hot.rooms,
            presence=hot.rooms,
            items=gateway.items,
            metrics=metrics,
            clock=clock,
            checks=checks,
            draining=lambda: drained.begun,
            offered=shop.offered,
            level=lambda: Level.NORMAL if node is None else node.level,
            show_figures=shows,
            audit=AuditBook(engines, programme.rulebook_at),
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
        RedisCache(link.writes, settings.namespace, clustered=link.cluster is not None),
        RedisHot(link.writes, settings.namespace, clustered=link.cluster is not None),
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
