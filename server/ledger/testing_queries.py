"""What the ledger in memory holds, and how it is read: `QueriesPort` without a database. For `testing`.

What the doors ask for (keys, sources, first answers of a key) stands here too: no command changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from server.domain.boxes import BoxBook
from server.domain.commands import ById, ByIdentity, Origin, Subject
from server.domain.contacts import Contact
from server.domain.days import Calendar
from server.domain.decide.tasks import budget_name
from server.domain.draw import Draw, DrawBook, Ticket
from server.domain.facts import (
    CommentPosted,
    IdentityLinked,
)
from server.domain.gates import GateStand, Permit
from server.domain.held_awards import HeldAward
from server.domain.rewards import Reward, RewardClaim
from server.domain.rulebook import Rulebook
from server.domain.state import (
    EVER,
    Coupon,
    Gift,
    Member,
    Order,
    Redemption,
    Room,
    Show,
    Task,
)
from server.domain.task_orders import TaskOrder
from server.domain.task_preview import PastTask
from server.ids import (
    AuthorTag,
    CouponId,
    DrawId,
    FirstNId,
    GateId,
    GiftId,
    HeldAwardId,
    MemberId,
    OrderId,
    PermitId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)
from server.ledger.batch import Answered, Key
from server.ledger.boxing import Unseal
from server.ledger.doorbook import ABANDONED_MS, RUNNING
from server.ledger.errors import LedgerUnavailable
from server.ledger.extent import scopes_on_air, since, within
from server.ledger.outbox import Webhook
from server.ledger.ports import (
    MOST_CAMPAIGNS,
    CampaignStand,
    Entry,
    ItemChange,
    KeyRecord,
    SourceRecord,
    StoredAnswer,
)


class MemoryQueries:
    """Everything in dictionaries. `away` set makes every method raise."""

    def __init__(
        self, rulebook_at: Callable[[int], Rulebook], calendar: Calendar, unseal: Unseal = str
    ) -> None:
        self.away: str | None = None
        """Why the database is away, for tests of that; None = it answers."""
        self.webhooks: list[Webhook] = []
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._answered: dict[Key, Answered] = {}
        self._members: dict[MemberId, Member] = {}
        self._orders: dict[OrderId, Order] = {}
        self._task_orders: dict[MemberId, dict[tuple[TaskId, OrderId], TaskOrder]] = {}
        self._redemptions: dict[RedemptionId, Redemption] = {}
        self._rewards: dict[RewardId, Reward] = {}
        self._reward_claims: dict[RedemptionId, RewardClaim] = {}
        self._book = DrawBook()
        self._boxes = BoxBook()
        self._unseal = unseal
        self._gifts: dict[GiftId, Gift] = {}
        self._held_awards: dict[HeldAwardId, HeldAward] = {}
        self._contacts: dict[tuple[MemberId, str], Contact] = {}
        self._rooms: dict[RoomId, Room] = {}
        self._shows: dict[ShowId, Show] = {}
        self._places: dict[FirstNId, int] = {}
        self._placed: set[tuple[FirstNId, MemberId]] = set()
        self._campaigns: dict[FirstNId, tuple[RoomId, CampaignStand]] = {}
        self._voted: set[tuple[str, MemberId]] = set()
        self._gates: dict[GateId, GateStand] = {}
        self._permits: dict[PermitId, Permit] = {}
        self._tasks: dict[TaskId, Task] = {}
        self._budgets: dict[str, int] = {}
        self._returned = Counter[str]()
        self._identities: dict[tuple[str, str], MemberId] = {}
        self._linked: list[IdentityLinked] = []
        self._comments: list[CommentPosted] = []
        self._entries: list[Entry] = []
        self._items: dict[tuple[RoomId, str], ItemChange] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._sources: dict[str, SourceRecord] = {}
        self._answers: dict[tuple[str, str], tuple[StoredAnswer, int]] = {}

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        self._answer()
        day = self._calendar.day_of(now_ms)
        rulebook = self._rulebook_at(now_ms)
        reach = since(now_ms, day, rulebook)
        scopes = scopes_shown(self._rooms.values(), rulebook) | {f"d{day}", EVER}
        known = (self._members[member] for member in ids if member in self._members)
        return {member.id: within(member, reach, scopes) for member in known}

    async def versions(self, ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        self._answer()
        return {member: self._members[member].version for member in ids if member in self._members}

    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
        self._answer()
        found: dict[Subject, MemberId] = {}
        for who in subjects:
            match who:
                case ById(member=member) if member in self._members:
                    found[who] = self._surviving(member)
                case ByIdentity() if (who.platform, who.openid) in self._identities:
                    found[who] = self._identities[who.platform, who.openid]
                case _:
                    pass
        return found

    async def identities(self, member: MemberId) -> Sequence[tuple[str, str]]:
        self._answer()
        linked = [fact for fact in self._linked if fact.member == member]
        linked.sort(key=lambda fact: (fact.at_ms, fact.platform, fact.openid))
        return [(fact.platform, fact.openid) for fact in linked]

    async def entries(self, member: MemberId, before: int | None, limit: int) -> Sequence[Entry]:
        self._answer()
        found = [
            entry
            for entry in reversed(self._entries)
            if self._surviving(entry.member) == self._surviving(member) and entry.delta
        ]
        return [entry for entry in found if before is None or entry.id < before][:limit]

    async def coupons(self, member: MemberId, before: CouponId | None, limit: int) -> Sequence[Coupon]:
        self._answer()
        held = self._members[member].coupons if member in self._members else ()
        newest = sorted(held, key=lambda one: (one.granted_ms, one.id), reverse=True)
        if before is not None:
            reached = [at for at, one in enumerate(newest) if one.id == before]
            newest = newest[reached[0] + 1 :] if reached else []
        return newest[:limit]

    async def rooms(self) -> Sequence[Room]:
        self._answer()
        return [self._rooms[room] for room in sorted(self._rooms)]

    async def room(self, room: RoomId) -> Room | None:
        self._answer()
        return self._rooms.get(room)

    async def show(self, show: ShowId) -> Show | None:
        self._answer()
        return self._shows.get(show)

    async def order(self, order: OrderId) -> Order | None:
        self._answer()
        return self._orders.get(order)

    async def redemption(self, redemption: RedemptionId) -> Redemption | None:
        self._answer()
        return self._redemptions.get(redemption)

    async def rewards(self) -> Sequence[Reward]:
        self._answer()
        return [self._rewards[reward] for reward in sorted(self._rewards)]

    async def reward(self, reward: RewardId) -> Reward | None:
        self._answer()
        return self._rewards.get(reward)

    async def reward_claim(self, claim: RedemptionId) -> RewardClaim | None:
        self._answer()
        return self._reward_claims.get(claim)

    async def campaigns(self, room: RoomId) -> Sequence[CampaignStand]:
        self._answer()
        found = [stand for of, stand in self._campaigns.values() if of == room]
        found.sort(key=lambda stand: (stand.campaign.opened_ms, stand.campaign.id), reverse=True)
        return found[:MOST_CAMPAIGNS]

    async def gate(self, gate: GateId) -> GateStand | None:
        self._answer()
        return self._gates.get(gate)

    async def permit(self, permit: PermitId) -> Permit | None:
        self._answer()
        return self._permits.get(permit)

    async def task(self, task: TaskId) -> Task | None:
        self._answer()
        return self._tasks.get(task)

    async def spent(self, names: Sequence[str]) -> Mapping[str, int]:
        self._answer()
        return {name: self._budgets[name] for name in names if name in self._budgets}

    async def past_tasks(self, kind: str, most: int) -> Sequence[PastTask]:
        self._answer()
        over = [task for task in self._tasks.values() if task.kind == kind and task.state == "ended"]
        over.sort(key=lambda task: -task.ends_ms)
        return [
            PastTask(self._budgets.get(budget_name(task.id), 0) // task.reward, task.audience)
            for task in over[:most]
        ]

    async def draw(self, draw: DrawId) -> Draw | None:
        self._answer()
        return self._book.draws.get(draw)

    async def draw_tags(self, draw: DrawId) -> Sequence[str]:
        self._answer()
        return self._book.tags.get(draw, ())

    async def unreturned(self, draw: DrawId, most: int) -> Sequence[Ticket]:
        self._answer()
        tickets = (one for key, one in sorted(self._book.tickets.items()) if key[0] == draw)
        return [one for one in tickets if not one.returned][:most]

    async def gift(self, gift: GiftId) -> Gift | None:
        self._answer()
        return self._gifts.get(gift)

    async def gift_of_code(self, code: str) -> Gift | None:
        self._answer()
        return next((gift for gift in self._gifts.values() if gift.code == code), None)

    async def author(self, tag: AuthorTag) -> MemberId | None:
        self._answer()
        return next((one.id for one in self._members.values() if one.author == tag), None)

    async def room_items(self, room: RoomId) -> Sequence[ItemChange] | None:
        self._answer()
        found = [self._items[key] for key in sorted(self._items) if key[0] == room]
        return found or None

    async def watch_counts(self, member: MemberId, show: ShowId) -> tuple[int, int]:
        self._answer()
        told = [
            event
            for (source, event), answered in self._answered.items()
            if source == "watch" and answered.receipt.member == member
        ]
        return (
            sum(event.startswith(f"watch15:{show}:{member}:") for event in told),
            sum(event.startswith(f"watch10:{show}:{member}:") for event in told),
        )

    async def add_key(self, key: KeyRecord, by: Origin | None = None) -> None:
        self._answer()
        self._keys[key.id] = key

    async def keys(self) -> Sequence[KeyRecord]:
        self._answer()
        found = sorted(self._keys.values(), key=lambda key: (key.created_ms, key.id))
        declared = {name: source.can for name, source in self._sources.items()}
        return [replace(key, can=declared.get(key.source or "")) for key in found]

    async def revoke_key(self, key_id: str, now_ms: int, by: Origin | None = None) -> bool:
        self._answer()
        key = self._keys.get(key_id)
        if key is None or key.revoked_ms is not None:
            return False
        self._keys[key_id] = replace(key, revoked_ms=now_ms)
        return True

    async def put_source(self, source: SourceRecord, by: Origin | None = None) -> None:
        self._answer()
        self._sources[source.name] = source

    async def sources(self) -> Sequence[SourceRecord]:
        self._answer()
        return [self._sources[name] for name in sorted(self._sources)]

    async def claim_answer(self, owner: str, key: str, digest: str, now_ms: int) -> StoredAnswer | None:
        self._answer()
        standing = self._answers.get((owner, key))
        if standing is not None:
            answer, claimed_ms = standing
            abandoned = answer.status == RUNNING and claimed_ms <= now_ms - ABANDONED_MS
            if not abandoned or answer.digest != digest:
                return answer
        self._answers[owner, key] = (StoredAnswer(digest, RUNNING, (), b""), now_ms)
        return None

    async def store_answer(self, owner: str, key: str, answer: StoredAnswer) -> None:
        self._answer()
        if (owner, key) in self._answers:
            self._answers[owner, key] = (answer, self._answers[owner, key][1])

    async def drop_answer(self, owner: str, key: str, claimed_ms: int) -> None:
        self._answer()
        standing = self._answers.get((owner, key))
        if standing is not None and (standing[0].status, standing[1]) == (RUNNING, claimed_ms):
            del self._answers[owner, key]

    async def ping(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.away is not None:
            raise LedgerUnavailable(self.away)

    def _merged(self) -> dict[MemberId, MemberId]:
        return {one.id: one.merged_into for one in self._members.values() if one.merged_into is not None}

    def _surviving(self, member: MemberId) -> MemberId:
        merged = self._merged()
        while member in merged:
            member = merged[member]
        return member


def scopes_shown(rooms: Iterable[Room], rulebook: Rulebook) -> frozenset[str]:
    """Return what `Loading.scopes_shown` does, of these rooms."""
    shows = (room.show for room in rooms if room.show is not None and rulebook.most_a_show)
    return scopes_on_air(show.id for show in shows if show.status == "live")
