"""The law across two nodes and a bad bus: nobody ever sees a gap or a repeat, and in the end all see the same.

Whatever seed fails is put into SEEDS with a word on what it found.
"""

from __future__ import annotations

import json
import random as module_random
from random import Random
from typing import Any

import pytest

from broadcaster import fanout, hub
from broadcaster.codec import encoded
from broadcaster.frames import Comment, Moment, Pulse, Rank, Retract, RoomFrame, RoomItem
from broadcaster.testing import MemoryRoomStore, MemoryWorld, PlainApplication, text_item
from tests.law.broadcaster.simulated_loop import SimulatedClock, SimulatedLoop, passed, simulate
from tests.law.broadcaster.two_nodes import ROOM, SimulatedViewer, Weather, node_of

SEEDS = (*range(1, 10), 145)
"""5 meets who comes while a window is open; 145 one who is sent away for being slow just before the end."""
CHAOS_STEPS = 250
CUT_S = 2.0
HEAL_S = 35.0
"""Two beacons and a little (R9)."""


@pytest.mark.parametrize("seed", SEEDS)
def test_R6_R9_HUB1_HUB3_HUB4_two_nodes_over_a_bad_bus(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = SimulatedLoop()
    monkeypatch.setattr(fanout, "SLICE_S", 60.0)  # slices are cut by real time, which has no place here
    monkeypatch.setattr(hub, "perf_counter", loop.time)
    module_random.seed(seed)  # the pauses of `rooms`
    recoveries = simulate(History(seed, loop).live_through(), loop)
    assert recoveries > 0, "a history in which nobody came back tells nothing"


class History:
    """One seeded life of a room."""

    def __init__(self, seed: int, loop: SimulatedLoop) -> None:
        self.random = Random(seed)
        self.clock = SimulatedClock(loop)
        self.loop = loop
        self.world = MemoryWorld()
        self.weather = Weather()
        self.truth = PlainApplication({ROOM: [text_item("name", 1, "Demo")]})
        self.nodes = [
            node_of(name, self.world, self.clock, self.random, self.weather, self.truth)
            for name in ("one", "two")
        ]
        self.viewers: list[SimulatedViewer] = []
        self.publisher = MemoryRoomStore(self.world, self.clock)
        self.publisher._tell = self.nodes[0].store._tell  # type: ignore[attr-defined, method-assign]
        self.rev = 1
        self.told: list[Moment] = []

    async def live_through(self) -> int:
        for node in self.nodes:
            await node.start()
        for n in range(6):
            viewer = SimulatedViewer(f"m{n}", "json" if n % 2 else "msgpack")
            self.viewers.append(viewer)
            viewer.connect(self.random.choice(self.nodes))
        for _ in range(CHAOS_STEPS):
            await self.step()
            await passed(self.random.choice((0.0, 0.02, 0.1, 0.5)))
        await self.heal()
        self.judge()
        for node in self.nodes:
            await node.stop()
        return sum(viewer.recoveries for viewer in self.viewers)

    async def step(self) -> None:
        """Let one thing happen."""
        viewer = self.random.choice(self.viewers)
        match self.random.choices(
            (
                *("publish", "again", "drop", "come back", "stall", "read"),
                *("hide", "weather", "flush", "lost bus"),
            ),
            (60, 6, 8, 16, 3, 8, 3, 4, 0.6, 2),
        )[0]:
            case "publish":
                await self.publish()
            case "again":
                await self.publish_again()
            case "drop":
                viewer.drop()
            case "come back" if viewer.wire.is_over:
                viewer.connect(self.random.choice(self.nodes))
            case "stall":
                viewer.stall()
            case "read":
                viewer.read_again()
            case "hide":
                viewer.say({"type": "visible", "on": self.random.random() < 0.5})
            case "weather":
                self.weather.loss = self.random.choice((0.0, 0.1, 0.5))
                self.weather.repeat = self.random.choice((0.0, 0.3))
                self.weather.slowest_ms = self.random.choice((0, 40, 700))
                self.weather.away = self.random.choice((0.0, 0.0, 0.3))
            case "flush":
                self.world.flush()
            case "lost bus":
                self.random.choice(self.nodes).interrupted()
            case _:
                pass  # to come back one must have gone

    async def publish(self) -> None:
        frames = [self.frame() for _ in range(self.random.choice((1, 1, 2, 20)))]
        kept = {one.key: one for one in self.truth.rooms[ROOM]}
        kept |= {one.key: one for one in frames if isinstance(one, RoomItem)}
        self.truth.rooms[ROOM] = list(kept.values())  # the truth knows it before it is announced
        await self.publisher.publish(ROOM, frames, self.clock.now_ms())
        self.told += [one for one in frames if isinstance(one, Moment)]

    async def publish_again(self) -> None:
        """A publisher whose answer got lost publishes once more: the moment has two numbers (HUB9)."""
        if self.told:
            again = self.random.choice(self.told[-10:])
            await self.publisher.publish(ROOM, [again], self.clock.now_ms())

    def frame(self) -> RoomFrame:
        self.rev += 1
        key = self.random.choice(("name", "spotlight", "tasks/t1", "tasks/t2"))
        name = f"x{self.rev}"
        expires_ms = self.clock.now_ms() + self.random.choice((0, 300, 60_000))
        body = encoded({"id": name, "author": "a"})
        made: list[RoomFrame] = [
            RoomItem(
                key, self.rev, None if self.rev % 5 == 0 and key != "name" else encoded({"n": self.rev})
            ),
            Moment(name, "level_up", Rank.LOUD, expires_ms, encoded({"id": name, "pad": "x" * 3_000})),
            Retract((f"x{self.rev - 3}",)),
            Comment(name, "a", body),
            Pulse("likes", encoded(self.rev)),
        ]
        return self.random.choices(made, (5, 5, 1, 2, 2))[0]

    async def heal(self) -> None:
        """The last word reaches no node; the weather clears, everybody comes back; two beacons later all must be well."""
        self.weather.loss = 1.0
        await self.publish()
        self.weather.loss = self.weather.repeat = self.weather.away = 0.0
        self.weather.slowest_ms = 20
        for viewer in self.viewers:
            viewer.read_again()
        await passed(CUT_S)  # who has been sent away for being slow is gone by then
        for viewer in self.viewers:
            if viewer.wire.is_over:
                viewer.connect(self.random.choice(self.nodes))
        await passed(HEAL_S)

    def judge(self) -> None:
        wanted: dict[str, Any] = {}
        for item in self.truth.rooms[ROOM]:
            outer, slash, inner = item.key.partition("/")
            if item.value is not None:
                value = json.loads(item.value.json)
                if slash:
                    wanted.setdefault(outer, {})[inner] = value
                else:
                    wanted[outer] = value
        state = self.world.rooms[ROOM].state
        assert state is not None
        for viewer in self.viewers:
            assert not viewer.broken, viewer.broken
            assert viewer.is_live, f"{viewer.name} is not back: {viewer.frames[-2:]}"
            assert viewer.room == wanted, viewer.name
            assert viewer.position == {"epoch": state.position.epoch, "offset": state.position.offset}
