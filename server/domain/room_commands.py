"""What a host, an operator or due work wishes of a room: shows, tasks, draws, gates … Pure data; see `server.domain.commands`."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.draw import Prize
from server.domain.origin import Origin
from server.domain.state import Spotlight
from server.ids import (
    DrawId,
    FirstNId,
    GateId,
    PermitId,
    PollId,
    ShowId,
    TaskId,
)


@dataclass(frozen=True, slots=True)
class PutRoom:
    """Create the room of `origin.room`, or change its name and entry."""

    origin: Origin
    name: str
    members_only: str | None = None


@dataclass(frozen=True, slots=True)
class PresentRulebook:
    """Let the room of `origin.room` show the rulebook in force (X3)."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class SetRoom:
    """Change how a room behaves; None leaves a value as it is."""

    origin: Origin
    slow_s: int | None = None
    writers: str | None = None
    theme: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class ScheduleShow:
    origin: Origin
    show: ShowId
    title: str
    starts_ms: int | None = None
    offers: tuple[tuple[str, int, str], ...] = ()
    """(tier, percent, text) per tier (L1)."""
    members_only: str | None = None


@dataclass(frozen=True, slots=True)
class SetShowStatus:
    """Start (`live`) or end (`ended`) a show."""

    origin: Origin
    show: ShowId
    status: str
    replay_url: str | None = None


@dataclass(frozen=True, slots=True)
class PutSpotlight:
    """Let the room show a product, in place of the one before (B7)."""

    origin: Origin
    spotlight: Spotlight


@dataclass(frozen=True, slots=True)
class ClearSpotlight:
    origin: Origin


@dataclass(frozen=True, slots=True)
class OpenFirstN:
    """Promise `points` to each of the first `n` members who order (L4)."""

    origin: Origin
    campaign: FirstNId
    title: str
    n: int
    points: int


@dataclass(frozen=True, slots=True)
class CloseFirstN:
    origin: Origin
    campaign: FirstNId


@dataclass(frozen=True, slots=True)
class StartTask:
    """Start a countdown task in the room's live show (L3)."""

    origin: Origin
    task: TaskId
    kind: str
    """One of `server.domain.decide.tasks.KINDS`."""
    title: str
    reward: int
    """Points for each member who reaches the target."""
    target: int
    seconds: int
    budget: int
    """Points that all rewards together may cost."""
    password: str | None = None
    """Digest of the comment that counts, as `PostComment.digest`; only of kind ``password``."""
    audience: int = 0
    """Viewers in the room now, for the previews of later tasks; 0 = not known."""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Extend, pause, resume or cancel a task (L3)."""

    origin: Origin
    task: TaskId
    action: str
    """extend · pause · resume · cancel."""
    seconds: int | None = None
    """By so much, of extend."""
    rev: int | None = None
    """The task's `rev` that the sender saw; None = whatever it is."""


@dataclass(frozen=True, slots=True)
class SettleTask:
    """End a task whose time is over. Says nothing unless it is (L3)."""

    origin: Origin
    task: TaskId


@dataclass(frozen=True, slots=True)
class AllowGrace:
    """A broadcast overlay has shown the task: video is late, so everyone gets the time of it (OVERLAY, Countdown)."""

    origin: Origin
    task: TaskId


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """Open a draw in `origin.room`, with the promise of a seed that was made at the door (P3)."""

    origin: Origin
    draw: DrawId
    title: str
    cost: int
    """Points, ≥ 0."""
    prizes: tuple[Prize, ...]
    seconds: int
    commitment: str
    sealed_seed: str
    salt: str
    max_entries: int = 1


@dataclass(frozen=True, slots=True)
class CloseDraw:
    """The draw's time is said to be over: settle who is in it. Nothing happens unless it is."""

    origin: Origin
    draw: DrawId


@dataclass(frozen=True, slots=True)
class RevealDraw:
    """Make the seed public and give the prizes. Nothing happens unless the draw waits for it."""

    origin: Origin
    draw: DrawId
    seed: str
    """Hex; refused unless it is the one that was committed to."""
    tickets: tuple[int, ...]
    """Those that win, worked out before so that their members can be loaded; worked out again."""


@dataclass(frozen=True, slots=True)
class CancelDraw:
    """Call a draw off; all points come back (`ReturnTicket`)."""

    origin: Origin
    draw: DrawId
    seed_lost: bool = False
    """The server cannot read its own seed any more: the only way out of a closed draw."""


@dataclass(frozen=True, slots=True)
class RemoveDraw:
    """Take a draw that is over out of the room's view. Its proof stays."""

    origin: Origin
    draw: DrawId


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Announce an early-access gate in the room's live show (L5)."""

    origin: Origin
    gate: GateId
    sku: str
    title: str
    price: int
    """Minor units."""
    link: str
    """Sealed at the door; it goes out with a permit only."""
    public_ms: int
    stock: int
    early_percent: int
    """Of the stock, that may go before `public_ms`; at most 30."""
    per_member: int | None = None
    """Pieces one member may buy; None = no end."""
    cobrand: bool = False
    """Made with another brand: the benefit `cobrand_early_access` opens it early, not `early_access` (T3)."""


@dataclass(frozen=True, slots=True)
class CancelGate:
    origin: Origin
    gate: GateId


@dataclass(frozen=True, slots=True)
class VerifyPermit:
    """The mall uses a permit, whose signature is proven; `origin.room` is its gate's (L5)."""

    origin: Origin
    permit: PermitId
    sku: str
    bearer: str | None = None
    """Whom the permit names: who it was given to, part of another member perhaps by now (X1)."""


@dataclass(frozen=True, slots=True)
class ExpirePermit:
    """The permit's minute is said to be over: nothing happens unless it is."""

    origin: Origin
    permit: PermitId


@dataclass(frozen=True, slots=True)
class OpenPoll:
    """Ask the room (L8)."""

    origin: Origin
    poll: PollId
    question: str
    options: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class ClosePoll:
    """Take no more votes."""

    origin: Origin
    poll: PollId
    overdue: bool = False
    """Its time is said to be over: nothing happens unless it is."""


@dataclass(frozen=True, slots=True)
class RemovePoll:
    """Take a poll off the screen."""

    origin: Origin
    poll: PollId


@dataclass(frozen=True, slots=True)
class Pin:
    """Pin a line in the room; None takes the one there away (L8)."""

    origin: Origin
    text: str | None


@dataclass(frozen=True, slots=True)
class PostNotice:
    """Say something to everybody in the room, once (L8)."""

    origin: Origin
    text: str
    rank: int
    """1–3 (PROTOCOL §1.2)."""
