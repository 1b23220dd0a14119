"""Every key and channel of this package in Redis, and how long each lives. Pure.

All keys of a room and its bus channel carry the partition's hash tag, so that one script may touch them all
on Redis Cluster, too.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass

PARTITIONS = 64
MAIL_BUCKETS = 64

ROOM_TTL_MS = 48 * 3_600_000
"""A room nobody publishes to is forgotten; the next join rebuilds it from the truth."""
PENDING_TTL_MS = 60_000
"""Items published without hot state wait this long for a rebuild; none takes so long."""
OPERATION_TTL_MS = 60_000
"""How long a publish may be retried without being numbered twice."""
PRESENCE_TTL_MS = 30_000
MAILBOX_TTL_MS = 90_000
"""A node renews its entries once a minute at the latest."""


@dataclass(frozen=True, slots=True)
class RoomKeys:
    meta: str
    items: str
    log: str
    pulses: str
    comments: str
    presence: str
    channel: str
    tag: str

    def operation(self, operation: str) -> str:
        return f"{self.tag}:op:{operation}"


@dataclass(frozen=True, slots=True)
class Keys:
    """Names within one namespace."""

    namespace: str
    partitions: int = PARTITIONS

    @property
    def partition_count(self) -> str:
        return f"{self.namespace}:partitions"

    def partition_of(self, room: str) -> int:
        """CRC16 (XMODEM, as Redis Cluster's own) modulo the number of partitions."""
        return crc_hqx(room.encode(), 0) % self.partitions

    def channel(self, partition: int) -> str:
        return f"{self.namespace}:{{p{partition:02d}}}:bus"

    def room(self, room: str) -> RoomKeys:
        partition = self.partition_of(room)
        tag = f"{self.namespace}:{{p{partition:02d}}}"
        base = f"{tag}:room:{room}"
        return RoomKeys(
            meta=f"{base}:meta",
            items=f"{base}:items",
            log=f"{base}:log",
            pulses=f"{base}:pulses",
            comments=f"{base}:comments",
            presence=f"{base}:presence",
            channel=self.channel(partition),
            tag=tag,
        )

    def bucket_of(self, member: str) -> int:
        """Mailboxes of one bucket share a hash tag."""
        return crc_hqx(member.encode(), 0) % MAIL_BUCKETS

    def mailbox(self, member: str) -> str:
        return f"{self.namespace}:{{b{self.bucket_of(member):02d}}}:at:{member}"

    def node_channel(self, node: str) -> str:
        return f"{self.namespace}:{{n{node}}}:mail"
