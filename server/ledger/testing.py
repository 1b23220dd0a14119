"""The ledger in memory: `JournalPort` and `QueriesPort` without a database, for tests of everything above.

Decides with the same domain code and passes the same contract suite as the real one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from server.domain.boxes import BoxOpening, recalled
from server.domain.commands import Command
from server.domain.draw import DrawBook, Ticket
from server.domain.facts import (
    CommentPosted,
    FirstNClosed,
    FirstNOpened,
    FirstNTaken,
    IdentityLinked,
    MemberRetired,
)
from server.domain.gates import VERIFIED, Permit, holds
from server.domain.held_awards import HeldAward
from server.domain.meaning import stands_alone
from server.domain.pricing import day_percent
from server.domain.rewards import TAKEN, Claimed, RewardClaim
from server.domain.state import (
    Member,
    Order,
    Redemption,
    Wave,
)
from server.domain.task_orders import TaskOrder
from server.domain.world import World, claimed_after
from server.ids import (
    MemberId,
)
from server.ledger.batch import Answered, Asked, Happened, answers, ask, claimed_of, decide_all
from server.ledger.boxing import unseal_today
from server.ledger.bulk import Row
from server.ledger.entries import ENTRY, entries_of
from server.ledger.errors import BatchTooLarge
from server.ledger.extent import scopes_of, since_of, within
from server.ledger.journal import MAX_BATCH
from server.ledger.keeping import Loaded, charges_of, item_changes, raised
from server.ledger.outbox import webhooks_of
from server.ledger.packing import packed
from server.ledger.ports import (
    BudgetStand,
    CampaignStand,
    Committed,
    Entry,
    ItemChange,
)
from server.ledger.putting_together import remembered_whole
from server.ledger.rows import READ_ENTRY, entry_of
from server.ledger.testing_queries import MemoryQueries, scopes_shown

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


class MemoryLedger(MemoryQueries):
    """One batch after the other, into the dictionaries that are read. `away` set makes every method raise.

    Unlike a database it never forgets (nothing is pruned), and batches never meet another process.
    """

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
        scopes = scopes_of(asked, world, wanted, scopes_shown(world.rooms.values(), world.rulebook))
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
        shown = scopes_shown(world.rooms.values(), world.rulebook)
        scopes = scopes_of(asked, world, [member.id for member in kept], shown)
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
        for name, (amount, most, back) in sorted(charges_of(happened).items()):
            self._budgets[name] = self._budgets.get(name, 0) + amount
            self._returned[name] += back
            stands.append(BudgetStand(name, amount, self._budgets[name], most, self._returned[name]))
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
