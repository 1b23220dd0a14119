"""Looks at every dependency and setting, and names the remedy of what is wrong."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
from redis.exceptions import RedisError
from sqlalchemy import text

from broadcaster.redis_clients import close_client
from broadcaster.redis_link import CALL_TIMEOUT_S, RedisLink
from server.bootstrap.http import OVERLAY_DIST
from server.bootstrap.ledger import began_otherwise, open_engines, programme_of
from server.clock import SystemClock
from server.credentials.jwks import Jwks
from server.errors import SettingWrong
from server.ledger import migrating
from server.ledger.errors import LedgerBehind, LedgerUnavailable
from server.processes.embedded import DataDirLock, find_redis
from server.settings import EMBEDDED, ENV_PREFIX, Settings, token_secret

Verdict = Literal["ok", "note", "wrong"]
_OLDEST_REDIS = (6, 2)
_OLDEST_CLUSTER = (7, 0)
"""Sharded pub/sub."""
_CLOCKS_APART_MS = 100
"""DESIGN §4, Time."""


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    verdict: Verdict
    found: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Return one finding per thing looked at, in the order a start needs them. Changes nothing."""
    looks: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (
        _data_dir,
        _secret,
        _database,
        _database_clock,
        _rulebook,
        _redis,
        _issuer,
        _pages,
        _origins,
        _variables,
    )
    return [await look(settings) for look in looks]


async def _data_dir(settings: Settings) -> Finding:
    path = settings.data_dir.absolute()
    if not path.exists():
        return Finding("data dir", "note", f"{path} is not there yet; the first start makes it")
    if not os.access(path, os.W_OK | os.X_OK):
        return Finding("data dir", "wrong", f"{path} cannot be written to", f"chown it to user {os.getuid()}")
    running = DataDirLock(path).held_by_another()
    return Finding("data dir", "ok", f"{path}, {'a server runs on it' if running else 'free'}")


async def _secret(settings: Settings) -> Finding:
    path = settings.token_secret_file or settings.data_dir / "token.secret"
    if settings.token_secret_file is None and not path.exists():
        return Finding("token secret", "note", "not there yet; the first start makes it")
    try:
        token_secret(settings)
    except SettingWrong as wrong:
        return Finding("token secret", "wrong", wrong.problem, "name a file with at least 32 random bytes")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("token secret", "wrong", f"{path} has mode {mode:o}", f"chmod 600 {path}")
    return Finding("token secret", "ok", str(path))


async def _database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.on_sqlite else "PostgreSQL"
    if settings.on_sqlite and not settings.database_url.get_secret_value():
        file = _ledger_file(settings)
        if not file.exists():
            return Finding("database", "note", f"{file} is not there yet; the first start makes it")
    async with open_engines(settings) as engines:
        try:
            await migrating.check(engines)
        except LedgerBehind as behind:
            return Finding("database", "wrong", f"{kind}: {behind}", "run `liveroom migrate`")
        except LedgerUnavailable as away:
            return Finding("database", "wrong", f"{kind}: {away}", "start it, or correct --database-url")
    return Finding("database", "ok", f"{kind}, up to date")


async def _database_clock(settings: Settings) -> Finding:
    if settings.on_sqlite:
        return Finding("database clock", "ok", "SQLite has none of its own")
    clock = SystemClock()
    try:
        async with open_engines(settings) as engines, engines.read() as connection:
            before = clock.now_ms()
            theirs = (
                await connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000"))
            ).scalar_one()
            after = clock.now_ms()
    except LedgerUnavailable:
        return Finding("database clock", "wrong", "cannot be asked", "see the line above")
    apart = abs(float(theirs) - (before + after) / 2)
    if apart > _CLOCKS_APART_MS:
        return Finding("database clock", "wrong", f"{apart:.0f} ms away from ours", "let both follow NTP")
    return Finding("database clock", "ok", f"{apart:.0f} ms away from ours")


