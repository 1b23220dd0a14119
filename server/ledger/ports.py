"""What the rest of the server may ask of the ledger. Implemented by `journal.Journal` and `queries.Queries`
(one code path for SQLite and PostgreSQL); the in-memory twin is in `testing`, under the same contract suite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.domain.commands import Command, Origin, Subject
from server.domain.decision import Receipt
from server.domain.draw import Draw, Ticket
from server.domain.facts import Fact
from server.domain.gates import GateStand, Permit
from server.domain.rewards import Reward, RewardClaim
from server.domain.room import Json
from server.domain.state import Coupon, FirstN, Gift, Member, Order, Redemption, Room, Show, Task
from server.domain.task_preview import PastTask
from server.ids import (
    AuthorTag,
    CouponId,
    DrawId,
    GateId,
    GiftId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A room item after the commit; `value` None = removed. `rev` rises under the room's row lock."""

    room: RoomId
    key: str
    """``name``, ``show`` … or ``<map>/<id>`` for an entry of a map by id (``tasks/t1``)."""
    rev: int
    value: Json | None
    """Plain data as `server.domain.room.items_of` gives it, encoded later by `server.views`."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a test event (`istest`) would have done. Only its answer is kept: no line, row or version moved."""

    source: str
    event: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class BudgetStand:
    """A budget that this commit has charged."""

    name: str
    """As in `BudgetSpent`."""
    charged: int
    """By this commit alone, less what it returned: negative where more returned."""
    spent: int
    """All in all, this commit's charge included."""
    max: int
    returned: int = 0
    """All that ever returned to it (E8)."""

    @property
    def moves(self) -> int:
        """A number that is higher after every commit that leaves the budget at another `spent`, up or down."""
        return self.spent + 2 * self.returned


@dataclass(frozen=True, slots=True)
class Committed:
    """One batch, durable. `receipts` stand in the order of the commands given."""

    receipts: tuple[Receipt, ...]
    facts: tuple[Fact, ...]
    """Of all applied commands, in the order they were decided."""
    members: tuple[Member, ...]
    """Every member touched, as it is now, with its raised version."""
    items: tuple[ItemChange, ...]
    rehearsed: tuple[Rehearsed, ...] = ()
    """One per test event answered for the first time, in the order they were decided."""
    budgets: tuple[BudgetStand, ...] = ()
    """In the order of their names."""


MOST_CAMPAIGNS = 100
"""Campaigns of a room that are listed: the evenings of some months."""


class JournalPort(Protocol):
    async def apply(self, batch: Sequence[Command], now_ms: int) -> Committed:
        """Claim → load → decide → keep → commit, in one transaction; at most 1 000 commands, a merge by itself.

        A refusal is one receipt and never fails the batch. Raises `ledger.errors.LedgerUnavailable` when
        the database is away or could not serialise after retries (nothing happened), and whatever a bug
        raises (nothing happened; intake then halves the batch).
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only ledger (X7)."""

    id: int
    member: MemberId
    book: str
    """``growth`` or ``points``."""
    delta: int
    rule: str
    source: str
    event: str
    order: OrderId | None
    room: RoomId | None
    show: ShowId | None
    at_ms: int
    rulebook_version: int
    actor: str


