"""Statements of a transaction straight to PostgreSQL's driver, and writes that run while their sender goes on.

SQLAlchemy's cursor prepares, describes and wraps each result anew: a fifth of what a batch's forty statements cost us.
It still opens and ends the transaction; whatever comes first in one goes its way, for that is what begins it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    import asyncpg  # not there where the ledger is on SQLite

Bound = Sequence[object]

_Said = TypeVar("_Said")

_LINE = "liveroom.ahead"
AWAKE_S = 2.5
"""A quarter of the time that a transaction of ours may stand still (`engines`)."""


@dataclass(slots=True)
class _Line:
    """Writes on their way, one after the other: a connection does one thing at a time."""

    waiting: deque[Callable[[], Awaitable[object]]] = field(default_factory=deque)
    running: asyncio.Task[None] | None = None

    def send(self, work: Callable[[], Awaitable[object]]) -> None:
        """Have it done after all that was sent before. Raises what one of those has met."""
        if self.running is not None and self.running.done():
            self.running.result()
            self.running = None
        self.waiting.append(work)
        if self.running is None:
            self.running = asyncio.create_task(self._run(), name="ledger writes")

    async def rest(self) -> None:
        """Return when all is done. Raises what one of them met; what stood behind it was never begun."""
        if self.running is not None:
            await self.running
            self.running = None

    async def drop(self) -> None:
        """Let go of all, for the transaction is lost: nothing may follow on the connection before it is quiet."""
        self.waiting.clear()
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    async def _run(self) -> None:
        while self.waiting:
            await self.waiting.popleft()()


@asynccontextmanager
async def ahead(connection: AsyncConnection) -> AsyncIterator[None]:
    """Inside, a write returns at once; reads wait for all that was written before, and so does the end.

    So the rows of one statement are made, and more is decided, while the database works on another: same
    transaction, same order. What a write meets is raised by whatever comes after it, at the latest here.
    Statements that go through SQLAlchemy themselves must stay outside.
    """
    line, info = _Line(), connection.info
    info[_LINE] = line
    try:
        yield
        await line.rest()
    except PendingRollbackError:
        # A write lost the connection, and its sender came with another before it heard: what that met is what there
        # is to say.
        await line.rest()
        raise
    finally:
        info.pop(_LINE, None)
        await line.drop()


@asynccontextmanager
async def meanwhile(
    connection: AsyncConnection, asking: Callable[[], Coroutine[None, None, _Said]]
) -> AsyncIterator[asyncio.Task[_Said]]:
    """Inside, `asking`, which sends the connection one statement, is under way; with the block it is over."""
    if _driver(connection) is None:
        await connection.exec_driver_sql("SELECT 1")  # what comes first begins the transaction: two questions
    asked = asyncio.create_task(asking(), name="ledger look-up")
    try:
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # as in `_sent`
        yield asked
    finally:
        asked.cancel()  # nothing may follow on the connection before it is quiet; one that is done stays done
        await asyncio.gather(asked, return_exceptions=True)


@asynccontextmanager
async def awake(connection: AsyncConnection) -> AsyncIterator[None]:
    """Inside, the open transaction may wait for something in our process, however long: it never stands still for so
    long that the server takes its process for dead. Nothing else may be sent meanwhile."""
    over = asyncio.Event()
    stirring: asyncio.Task[None] | None = None

    def stir() -> None:
        nonlocal stirring
        stirring = asyncio.create_task(_stir(connection, over), name="ledger awake")

    # Nearly all waits are short: a timer that never goes off costs next to nothing.
    timer = asyncio.get_running_loop().call_later(AWAKE_S, stir)
    try:
        yield
    finally:
        timer.cancel()
        over.set()
        if stirring is not None:
            await (
                stirring
            )  # never cancelled by us: that would cancel the statement, and with it the transaction


async def _stir(connection: AsyncConnection, over: asyncio.Event) -> None:
    while not over.is_set():
        await fetch(connection, "SELECT 1", ())
        try:
            await asyncio.wait_for(over.wait(), AWAKE_S)
        except TimeoutError:
            pass  # it goes on


async def fetch(connection: AsyncConnection, sql: str, bound: Bound) -> Sequence[Any]:
    """Run one statement inside the open transaction; return its rows."""
    driver = _driver(connection)
    if driver is None:
        return (await connection.exec_driver_sql(sql, tuple(bound))).all()
    line: _Line | None = connection.info.get(_LINE)
    if line is not None:
        await line.rest()
    return await _as_ever(connection, driver, sql, partial(driver.fetch, sql, *bound))


async def write(connection: AsyncConnection, sql: str, bound: Bound) -> None:
    """Run one statement inside the open transaction, `ahead` of its sender where that is said."""
    driver = _driver(connection)
    if driver is None:
        await connection.exec_driver_sql(sql, tuple(bound))
    else:
        await _sent(
            connection, partial(_as_ever, connection, driver, sql, partial(driver.fetch, sql, *bound))
        )


async def copy(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Sequence[Bound]
) -> bool:
    """Add rows to a table as `write` would, for half the work on both sides; False = no transaction is open yet."""
    driver = _driver(connection)
    if driver is None:
        return False
    copied = partial(driver.copy_records_to_table, table, records=rows, columns=columns)
    await _sent(connection, partial(_as_ever, connection, driver, f"COPY {table}", copied))
    return True


def _driver(connection: AsyncConnection) -> asyncpg.Connection | None:
    """Return the driver's connection; None when the transaction has not begun."""
    if connection.sync_connection is None:
        raise TypeError("the connection was given back")
    driver: asyncpg.Connection | None = connection.sync_connection.connection.driver_connection
    return driver if driver is not None and driver.is_in_transaction() else None


async def _sent(connection: AsyncConnection, work: Callable[[], Awaitable[object]]) -> None:
    line: _Line | None = connection.info.get(_LINE)
    if line is None:
        await work()
        return
    line.send(work)
    # One turn of the loop to begin it, one for the loop to write what it said.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def _as_ever(
    connection: AsyncConnection, driver: asyncpg.Connection, sql: str, work: Callable[[], Awaitable[_Said]]
) -> _Said:
    """Raise what SQLAlchemy would have raised, so that nobody above needs to know which way a statement went."""
    try:
        return await work()
    except TimeoutError as error:
        # A server that fell silent would not hear of the rollback either: nobody waits for that as long again.
        await connection.invalidate(error)
        raise
    except Exception as error:
        import asyncpg

        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            raise IntegrityError(sql, None, error) from error
        if not isinstance(
            error, (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
        ):
            raise
        lost = driver.is_closed()
        if lost:
            await connection.invalidate(error)
        raise DBAPIError(sql, None, error, connection_invalidated=lost) from error
