"""What the live socket's application side needs of the rest, as small as it needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from broadcaster.frames import Moment
from server.domain.commands import Command, Subject
from server.domain.decision import Receipt
from server.domain.facts import CommentPosted
from server.domain.state import Gift, Member, Room
from server.ids import AuthorTag, GateId, GiftId, MemberId, PermitId, RoomId, ShowId, TaskId
from server.ledger.ports import ItemChange


class Submits(Protocol):
    """`server.intake.Intake`. Raises `Overloaded`, `LedgerUnavailable` (nothing happened), `InternalFault`."""

    async def submit(self, command: Command) -> Receipt: ...
    async def submit_many(self, commands: Sequence[Command]) -> list[Receipt]: ...


class Truth(Protocol):
    """The part of `server.ledger.ports.QueriesPort` that is read here. Raises `LedgerUnavailable`."""

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]: ...
    async def versions(self, ids: Sequence[MemberId]) -> Mapping[MemberId, int]: ...
    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]: ...
    async def author(self, tag: AuthorTag) -> MemberId | None: ...
    async def gift(self, gift: GiftId) -> Gift | None: ...
    async def gift_of_code(self, code: str) -> Gift | None: ...
    async def room(self, room: RoomId) -> Room | None: ...
    async def room_items(self, room: RoomId) -> Sequence[ItemChange] | None: ...
    async def spent(self, names: Sequence[str]) -> Mapping[str, int]: ...
    async def watch_counts(self, member: MemberId, show: ShowId) -> tuple[int, int]: ...


class HandsOver(Protocol):
    """`server.credentials.permits.Gatekeeper`. Raises `LedgerUnavailable`."""

    async def handed(
        self, permit: PermitId, gate: GateId, member: MemberId, expires_ms: int
    ) -> Mapping[str, str | int] | None: ...


class Tells(Protocol):
    """What is shown without having been in the ledger (`server.announcing.announcer`). Never blocks, never raises."""

    def comment(self, comment: CommentPosted) -> None: ...
    def likes(self, room: RoomId, count: int) -> None: ...
    def moment(self, room: RoomId, moment: Moment) -> None: ...


class Saw(Protocol):
    """`server.funnel.TaskFunnel`. Never blocks, never raises."""

    def saw(self, tasks: Iterable[TaskId], viewer: str) -> None: ...


class LiveMeter(Protocol):
    """What the gateway counts beyond the broadcaster's own numbers. Must neither block nor raise."""

    def bad_input(self, reason: str) -> None: ...

    def dropped(self, rank: int, reason: str, n: int) -> None:
        """Count frames that are not shown."""
        ...