@dataclass(frozen=True, slots=True)
class CampaignStand:
    """A first-N campaign and how far it has come (L4)."""

    campaign: FirstN
    taken: int
    closed_ms: int | None
    """None = it is open, or full and still shown."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key as stored: never the secret itself, only its digest, or for signing keys the sealed secret."""

    id: str
    name: str
    digest: str
    scopes: frozenset[str]
    source: str | None
    signing_secret: str | None
    created_ms: int
    revoked_ms: int | None
    can: frozenset[str] | None = None
    """The event types its source can prove (X6), as they are declared now; None = all."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What an event source is declared to be able to prove (X6)."""

    name: str
    can: frozenset[str] | None
    """Event types; None = all."""
    changed_ms: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer of a write with an Idempotency-Key; `status` 0 = still running."""

    digest: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class QueriesPort(Protocol):
    """Reads, each in its own snapshot, and the few writes that are not business (keys, idempotency)."""

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        """Return the stored members, whole as the journal would load them; unknown ones are absent."""
        ...

    async def versions(self, ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        """Return only the versions of stored members: what nodes compare their viewers' cards with (R9)."""
        ...

    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
        """Return who is meant; an identity never seen is absent. A merged id gives the surviving one."""
        ...

    async def identities(self, member: MemberId) -> Sequence[tuple[str, str]]: ...

    async def entries(self, member: MemberId, before: int | None, limit: int) -> Sequence[Entry]:
        """Return entries newest first with id below `before` (None = from the newest)."""
        ...

    async def coupons(self, member: MemberId, before: CouponId | None, limit: int) -> Sequence[Coupon]:
        """Return the member's coupons newest first, used and expired ones too, those after `before`.

        `before` None = from the newest; one that is not the member's = none.
        """
        ...

    async def rooms(self) -> Sequence[Room]: ...

    async def room(self, room: RoomId) -> Room | None: ...

    async def show(self, show: ShowId) -> Show | None: ...

    async def order(self, order: OrderId) -> Order | None: ...

    async def redemption(self, redemption: RedemptionId) -> Redemption | None: ...

    async def rewards(self) -> Sequence[Reward]:
        """Return every reward by id, closed ones too."""
        ...

    async def reward(self, reward: RewardId) -> Reward | None: ...

    async def reward_claim(self, claim: RedemptionId) -> RewardClaim | None: ...
    async def gate(self, gate: GateId) -> GateStand | None:
        """Return a gate as it is kept, without what its open permits hold; the link is sealed (L5)."""
        ...

    async def permit(self, permit: PermitId) -> Permit | None: ...

    async def task(self, task: TaskId) -> Task | None: ...

    async def spent(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return how much of these budgets is spent, or counted under these names; absent = nothing."""
        ...

    async def past_tasks(self, kind: str, most: int) -> Sequence[PastTask]:
        """Return how the newest tasks of a kind went that are over, at most `most` (L3)."""
        ...

    async def campaigns(self, room: RoomId) -> Sequence[CampaignStand]:
        """Return the room's first-N campaigns, newest first, at most `MOST_CAMPAIGNS`."""
        ...

    async def draw(self, draw: DrawId) -> Draw | None: ...

    async def draw_tags(self, draw: DrawId) -> Sequence[str]:
        """Return what stands for the tickets of a draw, in the order they came."""
        ...

    async def unreturned(self, draw: DrawId, most: int) -> Sequence[Ticket]:
        """Return tickets that have not given their points back, lowest numbers first."""
        ...

    async def gift(self, gift: GiftId) -> Gift | None: ...

    async def gift_of_code(self, code: str) -> Gift | None:
        """Return the gift behind a link's code, in whatever state it is (P5)."""
        ...

    async def author(self, tag: AuthorTag) -> MemberId | None:
        """Return who a public frame's tag stands for; None = nobody."""
        ...

    async def room_items(self, room: RoomId) -> Sequence[ItemChange] | None:
        """Return all items of a room for a rebuild of its hot state; None = there is no such room."""
        ...

    async def watch_counts(self, member: MemberId, show: ShowId) -> tuple[int, int]:
        """Return how many 15-min and 10-min milestones the ledger holds for this member and show."""
        ...

    async def add_key(self, key: KeyRecord, by: Origin | None = None) -> None:
        """`by` here and below: whose press it was, noted in the same transaction (X7); None = nobody's."""
        ...

    async def keys(self) -> Sequence[KeyRecord]: ...

    async def revoke_key(self, key_id: str, now_ms: int, by: Origin | None = None) -> bool: ...

    async def put_source(self, source: SourceRecord, by: Origin | None = None) -> None:
        """Declare what a source can prove; it counts for its keys from their next reading."""
        ...

    async def sources(self) -> Sequence[SourceRecord]:
        """Return the declared sources by name."""
        ...

    async def claim_answer(self, owner: str, key: str, digest: str, now_ms: int) -> StoredAnswer | None:
        """Claim an Idempotency-Key; None = claimed by us now, else what stands there."""
        ...

    async def store_answer(self, owner: str, key: str, answer: StoredAnswer) -> None: ...

    async def drop_answer(self, owner: str, key: str, claimed_ms: int) -> None:
        """Let go of the claim of `claimed_ms`, whose request failed on our side, so that the sender may try again.

        One that has been taken over since stays.
        """
        ...

    async def ping(self) -> None:
        """Raise `LedgerUnavailable` unless the database answers and is at our migration."""
        ...
