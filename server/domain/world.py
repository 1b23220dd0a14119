"""What one batch knows: members, orders, rooms and counters, and how facts change them. Pure.

The journal loads it (`Needs`), decides each command against it, folds the facts of an applied one in
before the next, and keeps what was touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from server.domain.box_facts import BoxOpened, BoxSeedPromised, BoxSeedRevealed, BoxTicketGiven
from server.domain.boxes import BoxBook
from server.domain.contacts import Contact, ContactChanged
from server.domain.days import Calendar
from server.domain.draw import DrawBook
from server.domain.facts import (
    Acted,
    Awarded,
    BudgetSpent,
    CheckedIn,
    CommentPosted,
    CouponFreed,
    CouponGranted,
    CouponUsed,
    DrawCancelled,
    DrawClosed,
    DrawEntered,
    Drawn,
    DrawOpened,
    DrawRemoved,
    Fact,
    FirstNClosed,
    FirstNOpened,
    FirstNTaken,
    GateChanged,
    GateOpened,
    Granted,
    IdentityLinked,
    InviteAccepted,
    InviteCompleted,
    Lapsed,
    Liked,
    MemberChange,
    MemberCreated,
    MemberRetired,
    MembersMerged,
    MemberUpdated,
    NoticePosted,
    OrderBacked,
    OrderPaid,
    OrderRefunded,
    PerkGiven,
    PermitExpired,
    PermitGiven,
    PermitVerified,
    PointsCaptured,
    PointsHeld,
    PointsReleased,
    PollClosed,
    PollOpened,
    PollRemoved,
    PrizeWon,
    RedemptionFact,
    RewardCancelled,
    RewardPut,
    RewardRedeemed,
    RoomPinned,
    RoomPut,
    RulebookPresented,
    ShoutedOut,
    ShowEnded,
    ShowScheduled,
    ShowStarted,
    SpotlightPut,
    TakenBack,
    TaskChanged,
    TaskDone,
    TaskEnded,
    TaskProgressed,
    TaskStarted,
    TicketFact,
    TicketReturned,
    TierDropped,
    TierEnding,
    TierKept,
    TierMoved,
    TierReached,
    VoteCast,
)
from server.domain.folding import member_after
from server.domain.gate_folding import stand_after
from server.domain.gates import CANCELLED as GATE_CANCELLED, MOST_SHOWN as MOST_GATES, GateStand, Permit
from server.domain.gift_facts import (
    BoostBought,
    GiftFact,
    GiftReturned,
    GiftSetAside,
    PointsGiven,
    TierHoldEnded,
)
from server.domain.held_awards import AwardHeld, AwardReleased, HeldAward
from server.domain.moderation import CommentsRemoved, MemberRestricted
from server.domain.polls import Pinned, Poll
from server.domain.rewards import CANCELLED, Claimed, Reward, RewardClaim
from server.domain.rulebook import Rulebook
from server.domain.shout_control import ShoutoutsControlled
from server.domain.state import Coupon, FirstN, Gift, Member, Order, Redemption, Room, Show, Task, Wave
from server.domain.task_orders import OrderCounted, TaskOrder, TaskRewardTaken, TaskUnitReturned
from server.domain.uniting import retired
from server.ids import (
    FirstNId,
    GateId,
    GiftId,
    HeldAwardId,
    MemberId,
    OrderId,
    PermitId,
    PollId,
    RedemptionId,
    RewardId,
    RoomId,
    ShowId,
    TaskId,
)

OVER: Final = ("ended", "cancelled")
MOST_SHOWN: Final = 20
"""Tasks on the screen, those that are over included: the oldest of these leave it."""


@dataclass(slots=True)
class World:
    """Mutable container of frozen values. What is absent from a mapping does not exist, or was not needed."""

    rulebook: Rulebook
    calendar: Calendar
    members: dict[MemberId, Member] = field(default_factory=dict)
    orders: dict[OrderId, Order] = field(default_factory=dict)
    task_orders: dict[MemberId, dict[tuple[TaskId, OrderId], TaskOrder]] = field(default_factory=dict)
    """Of the members of orders that may be refunded, and those counted in this batch (L3); their orders are here too."""
    redemptions: dict[RedemptionId, Redemption] = field(default_factory=dict)
    """Those named, and those that hold or took points for an order at hand (P1)."""
    rewards: dict[RewardId, Reward] = field(default_factory=dict)
    """Those named, locked."""
    reward_claims: dict[RedemptionId, RewardClaim] = field(default_factory=dict)
    """Those named, and those made by this batch."""
    claimed: dict[tuple[MemberId, RewardId], Claimed] = field(default_factory=dict)
    """What the members at hand have of the rewards at hand; absent = nothing."""
    draws: DrawBook = field(default_factory=DrawBook)
    boxes: BoxBook = field(default_factory=BoxBook)
    gifts: dict[GiftId, Gift] = field(default_factory=dict)
    """Those named, and those that count for a day of a member who gives or receives (P5)."""
    held_awards: dict[HeldAwardId, HeldAward] = field(default_factory=dict)
    """Those named, and those of orders that may be refunded or count as returnable (E6)."""
    contacts: dict[tuple[MemberId, str], Contact] = field(default_factory=dict)
    """What the members who say something about it now have left, by channel (X8)."""
    rooms: dict[RoomId, Room] = field(default_factory=dict)
    shows: dict[ShowId, Show] = field(default_factory=dict)
    """For a command that changes shows, every live or scheduled one of its room: see `show_to_show`."""
    spent_coupons: dict[OrderId, Coupon] = field(default_factory=dict)
    """The coupon that paid into an order which may now be refunded."""
    places: dict[FirstNId, int] = field(default_factory=dict)
    """Places taken of each campaign that may be ordered for or changes now; its room is locked (L4)."""
    voted: set[tuple[str, MemberId]] = field(default_factory=set)
    """Who of the members that vote now has voted in which poll before (L8)."""
    placed: set[tuple[FirstNId, MemberId]] = field(default_factory=set)
    """Who of the members at hand has a place in which of these campaigns."""
    gates: dict[GateId, GateStand] = field(default_factory=dict)
    """Those named, and those whose permits are named, locked (L5)."""
    permits: dict[PermitId, Permit] = field(default_factory=dict)
    """Those named, and the open and used ones that the members at hand have for the gates at hand."""
    permits_of: dict[tuple[GateId, MemberId], dict[PermitId, None]] = field(default_factory=dict)
    """The same, by whom they were given to for which gate."""
    waves: dict[tuple[RoomId, str], Wave] = field(default_factory=dict)
    """Who posted a text in a room within the last 60 s, by the comment's digest."""
    budgets: dict[str, int] = field(default_factory=dict)
    """Spent so far; absent = nothing, and the conditional update before the commit is the judge."""
    day_percent: int = 0
    """What the member day takes off the live price today; 0 = it is none (E11)."""
    closed: set[str] = field(default_factory=set)
    """Budgets that the commit refused to charge: this batch is decided once more without them."""
    identities: dict[tuple[str, str], MemberId] = field(default_factory=dict)
    merged: dict[MemberId, MemberId] = field(default_factory=dict)
    """Whom members became part of, as far as it is known (X1)."""
    touched_members: set[MemberId] = field(default_factory=set)
    touched_orders: set[OrderId] = field(default_factory=set)
    touched_task_orders: set[tuple[MemberId, TaskId, OrderId]] = field(default_factory=set)
    touched_redemptions: set[RedemptionId] = field(default_factory=set)
    touched_rewards: set[RewardId] = field(default_factory=set)
    touched_reward_claims: set[RedemptionId] = field(default_factory=set)
    touched_gifts: set[GiftId] = field(default_factory=set)
    touched_held_awards: set[HeldAwardId] = field(default_factory=set)
    touched_contacts: set[tuple[MemberId, str]] = field(default_factory=set)
    touched_rooms: set[RoomId] = field(default_factory=set)
    touched_polls: dict[PollId, Poll] = field(default_factory=dict)
    touched_gates: set[GateId] = field(default_factory=set)
    touched_permits: set[PermitId] = field(default_factory=set)
    touched_tasks: dict[TaskId, Task] = field(default_factory=dict)
    """As they stand now, also those that are off the screen."""

    def fold(self, fact: Fact) -> None:
        """Let one fact have happened; see `fold_all`."""
        self.fold_all((fact,))

    def fold_all(self, facts: Iterable[Fact]) -> None:
        """Let `facts` have happened, in this order.

        KeyError when one is about somebody who is not in this world: a bug.
        """
        of_members: dict[
            MemberId, list[MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid]
        ] = {}
        for fact in facts:
            match fact:
                case BudgetSpent():
                    self.budgets[fact.budget] = self.budgets.get(fact.budget, 0) + fact.amount
                case (
                    Awarded()
                    | Acted()
                    | Liked()
                    | TakenBack()
                    | CouponGranted()
                    | ShoutedOut()
                    | TierReached()
                    | TierDropped()
                    | TierKept()
                    | TierMoved()
                    | MemberUpdated()
                    | CheckedIn()
                    | BoxTicketGiven()
                    | TierEnding()
                    | Granted()
                    | PerkGiven()
                    | Lapsed()
                    | InviteAccepted()
                    | InviteCompleted()
                    | TaskProgressed()
                    | TaskDone()
                    | PrizeWon()
                    | BoostBought()
                    | TierHoldEnded()
                    | MemberRestricted()
                ):
                    of_members.setdefault(fact.member, []).append(fact)
                case VoteCast():
                    of_members.setdefault(fact.member, []).append(fact)
                    self.voted.add((fact.ballot, fact.member))
                case CouponUsed():
                    of_members.setdefault(fact.member, []).append(fact)
                    held = {one.id: one for one in self.members[fact.member].coupons}
                    self.spent_coupons[fact.order] = replace(held[fact.coupon], used_by=fact.order)
                case CouponFreed():
                    of_members.setdefault(fact.member, []).append(fact)
                    del self.spent_coupons[fact.order]
                case OrderPaid():
                    self._put_order(fact.order)
                    of_members.setdefault(fact.order.member, []).append(fact)
                case OrderRefunded() | OrderBacked():
                    self._put_order(fact.order)
                case OrderCounted():
                    self.put_task_order(fact.counted)
                    self._touch_task_order(fact.counted)
                case TaskRewardTaken():
                    self._put_order(fact.order)
                    self.put_task_order(fact.counted)
                    self._touch_task_order(fact.counted)
                case TaskUnitReturned():
                    pass  # a line for the record; the budget moves by the `BudgetSpent` beside it
                case CommentPosted():
                    of_members.setdefault(fact.member, []).append(fact)
                    before = self.waves.get((fact.room, fact.digest), Wave(fact.digest, frozenset()))
                    self.waves[fact.room, fact.digest] = Wave(fact.digest, before.members | {fact.member})
                case MembersMerged():
                    self._put_all(of_members)
                    self._put(fact.survivor)
                case MemberRetired():
                    self._put(retired(self.members[fact.member], fact.into))
                    self.merged[fact.member] = fact.into
                    self.placed |= {(one, fact.into) for one, whose in self.placed if whose == fact.member}
                    theirs = [key for key, whose in self.identities.items() if whose == fact.member]
                    self.identities.update(dict.fromkeys(theirs, fact.into))
                case MemberCreated():
                    self._put(fact.member)  # the first fact of whoever it is about
                case IdentityLinked():
                    of_members.setdefault(fact.member, []).append(fact)
                    self.identities[fact.platform, fact.openid] = fact.member
                case PointsHeld() | PointsCaptured() | PointsReleased():
                    self.redemptions[fact.redemption.id] = fact.redemption
                    self.touched_redemptions.add(fact.redemption.id)
                    of_members.setdefault(fact.redemption.member, []).append(fact)
                case GiftSetAside() | PointsGiven() | GiftReturned():
                    self.gifts[fact.gift.id] = fact.gift
                    self.touched_gifts.add(fact.gift.id)
                    of_members.setdefault(fact.gift.giver, []).append(fact)
                    if isinstance(fact, PointsGiven):
                        of_members.setdefault(fact.receiver, []).append(fact)
                case AwardHeld() | AwardReleased():
                    self.held_awards[fact.award.id] = fact.award
                    self.touched_held_awards.add(fact.award.id)
                    of_members.setdefault(fact.member, []).append(fact)
                case ShoutoutsControlled():
                    if self.rooms[fact.room].shouts != fact.control:
                        self.rooms[fact.room] = replace(self.rooms[fact.room], shouts=fact.control)
                        self.touched_rooms.add(fact.room)
                case CommentsRemoved():
                    pass  # no state of ours: frames and their log alone
                case ContactChanged(contact=contact):
                    self.contacts[contact.member, contact.channel] = contact
                    self.touched_contacts.add((contact.member, contact.channel))
                case BoxOpened():
                    self.boxes.put_opening(fact.series, fact.opening)
                    of_members.setdefault(fact.member, []).append(fact)
                case BoxSeedPromised():
                    self.boxes.put_series(fact.series)
                    self.boxes.put_seed(fact.seed)
                case BoxSeedRevealed():
                    self.boxes.put_seed(fact.seed)
                case RewardPut():
                    self._put_reward(fact.reward)
                case RewardRedeemed() | RewardCancelled():
                    self._put_reward(fact.reward)
                    self._put_claim(fact.claim)
                    of_members.setdefault(fact.member, []).append(fact)
                case FirstNOpened():
                    self._put_campaign(fact.room, fact.campaign, shown=True)
                    self.places[fact.campaign.id] = 0
                case FirstNTaken():
                    self.places[fact.campaign.id] = fact.place
                    self.placed.add((fact.campaign.id, fact.member))
                    if fact.campaign.full:  # nothing else of it is seen in the room but by its pulse
                        self._put_campaign(fact.room, fact.campaign, shown=True)
                case FirstNClosed():
                    self._put_campaign(fact.room, fact.campaign, shown=False)
                case DrawEntered() | TicketReturned():
                    self.draws.put_ticket(fact.draw, fact.ticket)
                    of_members.setdefault(fact.ticket.member, []).append(fact)
                case DrawOpened() | DrawClosed() | Drawn() | DrawCancelled() | DrawRemoved():
                    self.draws.put(fact.draw)
                    self.touched_rooms.add(fact.draw.room)
                case RoomPut() | SpotlightPut():
                    self.rooms[fact.room.id] = fact.room
                    self.touched_rooms.add(fact.room.id)
                case ShowScheduled() | ShowStarted() | ShowEnded():
                    self._put_show(fact.show)
                case PollOpened() | PollClosed():
                    self._put_poll(fact.poll, shown=True)
                case PollRemoved():
                    self._put_poll(fact.poll, shown=False)
                case RoomPinned():
                    pinned = None if fact.text is None else Pinned(fact.id, fact.text)
                    self.rooms[fact.room] = replace(self.rooms[fact.room], pinned=pinned)
                    self.touched_rooms.add(fact.room)
                case NoticePosted():
                    pass  # said once, kept nowhere
                case GateOpened():
                    self._put_gate(GateStand(fact.gate, fact.link, per_member=fact.per_member, version=1))
                case GateChanged():
                    stand = self.gates.get(fact.gate.id)
                    self._put_gate(
                        GateStand(fact.gate, "") if stand is None else replace(stand, gate=fact.gate)
                    )
                case PermitGiven() | PermitVerified() | PermitExpired():
                    stand = self.gates[fact.permit.gate]
                    self.gates[fact.permit.gate] = stand_after(stand, fact)
                    self.touched_gates.add(fact.permit.gate)
                    self.put_permit(fact.permit)
                    self.touched_permits.add(fact.permit.id)
                case TaskStarted() | TaskChanged() | TaskEnded():
                    self._put_task(fact.task)
                case RulebookPresented():
                    self.touched_rooms.add(fact.room)
                case _:
                    assert_never(fact)
        self._put_all(of_members)

    def _put_all(
        self,
        of_members: dict[MemberId, list[MemberChange | RedemptionFact | GiftFact | TicketFact | OrderPaid]],
    ) -> None:
        for id_, theirs in of_members.items():
            member = self.members[id_]
            # The batch's one rise of the version is part of the copy that is made anyway.
            version = member.version + (id_ not in self.touched_members)
            self._put(member_after(member, *theirs, version=version))
        of_members.clear()

    def supposing(self, facts: Iterable[Fact]) -> World:
        """Return a world of its own in which `facts`, all about members, have happened as well."""
        supposed = replace(
            self,
            members=dict(self.members),
            touched_members=set(),
            touched_orders=set(),
            touched_redemptions=set(),
            touched_gifts=set(),
            held_awards=dict(self.held_awards),
            touched_held_awards=set(),
            touched_rooms=set(),
            touched_tasks={},
            touched_gates=set(),
            touched_polls={},
            touched_permits=set(),
        )
        supposed.fold_all(facts)
        return supposed

    def tasks_to_keep(self, loaded: Mapping[TaskId, Task]) -> list[Task]:
        """Return the tasks that changed, and those of `loaded` that left the screen, in the order of their ids."""
        shown = {task.id for room in self.touched_rooms for task in self.rooms[room].tasks}
        gone = {
            task.id: task
            for task in loaded.values()
            if task.room in self.touched_rooms and task.id not in shown
        }
        return [task for _, task in sorted({**gone, **self.touched_tasks}.items())]

    def affords(self, budget: str, amount: int, most: int) -> bool:
        """Whether `amount` more still fits into `budget`, as far as this world knows."""
        return budget not in self.closed and self.budgets.get(budget, 0) + amount <= most

    def on_air(self, room: RoomId | None) -> Show | None:
        """Return the live show of `room`; None when there is no such room, or nothing live in it."""
        known = self.rooms.get(room) if room is not None else None
        show = known.show if known is not None else None
        return show if show is not None and show.status == "live" else None

    def has_places(self, room: RoomId) -> bool:
        """Whether an order in `room` may take a place of a campaign, as far as can be told without its lock."""
        return self.on_air(room) is not None and any(not one.full for one in self.rooms[room].first_n)

    def surviving(self, member: MemberId) -> MemberId:
        """Return the member that `member` is now known as."""
        while member in self.merged:
            member = self.merged[member]
        return member

    def _put(self, member: Member) -> None:
        self.members[member.id] = member
        self.touched_members.add(member.id)

    def _put_order(self, order: Order) -> None:
        self.orders[order.id] = order
        self.touched_orders.add(order.id)

    def put_task_order(self, counted: TaskOrder) -> None:
        """Know an order that counted as it is now."""
        self.task_orders.setdefault(counted.member, {})[counted.task, counted.order] = counted

    def _touch_task_order(self, counted: TaskOrder) -> None:
        self.touched_task_orders.add((counted.member, counted.task, counted.order))

    def _put_reward(self, reward: Reward) -> None:
        self.rewards[reward.id] = reward
        self.touched_rewards.add(reward.id)

    def _put_claim(self, claim: RewardClaim) -> None:
        self.reward_claims[claim.id] = claim
        self.touched_reward_claims.add(claim.id)
        whose = (claim.member, claim.reward)
        self.claimed[whose] = claimed_after(self.claimed.get(whose, Claimed()), claim)

    def _put_campaign(self, room: RoomId, campaign: FirstN, *, shown: bool) -> None:
        known = {one.id: one for one in self.rooms[room].first_n}
        if shown:
            known[campaign.id] = campaign
        else:
            known.pop(campaign.id, None)
        self.rooms[room] = replace(self.rooms[room], first_n=tuple(known.values()))
        self.touched_rooms.add(room)

    def _put_show(self, show: Show) -> None:
        room = self.rooms[show.room]
        known = {room.show.id: room.show} if room.show is not None else {}
        known |= {other.id: other for other in self.shows.values() if other.room == room.id}
        known[show.id] = show
        self.shows[show.id] = show
        shown = show_to_show(known.values())
        # A show takes its tasks along when it goes off the screen (L12).
        tasks = tuple(task for task in room.tasks if shown is not None and task.show == shown.id)
        live = shown is not None and shown.status == "live"
        self.rooms[room.id] = replace(
            room,
            show=shown,
            tasks=tasks if live else (),
            gates=room.gates if live else (),
            polls=room.polls if live else (),
        )
        self.touched_rooms.add(room.id)

    def _put_poll(self, poll: Poll, *, shown: bool) -> None:
        room = self.rooms[poll.room]
        polls = {other.id: other for other in room.polls} | {poll.id: poll}
        if not shown:
            del polls[poll.id]
        self.rooms[room.id] = replace(room, polls=tuple(polls.values()))
        self.touched_rooms.add(room.id)
        self.touched_polls[poll.id] = poll

    def put_permit(self, permit: Permit) -> None:
        """Know a permit as it is now."""
        self.permits[permit.id] = permit
        self.permits_of.setdefault((permit.gate, permit.member), {})[permit.id] = None

    def _put_gate(self, stand: GateStand) -> None:
        gate = stand.gate
        self.gates[gate.id] = stand
        self.touched_gates.add(gate.id)
        room = self.rooms[gate.room]
        shown = {other.id: other for other in room.gates} | {gate.id: gate}
        off = [other.id for other in shown.values() if other.state == GATE_CANCELLED]
        gone = set(off[: max(0, len(shown) - MOST_GATES)])
        self.rooms[gate.room] = replace(
            room, gates=tuple(one for one in shown.values() if one.id not in gone)
        )
        self.touched_rooms.add(gate.room)

    def _put_task(self, task: Task) -> None:
        room = self.rooms[task.room]
        others = [other for other in room.tasks if other.id != task.id]
        tasks = sorted([*others, task], key=lambda one: one.order)
        over = [one.id for one in tasks if one.state in OVER]
        gone = set(over[: max(0, len(tasks) - MOST_SHOWN)])
        if room.show is None or room.show.id != task.show or room.show.status != "live":
            gone.add(task.id)  # its show is over
        self.rooms[room.id] = replace(room, tasks=tuple(one for one in tasks if one.id not in gone))
        self.touched_rooms.add(room.id)
        self.touched_tasks[task.id] = task


def claimed_after(claimed: Claimed, claim: RewardClaim) -> Claimed:
    """Return what a member has of a reward once `claim`, one of theirs, was made or cancelled.

    Where others are left, when the last of *them* was redeemed is only read again by the next batch: until
    then the cooldown runs from the cancelled one, for it may be too long and never too short.
    """
    if claim.state != CANCELLED:
        return Claimed(claimed.n + 1, claim.at_ms)
    return Claimed(claimed.n - 1, claimed.last_ms) if claimed.n > 1 else Claimed()


def show_to_show(shows: Iterable[Show]) -> Show | None:
    """Return the show a room presents: the one on air, else the next scheduled one, else the last one."""
    return min(shows, key=_precedence, default=None)


def _precedence(show: Show) -> tuple[int, int, str]:
    if show.status == "live":
        return (0, 0, show.id)
    if show.status == "scheduled":
        return (1, show.starts_ms or 0, show.id)
    return (2, -(show.ended_ms or 0), show.id)
