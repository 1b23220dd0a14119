"""The room's state for those whose network does not carry sockets, and for whoever wants to look (PROTOCOL §1.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.responses import Response

from broadcaster.codec import JSON as JSON_WIRE, room_view
from broadcaster.frames import RoomItem, Snapshot
from broadcaster.overload import Level
from broadcaster.ports import RoomStore
from server.api.operation import JSON, Call, Operation, Refusal
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.rooms import NOT_FOUND, ROOM, tier_to_enter
from server.api.shapes import Answer
from server.api.snapshot_shelf import SnapshotShelf
from server.ids import RoomId
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import QueriesPort

POLL_AFTER_MS = {
    Level.NORMAL: 3_000,
    Level.LONGER_WINDOWS: 4_000,
    Level.NO_REACTIONS: 6_000,
    Level.STATE_ONLY: 10_000,
    Level.POLL: 15_000,
}
"""How long a polling viewer should wait, by the overload of this process; at ten thousand of them some 3 000 small
answers a second in peace."""

_GATE_MS = 1_000

Items = Callable[[str], Awaitable[Sequence[RoomItem] | None]]
"""All items of a room from the truth, encoded; None = no such room."""


class SnapshotAnswer(Answer):
    epoch: str
    offset: int
    room: dict[str, object]
    """The RoomView of PROTOCOL §1.3."""
    pulses: dict[str, object]
    poll_after_ms: int
    retry_after_ms: int
    """Wait at least so long when the server asks you to slow down; 0 = it does not."""


class _Gates:
    """Who may see a room, as the ledger said at most a second ago; with SQL away, as it last said."""

    def __init__(self, queries: QueriesPort) -> None:
        self._queries = queries
        self._known: dict[RoomId, tuple[str | None, int]] = {}

    async def tier(self, room: RoomId, now_ms: int) -> str | None:
        """Return the tier needed, None = public. Raises the 404, and `LedgerUnavailable` for a room never seen."""
        known = self._known.get(room)
        if known is not None and now_ms - known[1] < _GATE_MS:
            return known[0]
        try:
            found = await self._queries.room(room)
        except LedgerUnavailable:
            if known is None:
                raise
            return known[0]
        if found is None:
            raise not_found("room")
        tier = tier_to_enter(found)
        self._known[room] = (tier, now_ms)
        return tier


class Snapshots:
    """The noun `snapshot`."""

    def __init__(
        self, queries: QueriesPort, store: RoomStore, items: Items, level: Callable[[], Level]
    ) -> None:
        self._store = store
        self._items = items
        self._level = level
        self._gates = _Gates(queries)
        self._shelf = SnapshotShelf(_body)

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/snapshot",
                "getSnapshot",
                "rooms",
                "What a viewer of the room would see now. Ask again with If-None-Match.",
                Gate(public=True),
                self.get,
                ROOM,
                answer=SnapshotAnswer,
                refusals=(NOT_FOUND, Refusal(403, ("members_only",))),
                cross_origin=True,
            ),
        )

    async def get(self, call: Call) -> Response:
        room = RoomId(call.path["room"])
        tier = await self._gates.tier(room, call.received_ms)
        if tier is not None:
            raise Problem(403, "members_only", f"this room is open from tier {tier}", extra={"tier": tier})
        read = partial(self._read, room, call.received_ms)
        made = await self._shelf.get(room, read, POLL_AFTER_MS[self._level()], call.received_ms)
        headers = {"etag": made.tag, "cache-control": "max-age=1"}
        if made.tag in call.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(made.body, headers=headers, media_type=JSON)

    async def _read(self, room: RoomId, now_ms: int) -> Snapshot:
        return await self._store.snapshot(room) or await self._rebuilt(room, now_ms)

    async def _rebuilt(self, room: RoomId, now_ms: int) -> Snapshot:
        items = await self._items(room)
        if items is None:
            raise not_found("room")
        return await self._store.rebuild(room, items, now_ms)


def _body(snapshot: Snapshot, poll_after_ms: int) -> bytes:
    wire = JSON_WIRE
    slow_down_ms = poll_after_ms if poll_after_ms >= POLL_AFTER_MS[Level.POLL] else 0
    return wire.map(
        (
            ("epoch", wire.value(snapshot.position.epoch)),
            ("offset", wire.value(snapshot.position.offset)),
            ("room", room_view(snapshot.items, wire)),
            ("pulses", wire.map([(pulse.key, wire.pick(pulse.value)) for pulse in snapshot.pulses])),
            ("poll_after_ms", wire.value(poll_after_ms)),
            ("retry_after_ms", wire.value(slow_down_ms)),
        )
    )
