"""Where Redis is: one server, one behind Sentinel, or a Cluster. Pure.

::

    redis://[user:password@]host[:6379]/db        rediss:// with TLS        unix:///path?db=0
    redis+sentinel://[user:password@]host[:26379],host…/service[?db=0&sentinel_username=…&sentinel_password=…]
    redis+cluster://[user:password@]host[:6379],host…

`rediss+sentinel://` and `rediss+cluster://` are the same with TLS; `ssl_ca_certs=<file>` names its authorities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

Address = tuple[str, int]
"""Host and port."""

SINGLE = ("redis", "rediss", "unix")
_MANY = {"sentinel": 26379, "cluster": 6379}


class BadAddress(ValueError):
    """The address cannot be used; the text says what is wrong and what is right, and never holds a password."""


@dataclass(frozen=True, slots=True)
class Access:
    """How one gets in."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_certs: str | None = None
    """A file; None = the system's."""


@dataclass(frozen=True, slots=True)
class OneRedis:
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sentinels:
    hosts: tuple[Address, ...]
    service: str
    db: int
    access: Access
    sentinel_access: Access


@dataclass(frozen=True, slots=True)
class RedisCluster:
    hosts: tuple[Address, ...]
    """Some of its nodes; the others are learned from them."""
    access: Access


Place = OneRedis | Sentinels | RedisCluster


def read_place(url: str) -> Place:
    """Return what an address names. Raises `BadAddress`."""
    scheme = url.partition("://")[0]
    if "://" not in url or scheme.partition("+")[0] not in SINGLE:
        raise BadAddress(
            "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster:// "
            "(rediss+… with TLS)"
        )
    if scheme in SINGLE:
        return OneRedis(url)
    secure, _, kind = scheme.partition("+")
    if kind not in _MANY or secure == "unix":
        raise BadAddress(
            f"{scheme}:// is unknown: redis+sentinel:// and redis+cluster:// are, and rediss+… with TLS"
        )
    parts = urlsplit(url)
    given, _, listed = parts.netloc.rpartition("@")
    hosts = tuple(_host(one, _MANY[kind]) for one in listed.split(",") if one)
    if not hosts:
        raise BadAddress(f"{scheme}:// needs at least one host:port")
    known = {"ssl_ca_certs"} | (
        {"db", "sentinel_username", "sentinel_password"} if kind == "sentinel" else set()
    )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - known:
        raise BadAddress(f"{scheme}:// knows {', '.join(sorted(known))}, not {', '.join(sorted(unknown))}")
    username, _, password = given.partition(":")
    tls, authorities = secure == "rediss", options.get("ssl_ca_certs")
    if authorities and not tls:
        raise BadAddress("ssl_ca_certs is for rediss+… addresses")
    access = Access(unquote(username) or None, unquote(password) or None, tls, authorities)
    path = parts.path.strip("/")
    if kind == "cluster":
        if path not in ("", "0"):
            raise BadAddress("a Cluster has database 0 only: leave out what follows the hosts")
        return RedisCluster(hosts, access)
    if not path or "/" in path:
        raise BadAddress("redis+sentinel:// ends in the service's name: …host:26379/mymaster")
    db = options.get("db", "0")
    if not db.isdecimal():
        raise BadAddress("db must be a number")
    user, secret = options.get("sentinel_username"), options.get("sentinel_password")
    return Sentinels(hosts, unquote(path), int(db), access, Access(user, secret, tls, authorities))


def _host(given: str, usual_port: int) -> Address:
    if given.startswith("["):
        host, _, rest = given[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = given.partition(":")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise BadAddress(f"{given!r} is no host:port")
    return host, int(port or usual_port)
