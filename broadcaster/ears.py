"""The bus that fits a link."""

from __future__ import annotations

from broadcaster.ear_cluster import ClusterBus
from broadcaster.ear_redis import RedisBus
from broadcaster.keys import Keys
from broadcaster.ports import RoomBus
from broadcaster.redis_link import RedisLink


def bus_on(link: RedisLink, keys: Keys) -> RoomBus:
    """Return the node's ear on this link's Redis, Sentinel or Cluster."""
    return RedisBus(link, keys) if link.cluster is None else ClusterBus(link, keys)
