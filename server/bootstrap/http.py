"""All that is answered over HTTP, put together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp

from broadcaster.errors import BusUnavailable
from broadcaster.overload import Level
from broadcaster.ports import Mailboxes, Presence, RoomStore
from server.api.api_keys import ApiKeyDesk
from server.api.app import build
from server.api.audit import Audit
from server.api.auditing import RefusedPresses
from server.api.boxes import Boxes
from server.api.contacts import Contacts
from server.api.demo import DemoTokens
from server.api.draws import Draws
from server.api.events import Events
from server.api.figures import Figures
from server.api.first_n import FirstNs
from server.api.gates import Gates
from server.api.gifts import Gifts
from server.api.health import Check, Health
from server.api.members import Members
from server.api.moderation import Moderation
from server.api.operation import Operation
from server.api.polls import Polls
from server.api.principals import Proof
from server.api.prompter import Prompter
from server.api.queue import Queue
from server.api.quotes import Quotes
from server.api.redemptions import Redemptions
from server.api.rewards import Rewards
from server.api.rooms import Rooms
from server.api.rulebooks import Rulebooks
from server.api.serving import Front
from server.api.shows import Shows
from server.api.snapshot import Items, Snapshots
from server.api.spotlight import Spotlights
from server.api.tasks import Tasks
from server.api.tokens import TokenDesk
from server.api.webhooks import Webhooks
from server.api.widgets import Widgets
from server.bootstrap.ledger import Programme
from server.clock import Clock
from server.credentials.access import Tokens
from server.credentials.keys import ApiKeys, Seal
from server.credentials.permits import Permits
from server.credentials.tickets import TicketOffice
from server.domain.attending import Here
from server.domain.card import card_of
from server.domain.rewards import Reward
from server.domain.room import Json
from server.domain.state import Member
from server.gateway.overlays import mailbox_of, renewed_record
from server.hot.errors import HotUnavailable
from server.hot.ports import Hot
from server.hot.sliding import SteadyPacer
from server.ids import RoomId
from server.intake import Intake
from server.leaderboard import Leaderboard
from server.ledger.audit import AuditBook
from server.ledger.box_queries import BoxQueries
from server.ledger.contact_rows import ContactBook
from server.ledger.hooks import HookBook
from server.ledger.ports import QueriesPort
from server.ledger.prompt_book import PromptsPort
from server.ledger.rulebook_book import RulebookBook
from server.ledger.show_figures import ShowFigures
from server.ledger.widget_book import WidgetBook
from server.metrics import Metrics
from server.pages import Pages
from server.settings import Settings
from server.views import card_json

OVERLAY_DIST = Path(__file__).resolve().parents[2] / "overlay_web" / "dist"


def http_side(
    settings: Settings,
    programme: Programme,
    *,
    queries: QueriesPort,
    intake: Intake,
    tokens: Tokens,
    keys: ApiKeys,
    seal: Seal,
    permits: Permits,
    hooks: HookBook,
    boxes: BoxQueries,
    book: RulebookBook,
    contacts: ContactBook,
    widgets: WidgetBook,
    office: TicketOffice,
    hot: Hot,
    mail: Mailboxes,
    prompts: PromptsPort,
    rooms: RoomStore,
    presence: Presence,
    items: Items,
    metrics: Metrics,
    clock: Clock,
    checks: Mapping[str, Check],
    draining: Callable[[], bool],
    offered: Callable[[], Sequence[Reward]],
    level: Callable[[], Level],
    show_figures: ShowFigures,
    audit: AuditBook,
) -> ASGIApp:
    """Return all that is answered over HTTP; without the role `api` only health."""

    def card(member: Member, now_ms: int) -> Json:
        rulebook = programme.rulebook_at(now_ms)
        return card_json(card_of(member, rulebook, programme.calendar, None, now_ms, offered()))

    async def audience(room: RoomId) -> int:
        """Return how many viewers are in the room; 0 with Redis away, for a preview stops nobody."""
        try:
            return await presence.report(room, "", 0, clock.now_ms())
        except BusUnavailable:
            return 0

    async def renewed(widget: str, generation: int) -> None:
        """Tell every node; with Redis away their next rounds find it by themselves."""
        with suppress(BusUnavailable):
            await mail.send([(mailbox_of(widget), renewed_record(generation))])

    async def attending(room: RoomId) -> Sequence[Here]:
        """Return whom of the room's viewers the host could speak of; nobody with Redis away."""
        try:
            return await hot.attending(room, clock.now_ms())
        except HotUnavailable:
            return ()

    secret = settings.metrics_token
    health = Health(checks, metrics, None if secret is None else secret.get_secret_value(), draining)
    proof = Proof(tokens, keys, clock)
    front = Front(proof, queries, clock, metrics, RefusedPresses(audit))
    if "api" not in settings.roles:
        return build((), front, others=health.routes())
    pacer = SteadyPacer(hot)
    board = Leaderboard(show_figures, queries, programme.rulebook_at)
    operations: list[Operation] = [
        *Events(intake, settings.currency).operations(),
        *Contacts(queries, contacts, intake).operations(),
        *Moderation(queries, intake).operations(),
        *Members(queries, intake, card).operations(),
        *TokenDesk(tokens).operations(),
        *Rooms(queries, intake).operations(),
        *Shows(queries, intake).operations(),
        *Spotlights(queries, intake).operations(),
        *FirstNs(queries, intake).operations(),
        *Redemptions(queries, intake).operations(),
        *Gifts(queries, intake).operations(),
        *ApiKeyDesk(queries, seal, programme.rulebook_at).operations(),
        *Quotes(queries, programme.rulebook_at, programme.calendar).operations(),
        *Gates(queries, intake, permits, seal).operations(),
        *Polls(queries, intake).operations(),
        *Tasks(queries, intake, audience, programme.rulebook_at).operations(),
        *Prompter(queries, prompts, attending, programme.rulebook_at, programme.calendar).operations(),
        *Draws(queries, intake, seal, secrets.token_bytes, proof, programme.rulebook_at).operations(),
        *Rewards(queries, intake).operations(),
        *Widgets(queries, widgets, office, pacer, renewed).operations(),
        *Queue(queries, intake, widgets, hot, pacer, programme.rulebook_at).operations(),
        *Snapshots(queries, rooms, items, level).operations(),
        *Boxes(boxes, queries, programme.rulebook_at).operations(),
        *Rulebooks(book, programme.rulebooks, settings.currency).operations(),
        *Figures(queries, show_figures, hot, board, programme.rulebook_at).operations(),
        *Audit(audit).operations(),
        *Webhooks(hooks, seal, settings.allow_private_webhooks).operations(),
    ]
    if settings.demo:
        operations += DemoTokens(tokens).operations()
    others = [*health.routes(), *Pages(OVERLAY_DIST).routes()]
    return build(operations, front, origins=frozenset(settings.origins), others=others)
