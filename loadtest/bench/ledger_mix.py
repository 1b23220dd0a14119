"""What happens in a show, as events of one shop: 60 % watching, 15 % comments, 10 % likes, 10 % orders, 5 % spending."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random

from loadtest.bench.filled_ledger import member_id
from server.domain.commands import (
    ById,
    CapturePoints,
    Command,
    HoldPoints,
    Like,
    Origin,
    PostComment,
    RecordPaidOrder,
    RecordWatched,
)
from server.domain.decide.redemptions import redemption_id
from server.domain.decision import Receipt
from server.ids import MemberId, OrderId, RoomId, ShowId

ROOM, SHOW = RoomId("bench"), ShowId("bench-show")
SOURCE = "/bench"
HELD = 10
"""Points of one hold; a member is filled with more than any run asks of them."""


def origin(event: str, now_ms: int) -> Origin:
    return Origin(SOURCE, event, f"digest-{event}", now_ms, ROOM)


class Sender:
    """Sends events about `members` of the ledger, every `step`-th from the first on; the same number sends the same.

    `turns` says whose turn it is instead of a draw.
    """

    def __init__(self, number: int, members: int, step: int = 1, turns: Iterator[int] | None = None) -> None:
        self._name = f"s{number}"
        self._members = members
        self._step = step
        self._turns = turns
        self._random = Random(number)
        self._sent = 0
        self._held: deque[HoldPoints] = deque()

    def next(self, now_ms: int) -> Command:
        self._sent += 1
        name = f"{self._name}-{self._sent}"
        event, who = origin(name, now_ms), ById(self._member())
        kind = self._random.random()
        if kind < 0.6:
            return RecordWatched(event, who, SHOW, self._random.choice((10, 15)), self._sent)
        if kind < 0.75:
            return PostComment(event, who, f"这个真的好看 {name}", 8, f"digest {name}")
        if kind < 0.85:
            return Like(event, who, 1)
        if kind < 0.95:
            paid = self._random.randrange(1_000, 40_000)
            return RecordPaidOrder(event, who, OrderId(f"o{name}"), paid, "CNY")
        if not self._held or self._random.random() < 0.5:
            return HoldPoints(event, who, OrderId(f"h{name}"), HELD)
        hold = self._held.popleft()
        return CapturePoints(event, hold.who, redemption_id(SOURCE, hold.origin.event))

    def _member(self) -> MemberId:
        turn = self._random.randrange(self._members) if self._turns is None else next(self._turns)
        return member_id(turn * self._step)

    def answered(self, commands: Sequence[Command], receipts: Sequence[Receipt]) -> None:
        """Take note of the holds that stand: they are captured later."""
        for command, receipt in zip(commands, receipts, strict=True):
            if isinstance(command, HoldPoints) and receipt.outcome == "applied":
                self._held.append(command)
