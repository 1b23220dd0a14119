"""Names and lifetimes of everything the server keeps hot. One hash tag per member or room bucket, for Cluster."""

from __future__ import annotations

from zlib import crc32

from server.ids import MemberId, RoomId, ShowId, TaskId

BUCKETS = 64

ANSWER_MS = 600_000
"""The same ref gets the same answer for 10 minutes (PROTOCOL §1.4)."""

LEASE_MS = 45_000
"""Three beats: a viewer whose node died is let into another room soon, one lost beat costs nothing."""

PROGRESS_MS = 12 * 3_600_000
"""Longer than a show."""

SEAT_MS = 24 * 3_600_000
"""Longer than a show, as its likes."""

LIKES_MS = 24 * 3_600_000

AUDIENCE_MS = 30_000
"""A node that says nothing for so long has no viewers any more."""

FUNNEL_MS = 48 * 3_600_000
"""A countdown task is over by then, pauses and all."""

ATTENDANCE_MS = 45_000
"""Three rounds: one that was late changes nothing, a node that died is soon not counted."""


def bucket_of(owner: str) -> int:
    """Return the bucket of whomever keys are about; on a Cluster the keys of one bucket are together."""
    return crc32(owner.encode()) % BUCKETS


class Keys:
    """Key names under one namespace."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def pace(self, key: str) -> str:
        return self._key(key, f"pace:{key}")

    def answer(self, member: MemberId, ref: str) -> str:
        return self._key(member, f"answer:{member}:{ref}")

    def lease(self, member: MemberId) -> str:
        return self._key(member, f"lease:{member}")

    def progress(self, member: MemberId, show: ShowId) -> str:
        return self._key(member, f"watch:{show}:{member}")

    def seat(self, member: MemberId, show: ShowId) -> str:
        return self._key(member, f"seat:{show}:{member}")

    def likes(self, room: RoomId) -> str:
        return self._key(room, f"likes:{room}")

    def ticket(self, digest: str) -> str:
        return self._key(digest, f"ticket:{digest}")

    def board(self, board: str) -> str:
        return self._key(board, f"board:{board}")

    def shelf(self, shelf: str) -> str:
        return self._key(shelf, f"shelf:{shelf}")

    def attendance(self, room: RoomId) -> str:
        return self._key(room, f"here:{room}")

    def audience(self, room: RoomId) -> str:
        return self._key(room, f"tiers:{room}")

    def funnel(self, step: str, task: TaskId) -> str:
        return self._key(task, f"{step}:{task}")

    def _key(self, owner: str, rest: str) -> str:
        return f"{self._namespace}:{{h{bucket_of(owner):02d}}}:{rest}"
