"""The table of contacts: read before a decision, written after one, and handed over by a merge (X8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.contacts import Contact
from server.domain.world import World
from server.ids import MemberId
from server.ledger.bulk import Found, Row, insert, keyed
from server.ledger.contact_tables import contacts
from server.ledger.engines import Engines
from server.ledger.rows import named

CONTACT = ("member", "channel", "purpose", "address", "since_ms")


class ContactRows:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._of_members = keyed(
            dialect,
            f"SELECT {named(CONTACT, 't')} FROM {{keys}} CROSS JOIN contacts t WHERE t.member = k.id "
            "ORDER BY t.member, t.channel, t.purpose",
            (("id", "text"),),
        )
        self._new = insert(dialect, contacts, CONTACT)
        self._gone = keyed(
            dialect,
            "DELETE FROM contacts WHERE (member, channel) IN (SELECT k.member, k.channel FROM {keys}) RETURNING 1",
            (("member", "text"), ("channel", "text")),
        )

    async def fill(self, connection: AsyncConnection, world: World, members: Collection[MemberId]) -> None:
        """Read, under their locks, all that these members have left."""
        keys: list[Row] = [(member,) for member in sorted(members)]
        for contact in contacts_of(await self._of_members.run(connection, keys) if keys else ()):
            world.contacts[contact.member, contact.channel] = contact

    async def keep(self, connection: AsyncConnection, world: World) -> None:
        """Write what the batch has touched: a channel as a whole, so that nothing of before is left."""
        touched = [world.contacts[key] for key in sorted(world.touched_contacts)]
        if not touched:
            return
        await self._gone.run(connection, [(one.member, one.channel) for one in touched])
        new = [
            (one.member, one.channel, purpose, one.address, one.since_ms)
            for one in touched
            for purpose in one.purposes
        ]
        await self._new.run(connection, new)


class ContactBook:
    """What is asked about contacts. Raises `LedgerUnavailable`."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def contact(self, member: MemberId, channel: str) -> Contact | None:
        """Return what the member has left on a channel; None = nothing, or it was withdrawn."""
        wanted = select(*(contacts.c[name] for name in CONTACT)).order_by(contacts.c.purpose)
        async with self._engines.read() as connection:
            rows = await connection.execute(
                wanted.where(contacts.c.member == member, contacts.c.channel == channel)
            )
            found = contacts_of(rows.all())
        return found[0] if found else None

    async def reachable(self) -> Mapping[str, int]:
        """Return how many members may be reached for each purpose, however many channels they left."""
        members = func.count(contacts.c.member.distinct())
        async with self._engines.read() as connection:
            found = await connection.execute(
                select(contacts.c.purpose, members).group_by(contacts.c.purpose).order_by(contacts.c.purpose)
            )
            return {row[0]: row[1] for row in found.all()}


def contacts_of(found: Sequence[Found]) -> list[Contact]:
    """Return the contacts of rows that stand in the order of member, channel and purpose."""
    together: dict[tuple[str, str], Contact] = {}
    for member, channel, purpose, address, since_ms in found:
        known = together.get((member, channel))
        purposes = (*(known.purposes if known is not None else ()), purpose)
        together[member, channel] = Contact(MemberId(member), channel, address, purposes, since_ms)
    return list(together.values())
