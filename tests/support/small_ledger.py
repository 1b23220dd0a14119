"""A ledger in memory on the real deciders: for tests of doors, where the database itself is not what is shown."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from server.clock import Clock
from server.domain.commands import (
    ById,
    ByIdentity,
    Command,
    Origin,
    PutRoom,
    RoomCommand,
    ScheduleShow,
    SetRoom,
    SetShowStatus,
    ShopCommand,
    Subject,
)
from server.domain.days import Calendar
from server.domain.deciding import decide
from server.domain.decision import Applied, Conflict, Duplicate, Earned, Receipt, Refusal
from server.domain.facts import BudgetSpent, Fact
from server.domain.gates import GateStand, Permit
from server.domain.meaning import meant
from server.domain.room import items_of
from server.domain.shout_control import ShoutControl
from server.domain.state import Gift, Member, Room
from server.domain.world import World
from server.errors import Overloaded
from server.ids import AuthorTag, GateId, GiftId, MemberId, PermitId, RoomId, ShowId
from server.ledger.errors import LedgerUnavailable
from server.ledger.keeping import OWN_LIFE, own_items
from server.ledger.ports import BudgetStand, Committed, ItemChange
from server.rulebooks.loading import load_preset


class SmallLedger:
    """Intake and queries in one, committing at once. `away` and `overloaded` make it fail as the real ones do."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.away = False
        self.overloaded = False
        self.after_commit: Callable[[Committed], Awaitable[None]] | None = None
        self.world = World(load_preset("jifen"), Calendar(ZoneInfo("Asia/Shanghai")))
        self.items: dict[tuple[RoomId, str], ItemChange] = {}
        self.receipts: dict[tuple[str, str], tuple[str, Receipt]] = {}
        self.commands: list[Command] = []
        """All that was decided, repeats left out."""
        self.returned: Counter[str] = Counter()
        """What ever returned to each budget."""
        self.asked: Counter[str] = Counter()
        """How often each question was asked."""

    async def controls(self, ids: Sequence[RoomId]) -> dict[RoomId, ShoutControl]:
        self._must_be_here("controls")
        return {room: self.world.rooms[room].shouts for room in ids if room in self.world.rooms}

    # --- writes -----------------------------------------------------------------------------------

    async def submit(self, command: Command) -> Receipt:
        return (await self.submit_many([command]))[0]

    async def submit_many(self, commands: Sequence[Command]) -> list[Receipt]:
        if self.overloaded:
            raise Overloaded("the intake queue", 2_000)
        self._must_be_here("submit")
        committed = self._commit(commands)
        if self.after_commit is not None and (committed.facts or committed.members or committed.items):
            await self.after_commit(committed)
        return list(committed.receipts)

    def _commit(self, commands: Sequence[Command]) -> Committed:
        now_ms = self.clock.now_ms()
        facts: list[Fact] = []
        receipts = [self._receive(command, facts, now_ms) for command in commands]
        for touched in self.world.touched_members:
            member = self.world.members[touched]
            self.world.members[touched] = replace(member, version=member.version + 1)
        members = tuple(self.world.members[touched] for touched in sorted(self.world.touched_members))
        changes = [change for room in sorted(self.world.touched_rooms) for change in self._changed(room)]
        self.world.touched_members.clear()
        self.world.touched_rooms.clear()
        self.world.draws.touched.clear()
        charged = {fact.budget: fact for fact in facts if isinstance(fact, BudgetSpent)}
        for fact in facts:
            if isinstance(fact, BudgetSpent) and fact.amount < 0:
                self.returned[fact.budget] -= fact.amount
        stands = tuple(
            BudgetStand(name, fact.amount, self.world.budgets[name], fact.max, self.returned[name])
            for name, fact in sorted(charged.items())
        )
        return Committed(tuple(receipts), tuple(facts), members, tuple(changes), budgets=stands)

    def _receive(self, command: Command, facts: list[Fact], now_ms: int) -> Receipt:
        origin = command.origin
        held = self.receipts.get((origin.source, origin.event))
        if held is not None:
            content, first = held
            return replace(first, outcome="duplicate" if content == origin.content else "conflict")
        self.commands.append(command)
        who = None if isinstance(command, RoomCommand | ShopCommand) else self._who(command.who)
        decision = decide(command, who, self.world, now_ms)
        self.world.fold_all(decision.facts)
        facts += decision.facts
        receipt = _receipt(origin, who, decision.outcome)
        self.receipts[origin.source, origin.event] = (origin.content, receipt)
        return receipt

    def _changed(self, room: RoomId) -> list[ItemChange]:
        now = {**items_of(self.world.rooms[room], self.world.rulebook), **own_items(self.world, room)}
        standing = {key for held, key in self.items if held == room and not key.startswith(OWN_LIFE)}
        keys = standing | set(now)
        changes = []
        for key in sorted(keys):
            before = self.items.get((room, key))
            value = now.get(key)
            if before is not None and json.dumps(before.value) == json.dumps(value):
                continue
            change = ItemChange(room, key, 1 + (before.rev if before else 0), value)
            self.items[room, key] = change
            changes.append(change)
        return changes

    def _who(self, subject: Subject) -> MemberId:
        return meant(subject, self.world)

    # --- setting the scene ------------------------------------------------------------------------

    async def put_room(self, room: str = "r1", members_only: str | None = None) -> None:
        await self.submit(PutRoom(self._origin(room), f"Room {room}", members_only=members_only))

    async def set_room(self, room: str = "r1", slow_s: int | None = None, writers: str | None = None) -> None:
        await self.submit(SetRoom(self._origin(room), slow_s=slow_s, writers=writers))

    async def go_live(self, room: str = "r1", show: str = "s1", members_only: str | None = None) -> None:
        show_id = ShowId(show)
        await self.submit(ScheduleShow(self._origin(room), show_id, "Tonight", members_only=members_only))
        await self.submit(SetShowStatus(self._origin(room), show_id, "live"))

    async def end_show(self, room: str = "r1", show: str = "s1") -> None:
        await self.submit(SetShowStatus(self._origin(room), ShowId(show), "ended"))

    def change(self, member: str, **changes: object) -> Member:
        """Rewrite a member in place, as if a commit had done it, and return it. Nobody is told."""
        held = self.world.members[MemberId(member)]
        changed = replace(held, version=held.version + 1, **changes)  # type: ignore[arg-type]
        self.world.members[MemberId(member)] = changed
        return changed

    def _origin(self, room: str) -> Origin:
        return Origin("api", f"scene{len(self.receipts)}", "x", self.clock.now_ms(), room=RoomId(room))

    # --- reads ------------------------------------------------------------------------------------

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]:
        self._must_be_here("members")
        return {member: self.world.members[member] for member in ids if member in self.world.members}

    async def spent(self, names: Sequence[str]) -> Mapping[str, int]:
        self._must_be_here("spent")
        return {name: self.world.budgets[name] for name in names if name in self.world.budgets}

    async def versions(self, ids: Sequence[MemberId]) -> Mapping[MemberId, int]:
        self._must_be_here("versions")
        return {member: self.world.members[member].version for member in ids if member in self.world.members}

    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
        self._must_be_here("resolve")
        known: dict[Subject, MemberId] = {}
        for who in subjects:
            if isinstance(who, ByIdentity) and (who.platform, who.openid) in self.world.identities:
                known[who] = self.world.identities[who.platform, who.openid]
            elif isinstance(who, ById) and who.member in self.world.members:
                known[who] = who.member
        return known

    async def author(self, tag: AuthorTag) -> MemberId | None:
        self._must_be_here("author")
        return next((member.id for member in self.world.members.values() if member.author == tag), None)

    async def gift(self, gift: GiftId) -> Gift | None:
        self._must_be_here("gift")
        return self.world.gifts.get(gift)

    async def gift_of_code(self, code: str) -> Gift | None:
        self._must_be_here("gift_of_code")
        return next((gift for gift in self.world.gifts.values() if gift.code == code), None)

    async def room(self, room: RoomId) -> Room | None:
        self._must_be_here("room")
        return self.world.rooms.get(room)

    async def gate(self, gate: GateId) -> GateStand | None:
        self._must_be_here("gate")
        return self.world.gates.get(gate)

    async def permit(self, permit: PermitId) -> Permit | None:
        self._must_be_here("permit")
        return self.world.permits.get(permit)

    async def room_items(self, room: RoomId) -> Sequence[ItemChange] | None:
        self._must_be_here("room_items")
        found = [change for (held, _), change in self.items.items() if held == room]
        return found or None

    async def watch_counts(self, member: MemberId, show: ShowId) -> tuple[int, int]:
        self._must_be_here("watch_counts")
        told = [event for source, event in self.receipts if source == "watch"]
        n15, n10 = (
            sum(event.startswith(f"watch{minutes}:{show}:{member}:") for event in told)
            for minutes in (15, 10)
        )
        return n15, n10

    def _must_be_here(self, question: str) -> None:
        self.asked[question] += 1
        if self.away:
            raise LedgerUnavailable("switched off")


def _receipt(origin: Origin, who: MemberId | None, outcome: object) -> Receipt:
    match outcome:
        case Applied(earned, rule, code, details=details):
            return Receipt(origin.source, origin.event, who, "applied", code, rule, earned, details=details)
        case Duplicate(first):
            return Receipt(
                origin.source, origin.event, who, "duplicate", first.code, first.rule, first.earned
            )
        case Conflict(code):
            return Receipt(origin.source, origin.event, who, "conflict", code)
        case Refusal():
            return Receipt(
                origin.source,
                origin.event,
                who,
                "refused",
                outcome.code,
                None,
                Earned(),
                outcome.message,
                outcome.details,
                outcome.retry_after_ms,
            )
        case _:
            raise AssertionError(f"no outcome: {outcome!r}")
