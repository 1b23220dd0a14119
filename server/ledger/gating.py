"""Reads and writes early-access gates under their row locks, and their permits (L5).

Gates are locked after members, orders, rewards and rooms, by id: every transaction asks in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.gates import GateStand, Permit
from server.domain.world import World
from server.ids import GateId, MemberId, PermitId, RoomId, TierId
from server.ledger.batch import Asked
from server.ledger.bulk import Found, Row, insert, keyed, update
from server.ledger.gate_tables import gates, permits
from server.ledger.rows import named
from server.ledger.stage_rows import gate_of, gate_row

SHOWN = ("id", "room", "sku", "title", "price", "public_ms", "opens", "stock", "early", "state")
GATE = (*SHOWN, "link", "verified", "verified_early", "per_member", "version")
GATE_CHANGES = ("state", "verified", "verified_early", "version", "id")
PERMIT = ("id", "gate", "room", "member", "sku", "tier", "early", "given_ms", "expires_ms", "state")
PERMIT_CHANGES = ("state", "id")


class GateLoading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        of_id = (("id", "text"),)
        self._gates = keyed(
            dialect,
            f"SELECT {named(GATE, 't')} FROM {{keys}} CROSS JOIN gates t "
            f"WHERE t.id = k.id ORDER BY t.id{lock}",
            of_id,
        )
        self._held = keyed(
            dialect,
            "SELECT t.gate, COUNT(*), SUM(CASE WHEN t.early THEN 1 ELSE 0 END) "
            "FROM {keys} CROSS JOIN permits t WHERE t.gate = k.id AND t.state = 'open' "
            "AND t.expires_ms > {1} GROUP BY t.gate",
            of_id,
        )
        permit = f"SELECT {named(PERMIT, 't')} FROM {{keys}} CROSS JOIN permits t "
        self._permits = keyed(dialect, f"{permit}WHERE t.id = k.id", of_id)
        self._mine = keyed(
            dialect,
            f"{permit}WHERE t.gate = k.gate AND t.member = k.member AND (t.state = 'verified' "
            "OR t.state = 'open' AND t.expires_ms > {1})",
            (("gate", "text"), ("member", "text")),
        )

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Lock the gates that are named, or whose permits are, and read what hangs on them."""
        named_permits = _keys(permit for one in asked for permit in one.needs.permits)
        wanted: set[str] = {gate for one in asked for gate in one.needs.gates}
        mine: set[Row] = {(gate, one.who) for one in asked if one.who is not None for gate in one.needs.gates}
        if named_permits:  # which gate a permit is of never changes; whose it is does, with a merge
            of_permits = list(await self._permits.run(connection, named_permits))
            wanted.update(row[1] for row in of_permits)
        if not wanted:
            return
        # The oldest of those it matters to: one that waited long must not make pieces look held to all others.
        at_ms = min(one.at_ms for one in asked if one.needs.gates or one.needs.permits)
        locked = await self._gates.run(connection, _keys(wanted))
        held = {row[0]: (row[1], row[2]) for row in await self._held.run(connection, _keys(wanted), at_ms)}
        for row in locked:
            world.gates[GateId(row[0])] = stand_of(row, *held.get(row[0], (0, 0)))
        found = list(await self._permits.run(connection, named_permits)) if named_permits else []
        mine.update((row[1], row[3]) for row in found)
        if mine:
            found += await self._mine.run(connection, sorted(mine), at_ms)
        for row in found:
            world.put_permit(permit_of(row))


class GateKeeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._new_gates = insert(dialect, gates, GATE)
        self._gates = update(dialect, gates, GATE_CHANGES)
        self._states = update(dialect, gates, ("state", "id"))
        self._new_permits = insert(dialect, permits, PERMIT)
        self._permits = update(dialect, permits, PERMIT_CHANGES)

    async def keep(
        self,
        connection: AsyncConnection,
        world: World,
        known_gates: frozenset[GateId],
        known_permits: frozenset[PermitId],
    ) -> None:
        """Write the gates and permits that the batch touched."""
        stands = [world.gates[gate] for gate in sorted(world.touched_gates)]
        new: list[Row] = [
            (*gate_row(one.gate), one.link, one.verified, one.verified_early, one.per_member, one.version)
            for one in stands
            if one.gate.id not in known_gates and one.link
        ]
        await self._new_gates.run(connection, new)
        changed: list[Row] = [
            (one.gate.state, one.verified, one.verified_early, one.version, one.gate.id)
            for one in stands
            if one.gate.id in known_gates
        ]
        await self._gates.run(connection, changed)
        # A show that ends cancels its gates without having locked them: of these only the state is known.
        unseen: list[Row] = [
            (one.gate.state, one.gate.id) for one in stands if one.gate.id not in known_gates and not one.link
        ]
        await self._states.run(connection, unseen)
        touched = [world.permits[permit] for permit in sorted(world.touched_permits)]
        given = [permit_row(one) for one in touched if one.id not in known_permits]
        await self._new_permits.run(connection, given)
        await self._permits.run(
            connection, [(one.state, one.id) for one in touched if one.id in known_permits]
        )


def stand_of(row: Found, held: int, held_early: int) -> GateStand:
    return GateStand(gate_of(row), row[10], row[11], row[12], held, held_early, row[13], row[14])


def permit_row(permit: Permit) -> Row:
    return (
        permit.id,
        permit.gate,
        permit.room,
        permit.member,
        permit.sku,
        permit.tier,
        permit.early,
        permit.given_ms,
        permit.expires_ms,
        permit.state,
    )


def permit_of(row: Found) -> Permit:
    return Permit(
        id=PermitId(row[0]),
        gate=GateId(row[1]),
        room=RoomId(row[2]),
        member=MemberId(row[3]),
        sku=row[4],
        tier=TierId(row[5]),
        early=bool(row[6]),
        given_ms=row[7],
        expires_ms=row[8],
        state=row[9],
    )


def _keys(ids: Iterable[str]) -> list[Row]:
    return [(key,) for key in sorted(set(ids))]
