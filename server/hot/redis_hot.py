"""The hot store on Redis ≥ 6.2. Rules HOT1–HOT5, HOT7–HOT10.

The client must not retry by itself: most of what happens here is counting, and a retried count counts twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from hashlib import sha1
from pathlib import Path
from time import monotonic
from typing import TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from member_cache.breaker import Breaker
from server.domain.attending import Here
from server.hot import people, progress as text
from server.hot.audiences import added_up, audience_of, audience_text
from server.hot.errors import HotUnavailable
from server.hot.keys import (
    ANSWER_MS,
    ATTENDANCE_MS,
    AUDIENCE_MS,
    FUNNEL_MS,
    LEASE_MS,
    LIKES_MS,
    PROGRESS_MS,
    SEAT_MS,
    Keys,
    bucket_of,
)
from server.hot.ports import ActRef, Ask, Granted, Park, Parked
from server.ids import MemberId, RoomId, ShowId, TaskId, TierId

_CHUNK = 500
"""Script calls per round trip: more would hold the loop for milliseconds."""

_T = TypeVar("_T")
_Argument = str | bytes | int


class Script:
    """A file of Lua and its digest."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / "lua" / f"{name}.lua").read_text(encoding="utf-8")
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


_KEEP = Script("keep")
_TAKE = Script("take")
_PARK = Script("park")
_RELEASE = Script("release")


