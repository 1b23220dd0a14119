"""Broadcast overlays at the socket: let in by a ticket once, seen by the host's panel, cut when the secret changes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.frames import Bye, Seen
from broadcaster.ports import Joined, Rejected
from server.announcing.shout_queue import overlays_board_of
from server.credentials.tickets import TICKET_MS
from server.gateway.overlays import STANDS_MS, mailbox_of, renewed_record
from tests.support.stage import FakeViewer, Stage, stage as stage  # the fixture


async def bought(stage: Stage, widget: str = "w1", secret: str = "lrw_one") -> str:
    found = await stage.office.proven(widget, secret)
    assert found is not None
    return (await stage.office.issue(found))[0]


def code(verdict: Joined | Rejected) -> int:
    assert isinstance(verdict, Rejected), verdict
    return verdict.code


async def on_board(stage: Stage, room: str = "r1") -> list[dict[str, Any]]:
    await stage.gateway.overlays.settle()
    found = await stage.hot.pinned(overlays_board_of(room), stage.clock.now_ms())
    return [json.loads(note) for note in found.values()]


def byes(viewer: FakeViewer) -> list[int]:
    return [int(frame.code) for frame in viewer.sent if isinstance(frame, Bye)]


async def test_R10_a_ticket_lets_one_overlay_in_once_and_within_its_minute(stage: Stage) -> None:
    stage.widgets.put("w1", "lrw_one")
    ticket = await bought(stage)
    verdict = await stage.hello(ticket, surface="broadcast")
    assert isinstance(verdict, Joined)
    assert (verdict.identity.role, verdict.identity.member, verdict.card) == ("overlay", None, None)
    assert code(await stage.hello(ticket, surface="broadcast")) == 4005, "used"
    late = await bought(stage)
    stage.clock.advance(TICKET_MS)
    assert code(await stage.hello(late, surface="broadcast")) == 4005, "over"
    assert code(await stage.hello("lrt_made-up", surface="broadcast")) == 4005


async def test_R10_a_ticket_is_for_its_room_and_a_broadcast_surface_alone(stage: Stage) -> None:
    stage.widgets.put("w1", "lrw_one")
    await stage.ledger.put_room("r2")
    assert code(await stage.hello(await bought(stage), room="r2", surface="broadcast")) == 4502
    for surface in ("viewer", "host"):
        assert code(await stage.hello(await bought(stage), surface=surface)) == 4501


async def test_R10_a_replaced_secret_ends_its_tickets(stage: Stage) -> None:
    stage.widgets.put("w1", "lrw_one")
    ticket = await bought(stage)
    stage.widgets.put("w1", "lrw_two", generation=2)
    assert code(await stage.hello(ticket, surface="broadcast")) == 4005
    assert await stage.office.proven("w1", "lrw_one") is None
    assert isinstance(await stage.hello(await bought(stage, secret="lrw_two"), surface="broadcast"), Joined)


async def test_R10_without_redis_or_sql_nobody_is_let_in_on_a_guess(stage: Stage) -> None:
    stage.widgets.put("w1", "lrw_one")
    one, other = await bought(stage), await bought(stage)
    stage.hot.away = True
    assert code(await stage.hello(one, surface="broadcast")) == 4004
    stage.hot.away = False
    stage.widgets.away = True
    assert code(await stage.hello(other, surface="broadcast")) == 4004


async def test_L6_R10_the_room_s_own_overlay_is_let_into_a_members_only_room(stage: Stage) -> None:
    room = stage.ledger.world.rooms
    room.update({id_: replace(one, members_only="gold") for id_, one in room.items()})  # type: ignore[arg-type]
    stage.gateway.rooms.changed(next(iter(room)))
    assert code(await stage.hello(surface="broadcast")) == 4502
    overlay = await stage.overlay()
    assert overlay.identity.role == "overlay"


async def test_R10_a_new_secret_cuts_open_overlays_at_once_and_no_newer_ones(stage: Stage) -> None:
    first, other = await stage.overlay(), await stage.overlay("w2", "lrw_other")
    stage.widgets.put("w1", "lrw_two", generation=2)
    second = await stage.overlay("w1", "lrw_two")
    await stage.mailboxes.send([(mailbox_of("w1"), renewed_record(2))])
    await stage.told()
    assert (byes(first), byes(second), byes(other)) == ([4505], [], [])


@pytest.mark.parametrize("removed", [False, True])
async def test_R9_R10_a_lost_word_of_a_new_secret_is_made_good_by_the_round(
    stage: Stage, removed: bool
) -> None:
    overlay, other = await stage.overlay(), await stage.overlay("w2", "lrw_other")
    stage.widgets.put("w1", "lrw_two", generation=2)
    if removed:
        del stage.widgets.known["w1"]
    stage.widgets.away = True
    await stage.round()
    assert byes(overlay) == [], "what cannot be known now ends nothing"
    stage.widgets.away = False
    await stage.round()
    assert (byes(overlay), byes(other)) == ([4505], [])


async def test_L3_the_board_says_which_overlays_are_there_and_what_they_last_painted(stage: Stage) -> None:
    overlay = await stage.overlay()
    since = stage.clock.now_ms()
    assert await on_board(stage) == [
        {"widget": "w1", "connected_ms": since, "rendered_ms": None, "visible": True}
    ]
    stage.clock.advance(2_000)
    stage.gateway.seen(overlay, Seen(("mo_1",)))
    [note] = await on_board(stage)
    assert (note["connected_ms"], note["rendered_ms"]) == (since, since + 2_000)
    overlay.shown = False
    await stage.round()
    assert [note["visible"] for note in await on_board(stage)] == [False]
    stage.leave(overlay)
    assert await on_board(stage) == []


async def test_R10_whoever_has_no_ticket_is_on_no_board(stage: Stage) -> None:
    await stage.viewer(sub=None, surface="broadcast")
    await stage.viewer("anna", surface="broadcast")
    host = await stage.viewer("host1", surface="broadcast", role="host")
    stage.gateway.seen(host, Seen(("mo_1",)))
    await stage.round()
    assert await on_board(stage) == []


async def test_R9_an_overlay_whose_node_died_falls_off_and_a_live_one_stays(stage: Stage) -> None:
    await stage.overlay()
    await on_board(stage)
    for _ in range(4):
        stage.clock.advance(15_000)
        await stage.round()
    assert len(await on_board(stage)) == 1
    stage.clock.advance(STANDS_MS)
    assert await on_board(stage) == []


async def test_R4_an_overlay_is_on_the_board_again_after_redis_was_flushed(stage: Stage) -> None:
    await stage.overlay()
    stage.hot.away = True
    await stage.round()
    stage.hot.away = False
    stage.flush_redis()
    await stage.round()
    assert len(await on_board(stage)) == 1
