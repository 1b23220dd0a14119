"""Hello, acts, beats, tokens, visibility: the contract of section 1, on real sockets."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from broadcaster.codec import encoded
from broadcaster.frames import CardRecord, Comment, Hello, Moment, Notice, Pulse, Rank
from broadcaster.ports import Identity, Joined, Rejected
from broadcaster.testing import text_item
from tests.support.live import Viewer
from tests.wire.broadcaster.conftest import LiveNode
from tests.wire.broadcaster.raw import RawClient, frame


def moment(live: LiveNode, n: int) -> Moment:
    return Moment(f"m{n}", "level_up", Rank.LOUD, live.clock.now_ms() + 60_000, encoded({"id": f"m{n}"}))


async def test_SES1_a_node_that_stood_still_reads_a_hello_before_it_judges_that_none_came(
    live: LiveNode,
) -> None:
    async with RawClient(live.port) as raw:
        await raw.open()
        hello = {"type": "hello", "room": "demo", "surface": "viewer"}
        # Past the loop, as if it stood still from here until six seconds later.
        os.write(raw.writer.get_extra_info("socket").fileno(), frame(1, json.dumps(hello).encode()))
        live.clock.ahead_ms += 6_000
        await live.node._rounds.judge_deadlines()
        await live.until(lambda: live.meter.counts["join", "joined"] == 1, "the viewer to be in")
        assert not live.meter.counts["close", "4500"]


@pytest.mark.parametrize("codec", ["json", "msgpack"])
async def test_FRM5_SES1_a_hello_is_answered_with_the_whole_room_and_the_card(
    live: LiveNode, codec: str
) -> None:
    async with live.viewer(codec) as viewer:
        welcome = await viewer.hello("demo", "m1")
        assert welcome["room"] == {"name": "Demo", "tasks": {"t1": {"title": "share"}}}
        assert welcome["card"]["member"] == "m1"
        assert (welcome["protocol"], welcome["recovered"], welcome["offset"]) == (1, False, 0)
        assert (welcome["pulses"], welcome["comments"], welcome["features"]) == ({}, [], [])
        assert abs(welcome["server_time_ms"] - live.clock.now_ms()) < 10_000


@pytest.mark.parametrize("codec", ["json", "msgpack"])
async def test_HUB1_what_is_published_arrives_at_everybody_in_the_room_and_nobody_else(
    live: LiveNode, codec: str
) -> None:
    async with live.viewer(codec) as one, live.viewer() as two, live.viewer() as elsewhere:
        for viewer in (one, two):
            await viewer.hello("demo")
        await elsewhere.hello("other")
        await live.publish(moment(live, 1), text_item("tasks/t2", 1, "x"), Pulse("likes", encoded(3)))
        for viewer in (one, two):
            assert (await viewer.next("moment"))["offset"] == 1
            assert (await viewer.next("room"))["patch"] == {"tasks": {"t2": "x"}}
            assert (await viewer.next("pulse"))["value"] == 3
        await elsewhere.act("like")
        assert [frame["type"] for frame in elsewhere.frames] == ["welcome", "refused"]


async def test_SES2_a_repeated_hello_gives_a_welcome_with_the_same_session(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        first = await viewer.hello("demo", "m1")
        live.clock.ahead_ms += 2_000
        await viewer.send({"type": "hello", "room": "demo", "surface": "viewer"})
        again = await viewer.next("welcome")
        assert again["session"] == first["session"]
        assert again["card"]["member"] == "m1"
        assert live.node.hub.rooms["demo"].audience == 1
        await live.publish(text_item("name", 2, "x"))
        await viewer.next("room")
        assert len(viewer.kept()) == 1


async def test_SES2_a_hello_too_soon_is_refused_and_the_connection_stays(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo")
        await viewer.send({"type": "hello", "room": "demo", "surface": "viewer"})
        refused = await viewer.next("refused")
        assert (refused["ref"], refused["code"]) == (None, "rate_limited")
        assert 0 < refused["retry_after_ms"] <= 2_000
        assert (await viewer.act("like"))["code"] == "sign_in"


async def test_SES3_R10_another_sub_on_the_same_connection_is_4501(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo", "m1")
        live.clock.ahead_ms += 2_000
        await viewer.send({"type": "hello", "room": "demo", "surface": "viewer", "token": "m2"})
        assert await viewer.closed() == 4501


async def test_SES3_a_refreshed_token_is_answered_by_the_card_and_another_members_by_4501(
    live: LiveNode,
) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo")
        await viewer.send({"type": "token", "token": "m1"})
        assert (await viewer.next("card"))["card"]["member"] == "m1"
        assert (await viewer.act("like"))["type"] == "done"
        await live.mailboxes.send([("m1", CardRecord(9, b""))])
        assert (await viewer.next("card"))["card"]["version"] == 9
        await viewer.send({"type": "token", "token": "m2"})
        assert await viewer.closed() == 4501


async def test_SES3_a_hosts_token_is_answered_by_a_null_card(live: LiveNode) -> None:
    async with live.viewer() as host:
        assert (await host.hello("demo", "host:h1", surface="host"))["card"] is None
        await host.send({"type": "token", "token": "host:h1"})
        assert (await host.next("card"))["card"] is None


async def test_SES8_a_token_that_is_not_refreshed_ends_a_minute_after_its_time(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo", f"m1@{live.clock.now_ms() + 1_000}")
        for _ in range(3):
            live.turn_clock(20_000)
            assert (await viewer.act("like"))["type"] == "done"
        live.turn_clock(2_000)
        assert await viewer.closed() == 4005


async def test_SES5_R2_one_answer_per_ref_while_it_is_under_way(live: LiveNode) -> None:
    live.application.act_gate = asyncio.Event()
    async with live.viewer() as viewer:
        await viewer.hello("demo", "m1")
        for _ in range(3):
            await viewer.send({"type": "act", "ref": "r1", "name": "like", "data": {}})
        await viewer.send({"type": "time", "t0": 1.5})
        assert (await viewer.next("time"))["t0"] == 1.5  # nothing else is held up
        live.application.act_gate.set()
        assert (await viewer.next("done"))["ref"] == "r1"
        await viewer.act("like", ref="r2")
        assert [frame["ref"] for frame in viewer.frames if frame["type"] == "done"] == ["r1", "r2"]
        assert [act.ref for act in live.application.acts] == ["r1", "r2"]


async def test_SES5_an_act_that_explodes_is_told_to_try_later(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo", "m1")
        answer = await viewer.act("explode")
        assert (answer["type"], answer["code"]) == ("refused", "try_later")
        assert (await viewer.act("like"))["type"] == "done"


async def test_SES6_PRO6_a_beacon_is_answered_by_a_beat_that_counts_once(live: LiveNode) -> None:
    async with live.viewer() as viewer, live.viewer() as other:
        welcome = await viewer.hello("demo", "m1")
        await other.hello("demo")
        await live.publish(text_item("name", 2, "x"))
        await viewer.next("room")
        await live.node._rounds.beacon_round()
        beacon = await viewer.next("beacon")
        assert (beacon["epoch"], beacon["offset"]) == (welcome["epoch"], 1)
        assert (await other.next("beacon"))["nonce"] == beacon["nonce"]
        assert live.application.rounds == 1
        beat = {"type": "beat", "playing": True, "visible": True, "card_version": 1}
        for nonce in ("guessed", beacon["nonce"], beacon["nonce"]):
            await viewer.send({**beat, "nonce": nonce})
        await viewer.act("like")
        assert [(session, beat.nonce) for session, beat in live.application.beats] == [
            (welcome["session"], beacon["nonce"])
        ]


async def test_HUB5_hidden_viewers_hear_little_and_are_told_everything_when_they_come_back(
    live: LiveNode,
) -> None:
    async with live.viewer() as viewer, live.viewer() as shown:
        await viewer.hello("demo")
        await shown.hello("demo")
        await viewer.send({"type": "visible", "on": False})
        await viewer.act("like")
        await live.publish(Pulse("likes", encoded(7)), Comment("c1", "a", encoded({"id": "c1"})))
        await live.publish(Pulse("online", encoded(2)), text_item("name", 2, "x"))
        await viewer.next("room")
        await shown.next("room")
        assert [frame["type"] for frame in viewer.frames] == ["welcome", "refused", "room"]
        await viewer.send({"type": "visible", "on": True})
        await viewer.act("like")
        assert {frame["key"]: frame["value"] for frame in viewer.frames if frame["type"] == "pulse"} == {
            "likes": 7,
            "online": 2,
        }


async def test_PRO9_R10_personal_frames_reach_all_connections_of_the_member_and_nobody_else(
    live: LiveNode,
) -> None:
    async with live.viewer() as phone, live.viewer("json") as desk, live.viewer() as stranger:
        await phone.hello("demo", "m1")
        await desk.hello("other", "m1")
        await stranger.hello("demo", "m2")
        notice = Notice("n1", live.clock.now_ms() + 1_000, encoded({"id": "n1", "kind": "points"}))
        await live.mailboxes.send([("m1", CardRecord(2, b"")), ("m1", notice)])
        for viewer in (phone, desk):
            assert (await viewer.next("card"))["card"]["version"] == 2
            assert (await viewer.next("notice"))["kind"] == "points"
        await stranger.act("like")
        assert [frame["type"] for frame in stranger.frames] == ["welcome", "done"]


async def test_PRO5_the_sixth_connection_of_a_member_replaces_the_oldest(live: LiveNode) -> None:
    viewers = [live.viewer() for _ in range(6)]
    for viewer in viewers:
        await viewer.__aenter__()
        await viewer.hello("demo", "m1")
    assert await viewers[0].closed() == 4505
    for viewer in viewers[1:]:
        assert (await viewer.act("like"))["type"] == "done"
        await viewer.leave()
    await viewers[0].leave()


async def test_PRO10_an_overlay_gets_the_public_stream_and_reports_what_was_seen(live: LiveNode) -> None:
    async with live.viewer("json") as overlay:
        welcome = await overlay.hello("demo", surface="broadcast")
        assert (welcome["card"], welcome["room"]["name"]) == (None, "Demo")
        await live.publish(moment(live, 1))
        await overlay.next("moment")
        await overlay.send({"type": "seen", "ids": ["m1"]})
        await overlay.send({"type": "time", "t0": 1})
        await overlay.next("time")
        assert [report.ids for report in live.application.reports] == [("m1",)]
        await live.node._rounds.report_presence()
        assert live.node.people == {}


async def test_PRO12_the_application_hears_which_items_have_changed(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo")
        await live.publish(text_item("name", 99, "Tonight"), moment(live, 1))
        await viewer.next("room")
        await live.publish(text_item("name", 100, "Elsewhere"), room="other")
        await live.publish(moment(live, 2))
        await viewer.next("moment", id="m2")
        assert live.application.moves == [("demo", ("name",))]


async def test_BUS10_the_online_pulse_counts_viewers(live: LiveNode) -> None:
    async with live.viewer() as one, live.viewer() as two:
        await one.hello("demo")
        await live.node._rounds.report_presence()
        assert (await one.next("pulse", key="online"))["value"] == 1
        assert (await two.hello("demo"))["pulses"] == {"online": 1}
        await live.node._rounds.report_presence()
        assert (await one.next("pulse", key="online"))["value"] == 2
        await live.node._rounds.report_presence()
        await two.leave()
        await live.until(lambda: live.meter.counts["connections", ""] == 1, "the leaving")
        await live.node._rounds.report_presence()
        assert (await one.next("pulse", key="online"))["value"] == 1


async def test_PRO7_draining_sends_everybody_away_with_4000(live: LiveNode) -> None:
    viewers: list[Viewer] = [live.viewer() for _ in range(30)]
    for viewer in viewers:
        await viewer.__aenter__()
        await viewer.hello("demo")
    await live.node.drain(within_s=10)
    for viewer in viewers:
        assert await viewer.closed() == 4000
        bye = await viewer.next("bye")
        assert 0 <= bye["retry_after_ms"] <= 100
        await viewer.leave()
    assert live.application.live == set()
    assert live.meter.counts["connections", ""] == 0


async def test_HUB8_a_room_nobody_watches_is_forgotten_after_a_minute(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        await viewer.hello("demo")
    await live.until(lambda: live.meter.counts["connections", ""] == 0, "the leaving")
    await live.node.rooms.forget_empty(live.clock.now_ms())
    live.clock.ahead_ms += 61_000
    assert "demo" in live.node.hub.rooms
    await live.node.rooms.forget_empty(live.clock.now_ms())
    assert "demo" not in live.node.hub.rooms
    async with live.viewer() as viewer:
        await live.publish(text_item("name", 2, "meanwhile"))
        assert (await viewer.hello("demo"))["room"]["name"] == "meanwhile"


async def test_PRO4_who_leaves_in_the_middle_of_a_hello_leaves_nothing_behind(
    live: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    judge = live.application.join

    async def think(hello: Hello, identity: Identity | None, session: str) -> Joined | Rejected:
        asked.set()
        await answer.wait()
        return await judge(hello, identity, session)

    async with live.viewer() as bystander:
        await bystander.hello("demo")
        monkeypatch.setattr(live.application, "join", think)
        async with live.viewer() as viewer:
            await viewer.send({"type": "hello", "room": "demo", "surface": "viewer", "token": "m1"})
            await asked.wait()
        await live.until(lambda: live.meter.counts["connections", ""] == 1, "the leaving")
        answer.set()
        await live.until(lambda: not live.node._tasks, "the end of the hello")
        assert live.node.hub.rooms["demo"].audience == 1
        assert live.node.people == {"demo": 1}
        assert len(live.application.live) == 1


@pytest.mark.parametrize("method", ["beat", "seen", "joined", "left"])
async def test_PRO4_an_application_that_fails_costs_the_one_connection_at_most(
    live: LiveNode, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def explode(*args: object) -> None:
        raise RuntimeError("a bug of the application")

    async with live.viewer() as bystander:
        await bystander.hello("demo", "m1")
        await live.node._rounds.beacon_round()
        nonce = (await bystander.next("beacon"))["nonce"]
        monkeypatch.setattr(live.application, method, explode)
        async with live.viewer() as viewer:
            await viewer.hello("demo", "m2")
            beat = {"type": "beat", "nonce": nonce, "playing": True, "visible": True, "card_version": 1}
            with suppress(ConnectionClosed):  # it may have been let go already
                await viewer.send({"type": "seen", "ids": ["m1"]})
                await viewer.send(beat)
        await live.until(lambda: live.meter.counts["connections", ""] == 1, "the leaving")
        assert live.node.hub.rooms["demo"].audience == 1
        assert (await bystander.act("like"))["type"] == "done"