class RedisHot:
    """`Hot` on Redis. What the client raises becomes `HotUnavailable`; after a failure a breaker says it at once."""

    def __init__(
        self,
        client: Redis,
        namespace: str,
        *,
        clustered: bool = False,
        breaker: Breaker | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`clustered`: many members' progress is kept by bucket, for a Cluster takes no command across its slots; answers
        are asked for one by one, in one round trip, for while a slot moves it takes none with several keys either.
        """
        self._client = client
        self._clustered = clustered
        self._keys = Keys(namespace)
        self._breaker = breaker or Breaker()
        self._now = now

    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        calls: list[tuple[list[str], list[_Argument]]] = [
            ([self._keys.pace(ask.key)], [now_ms, ask.window_ms, ask.limit, ask.want]) for ask in asks
        ]
        answers = cast(list[list[int]], await self._run(_TAKE, calls))
        return [Granted(granted, wait) for granted, wait in answers]

    async def answers(self, refs: Sequence[ActRef]) -> Sequence[bytes | None]:
        stands: list[bytes | None] = []
        for start in range(0, len(refs), _CHUNK):
            keys = [self._keys.answer(*ref) for ref in refs[start : start + _CHUNK]]
            stands += await self._guarded(partial(self._get, keys))
        return stands

    async def keep_answers(self, answers: Sequence[tuple[ActRef, bytes]]) -> Sequence[bytes | None]:
        stood: list[bytes | None] = []
        for start in range(0, len(answers), _CHUNK):
            some = [(self._keys.answer(*ref), answer) for ref, answer in answers[start : start + _CHUNK]]
            if self._clustered:
                stood += await self._guarded(partial(self._keep_each, some))
            else:
                call: list[_Argument] = [ANSWER_MS, *(answer for _, answer in some)]
                [found] = await self._run(_KEEP, [([key for key, _ in some], call)])
                stood += cast(list[bytes | None], found)
        return stood

    async def _get(self, keys: Sequence[str]) -> list[bytes | None]:
        if not self._clustered:
            return cast(list[bytes | None], await self._client.mget(keys))
        async with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.get(key)
            return cast(list[bytes | None], await pipe.execute())

    async def _keep_each(self, answers: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        async with self._client.pipeline(transaction=False) as pipe:
            for key, answer in answers:
                pipe.set(key, answer, px=ANSWER_MS, nx=True)
            kept = await pipe.execute()
        late = [key for (key, _), ours in zip(answers, kept, strict=True) if not ours]
        stood = iter(await self._get(late) if late else ())
        return [None if ours else next(stood) for ours in kept]

    def _groups(self, members: Sequence[MemberId], start: int) -> list[list[int]]:
        """Return which of the next members may share a command: on a Cluster those of a bucket, else all."""
        some = range(start, min(start + _CHUNK, len(members)))
        if not self._clustered:
            return [list(some)]
        buckets: dict[int, list[int]] = {}
        for i in some:
            buckets.setdefault(bucket_of(members[i]), []).append(i)
        return list(buckets.values())

    async def park(self, parks: Sequence[Park]) -> Sequence[Parked]:
        # One script for all: a command each cost a beat more than all the rest of its round (decision 0070).
        groups = [
            group
            for start in range(0, len(parks), _CHUNK)
            for group in self._groups([park.member for park in parks], start)
        ]
        calls = [self._park([parks[at] for at in group]) for group in groups]
        answers = cast(list[list[tuple[int, int, bytes]]], await self._run(_PARK, calls))
        found: dict[int, Parked] = {}
        for group, answered in zip(groups, answers, strict=True):
            for at, (held, kept, stands) in zip(group, answered, strict=True):
                progress = parks[at].progress if kept else text.read(stands)
                found[at] = Parked(held == 1, kept == 1, progress)
        return [found[at] for at in range(len(parks))]

    def _park(self, parks: Sequence[Park]) -> tuple[list[str], list[_Argument]]:
        keys: list[str] = []
        arguments: list[_Argument] = [LEASE_MS, PROGRESS_MS]
        for park in parks:
            progress = park.progress
            keys += (self._keys.lease(park.member), self._keys.progress(park.member, park.show))
            if progress is None:
                arguments += (park.room, "", "")
            else:
                arguments += (park.room, progress.seq - 1, text.written(progress))
        return keys, arguments

    async def release(self, leases: Sequence[tuple[MemberId, RoomId]]) -> None:
        await self._run(_RELEASE, [([self._keys.lease(member)], [room]) for member, room in leases])

    async def add_likes(self, counts: Mapping[RoomId, int]) -> Mapping[RoomId, int]:
        async def add() -> list[int]:
            async with self._client.pipeline(transaction=False) as pipe:
                for room, count in counts.items():
                    pipe.incrby(self._keys.likes(room), count)
                    pipe.pexpire(self._keys.likes(room), LIKES_MS)
                return cast(list[int], await pipe.execute())

        return dict(zip(counts, (await self._guarded(add))[::2], strict=True)) if counts else {}

    async def reset_likes(self, room: RoomId) -> None:
        await self._guarded(partial(self._client.delete, self._keys.likes(room)))

    async def put_ticket(self, digest: str, holds: bytes, for_ms: int) -> None:
        await self._guarded(partial(self._client.set, self._keys.ticket(digest), holds, px=for_ms))

    async def take_ticket(self, digest: str) -> bytes | None:
        return cast(
            bytes | None, await self._guarded(partial(self._client.getdel, self._keys.ticket(digest)))
        )

    async def pin(self, board: str, notes: Mapping[str, bytes | None], until_ms: int, now_ms: int) -> None:
        key = self._keys.board(board)
        up = [(name, b"%d:%b" % (until_ms, note)) for name, note in notes.items() if note is not None]
        down = [name for name, note in notes.items() if note is None]

        async def change() -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                if up:
                    pipe.hset(key, items=[part for pair in up for part in pair])
                    pipe.pexpire(key, max(1, until_ms - now_ms))
                if down:
                    pipe.hdel(key, *down)
                await pipe.execute()

        if up or down:
            await self._guarded(change)

    async def pinned(self, board: str, now_ms: int) -> Mapping[str, bytes]:
        key = self._keys.board(board)
        found = await self._guarded(partial(self._hgetall, key))
        notes = {name.decode(): note.partition(b":") for name, note in found.items()}
        over = [name for name, (until_ms, _, _) in notes.items() if int(until_ms) <= now_ms]
        if over:  # else notes of nodes long dead would stay as long as others pin theirs
            await self._guarded(partial(self._client.hdel, key, *over))
        return {name: note for name, (until_ms, _, note) in notes.items() if int(until_ms) > now_ms}

    async def _hgetall(self, key: str) -> dict[bytes, bytes]:
        return cast(dict[bytes, bytes], await cast(Awaitable[object], self._client.hgetall(key)))

    async def shelve(self, shelf: str, things: Sequence[bytes], most: int, for_ms: int) -> None:
        key = self._keys.shelf(shelf)

        async def add() -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.rpush(key, *things)
                pipe.ltrim(key, -most, -1)
                pipe.pexpire(key, for_ms)
                await pipe.execute()

        if things:
            await self._guarded(add)

    async def shelved(self, shelf: str) -> Sequence[bytes]:
        async def read() -> list[bytes]:
            reply = self._client.lrange(self._keys.shelf(shelf), 0, -1)
            return cast(list[bytes], await cast(Awaitable[object], reply))

        return await self._guarded(read)

    async def attend(self, node: str, rooms: Mapping[RoomId, Sequence[Here]], now_ms: int) -> None:
        async def tell() -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                for room, here in rooms.items():
                    key = self._keys.attendance(room)
                    if here:
                        pipe.hset(key, node, people.written(here, now_ms))
                        pipe.pexpire(key, ATTENDANCE_MS)
                    else:
                        pipe.hdel(key, node)
                await pipe.execute()

        if rooms:
            await self._guarded(tell)

    async def attending(self, room: RoomId, now_ms: int) -> Sequence[Here]:
        key = self._keys.attendance(room)

        async def look() -> Mapping[bytes, bytes]:
            return cast(Mapping[bytes, bytes], await self._client.hgetall(key))

        here: list[Here] = []
        over: list[bytes] = []
        for node, body in (await self._guarded(look)).items():
            told = people.read(body)
            if told is not None and told[0] > now_ms - ATTENDANCE_MS:
                here += told[1]
            else:
                over.append(node)
        if over:  # else what dead nodes said would stay as long as others are here
            await self._guarded(partial(self._client.hdel, key, *over))
        return here

    async def report_audiences(
        self, node: str, audiences: Mapping[RoomId, Mapping[str, int]], now_ms: int
    ) -> None:
        async def report() -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                for room, tiers in audiences.items():
                    key = self._keys.audience(room)
                    if tiers:
                        pipe.hset(key, node, audience_text(tiers, now_ms + AUDIENCE_MS))
                        pipe.pexpire(key, AUDIENCE_MS)
                    else:
                        pipe.hdel(key, node)
                await pipe.execute()

        if audiences:
            await self._guarded(report)

    async def audience(self, room: RoomId, now_ms: int) -> Mapping[str, int]:
        key = self._keys.audience(room)

        async def read() -> dict[bytes, bytes]:
            return await cast(Awaitable[dict[bytes, bytes]], self._client.hgetall(key))

        nodes = await self._guarded(read)
        said = {node: audience_of(text) for node, text in nodes.items()}
        gone = [node for node, (until_ms, _) in said.items() if until_ms <= now_ms]
        if gone:  # else the fields of nodes long dead would stay as long as the room is watched
            await self._guarded(partial(self._client.hdel, key, *gone))
        return added_up(tiers for until_ms, tiers in said.values() if until_ms > now_ms)

    async def mark(self, marks: Mapping[tuple[str, TaskId], Sequence[str]]) -> None:
        async def add() -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                for (step, task), who in marks.items():
                    pipe.pfadd(self._keys.funnel(step, task), *who)
                    pipe.pexpire(self._keys.funnel(step, task), FUNNEL_MS)
                await pipe.execute()

        if marks:
            await self._guarded(add)

    async def marked(self, steps: Sequence[tuple[str, TaskId]]) -> Sequence[int]:
        async def count() -> list[int]:
            async with self._client.pipeline(transaction=False) as pipe:
                for step, task in steps:
                    pipe.pfcount(self._keys.funnel(step, task))
                return cast(list[int], await pipe.execute())

        return await self._guarded(count) if steps else []

    async def keep_seats(self, show: ShowId, tier: TierId, members: Sequence[MemberId]) -> None:
        async def keep(some: Sequence[MemberId]) -> None:
            async with self._client.pipeline(transaction=False) as pipe:
                for member in some:
                    pipe.set(self._keys.seat(member, show), tier, px=SEAT_MS)
                await pipe.execute()

        for start in range(0, len(members), _CHUNK):
            await self._guarded(partial(keep, members[start : start + _CHUNK]))

    async def seats(self, show: ShowId, members: Sequence[MemberId]) -> Mapping[MemberId, TierId]:
        async def held(some: Sequence[MemberId]) -> list[bytes | None]:
            async with self._client.pipeline(transaction=False) as pipe:
                for member in some:
                    pipe.get(self._keys.seat(member, show))
                return cast(list[bytes | None], await pipe.execute())

        found: dict[MemberId, TierId] = {}
        for start in range(0, len(members), _CHUNK):
            some = members[start : start + _CHUNK]
            for member, tier in zip(some, await self._guarded(partial(held, some)), strict=True):
                if tier is not None:
                    found[member] = TierId(tier.decode())
        return found

    async def _run(self, script: Script, calls: Sequence[tuple[list[str], list[_Argument]]]) -> list[object]:
        answers: list[object] = []
        for start in range(0, len(calls), _CHUNK):
            answers += await self._guarded(partial(self._evalsha, script, calls[start : start + _CHUNK]))
        return answers

    async def _evalsha(
        self, script: Script, calls: Sequence[tuple[list[str], list[_Argument]]]
    ) -> list[object]:
        async with self._client.pipeline(transaction=False) as pipe:
            for keys, arguments in calls:
                pipe.evalsha(script.sha, len(keys), *keys, *arguments)
            answers = cast(list[object], await pipe.execute(raise_on_error=False))
            # A restarted Redis has forgotten the script, and then nothing of it ran: sending it whole is no retry.
            forgotten = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            for i in forgotten:
                keys, arguments = calls[i]
                pipe.eval(script.text, len(keys), *keys, *arguments)
            if forgotten:
                for i, answer in zip(forgotten, await pipe.execute(raise_on_error=False), strict=True):
                    answers[i] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _guarded(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        if not self._breaker.allows(self._now()):
            raise HotUnavailable("it has just failed")
        try:
            answer = await ask()
        except (RedisError, OSError, TimeoutError) as failure:
            self._breaker.failed(self._now())
            raise HotUnavailable(type(failure).__name__) from failure
        self._breaker.worked()
        return answer
