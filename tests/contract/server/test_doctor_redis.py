"""What `doctor` says of each kind of Redis; passwords included, which it must use and must not show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from pydantic import SecretStr

from server.processes.doctor import Finding, examine
from server.settings import Settings
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_sentinel import SentinelServers

PASSWORD = "p@ss:word"


async def redis_line(tmp_path: Path, url: str) -> Finding:
    settings = Settings(data_dir=tmp_path, redis_url=SecretStr(url))
    return next(one for one in await examine(settings) if one.what == "redis")


@contextmanager
def locked(cluster: ClusterServers) -> Iterator[None]:
    """Let nobody in without the password for a while."""
    for member in cluster.members:
        member.ask("CONFIG SET", "masterauth", PASSWORD)
        member.ask("CONFIG SET", "requirepass", PASSWORD)
    try:
        yield
    finally:
        for member in cluster.members:
            with redis.Redis(port=member.port, password=PASSWORD) as connection:
                connection.config_set("requirepass", "")
                connection.config_set("masterauth", "")


async def test_CLI5_BUS12_doctor_looks_at_every_primary_of_a_cluster(
    tmp_path: Path, redis_cluster: ClusterServers
) -> None:
    found = await redis_line(tmp_path, redis_cluster.link_url)
    assert found.verdict == "ok", found
    assert "cluster of 3 reachable primaries, version " in found.found


async def test_CLI5_BUS12_doctor_finds_the_primary_behind_sentinel(
    tmp_path: Path, redis_sentinels: SentinelServers
) -> None:
    assert (await redis_line(tmp_path, redis_sentinels.link_url)).verdict == "ok"
    nobody = redis_sentinels.link_url.replace("/live", "/other")
    assert (await redis_line(tmp_path, nobody)).verdict == "wrong"


async def test_CLI5_BUS12_R10_a_password_in_the_address_opens_the_cluster(
    tmp_path: Path, redis_cluster: ClusterServers
) -> None:
    url = redis_cluster.link_url
    with locked(redis_cluster):
        right = await redis_line(tmp_path, url.replace("://", "://:p%40ss%3Aword@"))
        assert right.verdict == "ok", right
        for wrong in (url, url.replace("://", "://:hunter2@")):
            found = await redis_line(tmp_path, wrong)
            assert found.verdict == "wrong"
            assert "hunter2" not in str(found)