async def _rulebook(settings: Settings) -> Finding:
    if settings.on_sqlite and not (
        settings.database_url.get_secret_value() or _ledger_file(settings).exists()
    ):
        return Finding("rulebook", "note", f"none yet; the first start begins with {settings.preset}")
    now_ms = SystemClock().now_ms()
    try:
        async with open_engines(settings) as engines:
            await migrating.check(engines)
            programme = programme_of(settings, engines)
            async with engines.read() as connection:
                known = await programme.rulebooks.read(connection, now_ms)
    except LedgerUnavailable:
        return Finding("rulebook", "wrong", "cannot be read", "see the database's line above")
    if not known:
        return Finding("rulebook", "note", f"none yet; the first start begins with {settings.preset}")
    otherwise = began_otherwise(settings, programme)
    if otherwise is not None:
        return Finding(
            "rulebook", "note", otherwise, "leave out --preset; to change over, publish its document"
        )
    return Finding("rulebook", "ok", f"version {programme.rulebook_at(now_ms).version} is in force")


def _ledger_file(settings: Settings) -> Path:
    return settings.data_dir / "ledger.db"


async def _redis(settings: Settings) -> Finding:
    if settings.redis == EMBEDDED:
        try:
            binary = find_redis()
        except SettingWrong as wrong:
            return Finding("redis", "wrong", wrong.problem, wrong.remedy)
        asked = await asyncio.create_subprocess_exec(str(binary), "--version", stdout=asyncio.subprocess.PIPE)
        said, _ = await asked.communicate()
        version = next((word[2:] for word in said.decode().split() if word.startswith("v=")), "unknown")
        return _judged_redis(version, f"embedded, {binary}")
    link = RedisLink(settings.redis, "liveroom-doctor")
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            version, where = await _version_of_all(link)
    except (RedisError, OSError, TimeoutError) as away:
        return Finding(
            "redis", "wrong", f"no answer ({type(away).__name__})", "start it, or correct --redis-url"
        )
    finally:
        await link.aclose()
    return _judged_redis(version, where, _OLDEST_CLUSTER if link.cluster is not None else _OLDEST_REDIS)


async def _version_of_all(link: RedisLink) -> tuple[str, str]:
    """Return the oldest version among the primaries that serve us, and how many those are."""
    if link.cluster is None:
        return str((await link.writes.info("server"))["redis_version"]), "reachable"
    await link.cluster.refresh()
    primaries = sorted(link.cluster.primaries())
    found: list[str] = []
    for address in primaries:
        node = link.ear_at(address)
        try:
            found.append(str((await node.info("server"))["redis_version"]))
        finally:
            await close_client(node)
    oldest = min(found, key=_numbers)
    return oldest, f"cluster of {len(primaries)} reachable primaries"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _judged_redis(version: str, where: str, oldest: tuple[int, int] = _OLDEST_REDIS) -> Finding:
    if _numbers(version) < oldest:
        remedy = f"install {oldest[0]}.{oldest[1]} or newer"
        return Finding("redis", "wrong", f"{where}, version {version}", remedy)
    return Finding("redis", "ok", f"{where}, version {version}")


async def _issuer(settings: Settings) -> Finding:
    if settings.token_jwks is None:
        return Finding("token issuer", "ok", "our own tokens only")
    keys = Jwks(settings.token_jwks)
    try:
        await keys.fetch()
    except (httpx2.HTTPError, ValueError) as problem:
        return Finding("token issuer", "wrong", f"{settings.token_jwks}: {problem}", "correct --token-jwks")
    finally:
        await keys.close()
    return Finding("token issuer", "ok", settings.token_jwks)


async def _pages(_settings: Settings) -> Finding:
    if not os.access(OVERLAY_DIST / "index.html", os.R_OK):
        return Finding("pages", "wrong", "not built", "run `make setup`")
    return Finding("pages", "ok", str(OVERLAY_DIST))


async def _origins(settings: Settings) -> Finding:
    if not settings.origins:
        return Finding(
            "origins", "note", "only pages of this very host may connect", "name the shop's with --origins"
        )
    return Finding("origins", "ok", ", ".join(settings.origins))


async def _variables(settings: Settings) -> Finding:
    known = {ENV_PREFIX + name.upper() for name in type(settings).model_fields}
    unknown = sorted(name for name in os.environ if name.startswith(ENV_PREFIX) and name not in known)
    if unknown:
        return Finding(
            "environment", "wrong", f"no such setting: {', '.join(unknown)}", "look for a slip of the pen"
        )
    return Finding("environment", "ok", "no unknown LIVEROOM_ variable")
