import pytest

from broadcaster.redis_url import Access, BadAddress, OneRedis, RedisCluster, Sentinels, read_place


@pytest.mark.parametrize("url", ["redis://h", "rediss://:secret@h:1/2", "unix:///run/redis.sock?db=3"])
def test_BUS12_one_redis_is_taken_as_it_stands(url: str) -> None:
    assert read_place(url) == OneRedis(url)


def test_BUS12_sentinels_and_their_service() -> None:
    assert read_place("redis+sentinel://a,b:2,[::1]:3/live") == Sentinels(
        (("a", 26379), ("b", 2), ("::1", 3)), "live", 0, Access(), Access()
    )
    place = read_place(
        "rediss+sentinel://me:p%40ss@a:1/live?db=4&sentinel_password=s3&sentinel_username=w&ssl_ca_certs=/ca.pem"
    )
    assert place == Sentinels(
        (("a", 1),), "live", 4, Access("me", "p@ss", True, "/ca.pem"), Access("w", "s3", True, "/ca.pem")
    )


def test_BUS12_some_nodes_of_a_cluster() -> None:
    assert read_place("redis+cluster://a,b:7000") == RedisCluster((("a", 6379), ("b", 7000)), Access())
    assert read_place("rediss+cluster://:pw@a/0") == RedisCluster((("a", 6379),), Access(None, "pw", True))


@pytest.mark.parametrize(
    "url, said",
    [
        ("http://a", "must begin with redis://"),
        ("redis", "must begin with redis://"),
        ("redis+valkey://a", "redis\\+valkey:// is unknown"),
        ("unix+cluster://a", "unix\\+cluster:// is unknown"),
        ("redis+cluster://", "at least one host"),
        ("redis+cluster://a:0", "'a:0' is no host:port"),
        ("redis+cluster://a:x", "'a:x' is no host:port"),
        ("redis+cluster://:secret@a/1", "database 0 only"),
        ("redis+cluster://a?db=1", "not db"),
        ("redis+cluster://a?ssl_ca_certs=/ca", "rediss\\+"),
        ("redis+sentinel://a:1", "ends in the service's name"),
        ("redis+sentinel://a:1/live?db=x", "db must be a number"),
    ],
)
def test_BUS12_R8_what_cannot_be_used_is_named_without_its_password(url: str, said: str) -> None:
    with pytest.raises(BadAddress, match=said) as refused:
        read_place(url)
    assert "secret" not in str(refused.value)


def test_BUS12_R10_a_place_does_not_show_its_password() -> None:
    for url in (
        "redis://:secret@h",
        "redis+cluster://:secret@h",
        "redis+sentinel://:secret@h/s?sentinel_password=secret",
    ):
        assert "secret" not in repr(read_place(url))
