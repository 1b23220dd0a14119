"""The ledger in memory: `JournalPort` and `QueriesPort` without a database, for tests of everything above.

Decides with the same domain code and passes the same contract suite as the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from server.domain.boxes import BoxBook, BoxOpening, recalled
from server.domain.commands import ById, ByIdentity, Command, Origin, Subject
from server.domain.contacts import Contact
from server.domain.days import Calendar
from server.domain.decide.tasks import budget_name
from server.domain.draw import Draw, DrawBook, Ticket
from server.domain.facts import (
    CommentPosted,
    FirstNClosed,
    FirstNOpened,
    FirstNTaken,
    IdentityLinked,
    MemberRetired,
)
from server.domain.gates import VERIFIED, GateStand, Permit, holds
from server.domain.held_awards import HeldAward
from server.domain.meaning import stands_alone
from server.domain.pricing import day_percent
from server.domain.rewards import TAKEN, Claimed, Reward, RewardClaim
from server.domain.rulebook import Rulebook
from server.domain.state import (
    Coupon,
    Gift,
    Member,
    Order,
    Redemption,
    Room,
    Show,
    Task,
    Wave,
)
from server.domain.task_orders import TaskOrder
from server.domain.task_preview import PastTask
from server.domain.world import World, claimed_after
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
from server.ledger.batch import Answered, Asked, Happened, Key, answers, ask, claimed_of, decide_all
from server.ledger.boxing import Unseal, unseal_today
from server.ledger.bulk import Row
from server.ledger.doorbook import ABANDONED_MS, RUNNING
from server.ledger.errors import BatchTooLarge, LedgerUnavailable
from server.ledger.extent import scopes_of, since, since_of, within
from server.ledger.journal import MAX_BATCH
from server.ledger.keeping import Loaded, charges_of, item_changes, raised
from server.ledger.outbox import Webhook, webhooks_of
from server.ledger.packing import packed
from server.ledger.ports import (
    MOST_CAMPAIGNS,
    BudgetStand,
    CampaignStand,
    Committed,
    Entry,
    ItemChange,
    KeyRecord,
    SourceRecord,
    StoredAnswer,
)
from server.ledger.putting_together import remembered_whole
from server.ledger.records import ENTRY, entries_of
from server.ledger.rows import READ_ENTRY, entry_of

Owned = TypeVar(
    "Owned",
    IdentityLinked,
    CommentPosted,
    Order,
    TaskOrder,
    Redemption,
    RewardClaim,
    Ticket,
    HeldAward,
    BoxOpening,
    Permit,
)


class MemoryLedger:
    """Everything in dictionaries; one batch after the other. `away` set makes every method raise.

    Unlike a database it never forgets (nothing is pruned), and batches never meet another process.
    """

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
        self._identities: dict[tuple[str, str], MemberId] = {}
        self._linked: list[IdentityLinked] = []
        self._comments: list[CommentPosted] = []
        self._entries: list[Entry] = []
        self._items: dict[tuple[RoomId, str], ItemChange] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._sources: dict[str, SourceRecord] = {}
        self._answers: dict[tuple[str, str], tuple[StoredAnswer, int]] = {}

    async def apply(self, batch: Sequence[Command], now_ms: int) -> Committed:
        self._answer()
        if len(batch) > MAX_BATCH:
            raise BatchTooLarge(len(batch), MAX_BATCH)
        if len(batch) > 1 and any(map(stands_alone, batch)):
            raise ValueError("a command that stands alone came in company")
        claimed = claimed_of(batch, self._answered)
        world = World(
            self._rulebook_at(now_ms),
            self._calendar,
            orders=dict(self._orders),
            task_orders={who: dict(theirs) for who, theirs in self._task_orders.items()},
            redemptions=dict(self._redemptions),
            rewards=dict(self._rewards),
            reward_claims=dict(self._reward_claims),
            draws=self._recall_draws(),
            boxes=recalled(self._boxes),
            gifts=dict(self._gifts),
            held_awards=dict(self._held_awards),
            contacts=self._contacts,
            rooms=dict(self._rooms),
            shows=dict(self._shows),
            places=dict(self._places),
            placed=set(self._placed),
            budgets=dict(self._budgets),
            identities=dict(self._identities),
            merged=self._merged(),
            day_percent=day_percent(self._rulebook_at(now_ms), self._calendar, now_ms),
        )
        asked = ask(claimed.values(), world)
        self._recall_members(world, asked)
        self._recall_waves(world, asked)
        self._recall_spent_coupons(world, asked)
        self._recall_claimed(world)
        self._recall_gates(world, asked)
        unseal_today(world, asked, self._unseal)
        world.voted.update(vote for one in asked for vote in one.needs.votes if vote in self._voted)
        loaded = Loaded.of(world, {})
        first, happened, rehearsed = decide_all(asked, world)
        receipts = answers(batch, first, self._answered)
        kept = self._keep(world, loaded, happened)
        self._answered.update((key, Answered(claimed[key].origin.content, first[key])) for key in claimed)
        facts = tuple(fact for one in happened for fact in one.facts)
        return Committed(
            receipts,
            facts,
            tuple(self._shown(kept.values(), asked, world)),
            self._keep_items(world),
            tuple(rehearsed),
            self._charge(happened),
        )

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        self._answer()
        day = self._calendar.day_of(now_ms)
        reach = since(now_ms, day, self._rulebook_at(now_ms))
        known = (self._members[member] for member in ids if member in self._members)
        return {member.id: within(member, reach, (f"d{day}", "total")) for member in known}

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

    def _recall_members(self, world: World, asked: Sequence[Asked]) -> None:
        """Put into the world as much of each member as a database would load."""
        if not asked:
            return
        wanted = {member for one in asked for member in one.needs.members}
        orders = {order for one in asked for order in one.needs.orders}
        wanted.update(world.orders[order].member for order in orders if order in world.orders)
        wanted.update(one.member for one in world.redemptions.values() if one.order in orders)
        claims = {claim for one in asked for claim in one.needs.reward_claims}
        wanted.update(world.reward_claims[claim].member for claim in claims & world.reward_claims.keys())
        tickets = {key for one in asked for key in one.needs.draws.tickets}
        wanted.update(world.draws.tickets[key].member for key in tickets if key in world.draws.tickets)
        gifts = {gift for one in asked for gift in one.needs.gifts}
        wanted.update(world.gifts[gift].giver for gift in gifts if gift in world.gifts)
        reach = since_of(asked, world)
        scopes = scopes_of(asked, world, wanted)
        whole = any(one.needs.whole for one in asked)
        for member in wanted & self._members.keys():
            if whole:
                world.members[member] = self._members[member]
                continue
            world.members[member] = within(self._members[member], reach, scopes[member])

    def _recall_draws(self) -> DrawBook:
        book = self._book
        tags = {draw: book.tags.get(draw, ()) for draw in book.draws}
        return DrawBook(dict(book.draws), dict(book.tickets), dict(book.held), tags)

    def _recall_waves(self, world: World, asked: Sequence[Asked]) -> None:
        texts = {text for one in asked for text in one.needs.texts}
        if not texts:
            return
        since_ms = min(one.at_ms for one in asked) - world.rulebook.comment.wave_ms
        for comment in self._comments:
            text = (comment.room, comment.digest)
            if text in texts and comment.at_ms > since_ms:
                before = world.waves.get(text, Wave(comment.digest, frozenset()))
                world.waves[text] = replace(before, members=before.members | {comment.member})

    def _recall_gates(self, world: World, asked: Sequence[Asked]) -> None:
        wanted = {gate for one in asked for gate in one.needs.gates}
        named = {permit for one in asked for permit in one.needs.permits} & self._permits.keys()
        wanted.update(self._permits[permit].gate for permit in named)
        known = [self._permits[permit] for permit in named]
        buyers = {(gate, one.who) for one in asked for gate in one.needs.gates}
        buyers |= {(permit.gate, permit.member) for permit in known}
        known += [
            one
            for one in self._permits.values()
            if (one.gate, one.member) in buyers and one.state == VERIFIED
        ]
        for gate in wanted & self._gates.keys():
            at_ms = min(one.at_ms for one in asked)
            held = [one for one in self._permits.values() if one.gate == gate and holds(one, at_ms)]
            early = sum(one.early for one in held)
            world.gates[gate] = replace(self._gates[gate], held=len(held), held_early=early)
            known += held
        for permit in known:
            world.put_permit(permit)

    def _recall_claimed(self, world: World) -> None:
        for claim in sorted(world.reward_claims.values(), key=lambda one: one.at_ms):
            if claim.state == TAKEN:
                whose = (claim.member, claim.reward)
                world.claimed[whose] = claimed_after(world.claimed.get(whose, Claimed()), claim)

    def _recall_spent_coupons(self, world: World, asked: Sequence[Asked]) -> None:
        refunds = {order for one in asked for order in one.needs.refunds}
        for member in self._members.values():
            for coupon in member.coupons:
                if coupon.used_by is not None and coupon.used_by in refunds:
                    world.spent_coupons[coupon.used_by] = coupon

    def _shown(self, kept: Collection[Member], asked: Sequence[Asked], world: World) -> Collection[Member]:
        """Return the members as anybody else reads them, without what was looked at for a merge alone."""
        if not any(one.needs.whole for one in asked):
            return kept
        reach = since_of(asked, world)
        scopes = scopes_of(asked, world, [member.id for member in kept])
        return [within(member, reach, scopes[member.id]) for member in kept]

    def _keep(self, world: World, loaded: Loaded, happened: Sequence[Happened]) -> dict[MemberId, Member]:
        members = raised(world, loaded)
        for row in entries_of(happened, world.rulebook.version):
            self._entries.append(_entry(len(self._entries) + 1, row))
        for one in happened:
            for fact in one.facts:
                match fact:
                    case IdentityLinked():
                        self._linked.append(fact)
                    case CommentPosted():
                        self._comments.append(fact)
                    case FirstNOpened():
                        self._campaigns[fact.campaign.id] = fact.room, CampaignStand(fact.campaign, 0, None)
                    case FirstNTaken():
                        stand = CampaignStand(fact.campaign, fact.place, None)
                        self._campaigns[fact.campaign.id] = fact.room, stand
                    case FirstNClosed():
                        _, stand = self._campaigns[fact.campaign.id]
                        closed = replace(stand, closed_ms=fact.at_ms)
                        self._campaigns[fact.campaign.id] = fact.room, closed
                    case _:
                        pass
        retired = [f for one in happened for f in one.facts if isinstance(f, MemberRetired)]
        for fact in retired:
            self._linked = [_handed_over(one, fact) for one in self._linked]
            self._comments = [_handed_over(one, fact) for one in self._comments]
            self._voted |= {(poll, fact.into) for poll, member in self._voted if member == fact.member}
        for member in members.values():
            said = [comment for comment in self._comments if comment.member == member.id]
            whole = remembered_whole(
                self._members.get(member.id), loaded.members.get(member.id), member, said
            )
            self._members[member.id] = whole
        self._orders, self._rooms, self._shows = world.orders, world.rooms, world.shows
        self._redemptions, self._task_orders = world.redemptions, world.task_orders
        self._rewards, self._reward_claims = world.rewards, world.reward_claims
        self._places, self._placed = world.places, world.placed
        self._tasks.update(world.touched_tasks)
        self._voted |= world.voted
        self._book, self._boxes = world.draws, world.boxes
        for gate in world.touched_gates:
            kept = world.gates[gate]
            # A show that ends cancels its gates without having read them: of these only the state is known.
            self._gates[gate] = kept if kept.link else replace(self._gates[gate], gate=kept.gate)
        self._permits.update((permit, world.permits[permit]) for permit in world.touched_permits)
        self._gifts, self._held_awards = world.gifts, world.held_awards
        self._identities = world.identities
        for fact in retired:
            self._members[fact.member] = members[fact.member]
            self._orders = {key: _handed_over(one, fact) for key, one in self._orders.items()}
            theirs = self._task_orders.pop(fact.member, {})
            handed = {key: _handed_over(one, fact) for key, one in theirs.items()}
            self._task_orders.setdefault(fact.into, {}).update(handed)
            self._permits = {key: _handed_over(one, fact) for key, one in self._permits.items()}
            self._held_awards = {key: _handed_over(one, fact) for key, one in self._held_awards.items()}
            self._redemptions = {key: _handed_over(one, fact) for key, one in self._redemptions.items()}
            self._reward_claims = {key: _handed_over(one, fact) for key, one in self._reward_claims.items()}
            self._gifts = {
                key: replace(
                    gift,
                    giver=fact.into if gift.giver == fact.member else gift.giver,
                    receiver=fact.into if gift.receiver == fact.member else gift.receiver,
                )
                for key, gift in self._gifts.items()
            }
            self._boxes.openings = {k: _handed_over(one, fact) for k, one in self._boxes.openings.items()}
            book = self._book
            book.tickets.update({key: _handed_over(one, fact) for key, one in book.tickets.items()})
            for (draw, whose), n in [*book.held.items()]:
                if whose == fact.member:
                    book.held[draw, fact.into] = book.held.get((draw, fact.into), 0) + n
                    del book.held[draw, whose]
        self.webhooks += webhooks_of(happened, members)
        return members

    def _charge(self, happened: Sequence[Happened]) -> tuple[BudgetStand, ...]:
        stands: list[BudgetStand] = []
        for name, (amount, most) in sorted(charges_of(happened).items()):
            self._budgets[name] = self._budgets.get(name, 0) + amount
            stands.append(BudgetStand(name, amount, self._budgets[name], most))
        return tuple(stands)

    def _keep_items(self, world: World) -> tuple[ItemChange, ...]:
        standing = {
            key: (item.rev, None if item.value is None else packed(item.value))
            for key, item in self._items.items()
        }
        changes = item_changes(world, standing)
        self._items.update(((change.room, change.key), change) for change in changes)
        return changes


def _handed_over(one: Owned, fact: MemberRetired) -> Owned:
    return replace(one, member=fact.into) if one.member == fact.member else one


def _entry(number: int, row: Row) -> Entry:
    return entry_of((number, *(value for name, value in zip(ENTRY, row, strict=True) if name in READ_ENTRY)))
