"""A viewer's side of the live socket, told by hand what the server says."""

from __future__ import annotations

from typing import cast

import pytest

from loadtest.conversation import (
    Answered,
    CardSeen,
    CommentSeen,
    Conversation,
    Farewell,
    Fault,
    MomentSeen,
    Seen,
    Welcomed,
)
from loadtest.wire import Frame, Json


def a_conversation(chance: float = 0.5) -> Conversation:
    return Conversation("r1", "t", lambda: chance)


def welcome(epoch: str = "e1", offset: int = 10, recovered: bool = False, card: Json = None) -> Frame:
    room: Json = None if recovered else {"id": "r1"}
    return {
        "type": "welcome", "epoch": epoch, "offset": offset, "recovered": recovered, "room": room, "card": card
    }  # fmt: skip


def void(offset: int) -> Frame:
    return {"type": "void", "offset": offset}


def beacon(offset: int, epoch: str = "e1", nonce: str = "n") -> Frame:
    return {"type": "beacon", "epoch": epoch, "offset": offset, "server_time_ms": 1, "nonce": nonce}


def card(version: int, as_of_ms: int = 5) -> dict[str, Json]:
    return {"version": version, "as_of_ms": as_of_ms, "growth": version * 10}


def in_the_room(offset: int = 10, chance: float = 0.5) -> Conversation:
    talk = a_conversation(chance)
    talk.hello(0)
    talk.received([welcome(offset=offset)], 0)
    return talk


def seen(talk: Conversation, *frames: Frame, now_ms: float = 0) -> list[Seen]:
    return talk.received(list(frames), now_ms).seen


def faults(all_seen: list[Seen]) -> list[str]:
    return [one.what for one in all_seen if isinstance(one, Fault)]


def test_CRD1_the_first_hello_has_no_position_and_the_next_the_one_reached() -> None:
    talk = a_conversation()
    assert talk.hello(0) == {"type": "hello", "room": "r1", "surface": "viewer", "token": "t"}
    seen(talk, welcome(offset=10), void(11))
    assert talk.hello(9)["position"] == {"epoch": "e1", "offset": 11}


def test_CRD1_consecutive_kept_frames_of_every_type_are_in_step() -> None:
    talk = in_the_room()
    moment = {"type": "moment", "offset": 12, "id": "m1", "kind": "level_up", "params": {"name": "小美"}}
    frames = [
        {"type": "room", "offset": 11, "patch": {}},
        moment,
        {"type": "retract", "offset": 13, "ids": []},
        void(14),
    ]
    assert seen(talk, *cast(list[Frame], frames)) == [MomentSeen("m1", "level_up", 12, {"name": "小美"})]
    assert (talk.offset, talk.received_kept, talk.missing) == (14, 4, 0)


def test_CRD1_a_hole_counts_what_is_missing_once_and_leads_to_a_hello_with_the_position() -> None:
    talk = in_the_room(chance=0.25)
    assert seen(talk, void(14), void(15), now_ms=5_000) == []
    assert (talk.offset, talk.missing) == (10, 3)
    assert talk.due(5_499) == []
    [hello] = talk.due(5_500)
    assert hello["position"] == {"epoch": "e1", "offset": 10}
    assert talk.due(9_000) == []


def test_CRD1_frames_between_the_second_hello_and_its_welcome_come_again_behind_it() -> None:
    talk = in_the_room(chance=0)
    seen(talk, void(12), now_ms=5_000)
    talk.due(5_000)
    assert seen(talk, void(13)) == []
    assert (
        faults(seen(talk, welcome(offset=10, recovered=True), void(11), void(12), void(13), void(14))) == []
    )
    assert (talk.offset, talk.missing) == (14, 1)


def test_CRD1_two_hellos_are_at_least_two_seconds_apart() -> None:
    talk = in_the_room(chance=0)
    seen(talk, void(12), now_ms=500)
    assert talk.due(1_999) == []
    assert len(talk.due(2_000)) == 1


def test_CRD1_a_beacon_ahead_for_two_seconds_is_missing_frames() -> None:
    talk = in_the_room(chance=0)
    seen(talk, beacon(12), now_ms=10_000)
    assert talk.due(11_999) == []
    [hello] = talk.due(12_000)
    assert hello["type"] == "hello"
    assert talk.missing == 2


def test_CRD1_a_beacon_that_is_caught_up_with_is_no_loss() -> None:
    talk = in_the_room()
    seen(talk, beacon(11), now_ms=10_000)
    seen(talk, void(11), now_ms=10_100)
    assert talk.due(20_000) == []
    assert talk.missing == 0


def test_CRD1_a_beacon_of_another_epoch_is_no_count_but_a_hello() -> None:
    talk = in_the_room(chance=0)
    seen(talk, beacon(500, epoch="e2"), now_ms=10_000)
    assert [message["type"] for message in talk.due(12_000)] == ["hello"]
    assert talk.missing == 0


def test_CRD1_a_frame_received_twice_is_harmless() -> None:
    talk = in_the_room()
    assert faults(seen(talk, void(11), void(11), void(10))) == []
    assert (talk.offset, talk.received_kept, talk.repeated, talk.missing) == (11, 1, 2, 0)


def test_CRD2_a_welcome_that_did_not_recover_replaces_the_position() -> None:
    talk = in_the_room()
    assert seen(talk, void(11), welcome("e2", 3)) == [Welcomed(False, 3)]
    assert (talk.epoch, talk.offset, talk.first_offset) == ("e2", 3, 3)
    assert faults(seen(talk, void(4))) == []


def test_CRD2_a_recovery_continues_where_we_were() -> None:
    talk = in_the_room()
    seen(talk, void(11))
    talk.hello(50)
    assert seen(talk, welcome(offset=11, recovered=True), void(12)) == [Welcomed(True, 11)]
    assert (talk.offset, talk.first_offset, talk.missing) == (12, 10, 0)


def test_CRD2_a_recovery_from_elsewhere_is_a_fault() -> None:
    talk = in_the_room()
    talk.hello(50)
    assert faults(seen(talk, welcome(offset=12, recovered=True))) == ["recovered at e1/12, we are at e1/10"]


def test_CRD3_every_beacon_is_answered_with_its_nonce_and_our_card() -> None:
    talk = in_the_room()
    [beat, time] = talk.received([beacon(10, nonce="n1")], 7).send
    assert beat == {"type": "beat", "nonce": "n1", "playing": True, "visible": True, "card_version": 0}
    assert time == {"type": "time", "t0": 7}
    seen(talk, {"type": "card", "card": card(4)})
    assert talk.received([beacon(10, nonce="n2")], 9).send[0]["card_version"] == 4


def test_CRD4_only_a_newer_card_replaces_the_one_held() -> None:
    talk = a_conversation()
    talk.hello(0)
    assert CardSeen(card(3)) in seen(talk, welcome(card=card(3)))
    assert seen(talk, {"type": "card", "card": card(2)}, {"type": "card", "card": card(3)}) == []
    assert seen(talk, {"type": "card", "card": card(3, as_of_ms=6)}) == [CardSeen(card(3, as_of_ms=6))]
    assert seen(talk, {"type": "card", "card": None}) == []
    assert talk.card == card(3, as_of_ms=6)


def test_CRD5_the_exchange_with_the_least_round_trip_sets_the_clock() -> None:
    talk = in_the_room()
    seen(talk, {"type": "time", "t0": 1_000, "t1": 6_150, "t2": 6_150}, now_ms=1_100)
    assert talk.clock_offset_ms == 5_100
    seen(talk, {"type": "time", "t0": 2_000, "t1": 7_005, "t2": 7_005}, now_ms=2_010)
    seen(talk, {"type": "time", "t0": 3_000, "t1": 8_900, "t2": 8_900}, now_ms=4_000)
    assert talk.clock_offset_ms == 5_000
    comment: Frame = {"type": "comment", "id": "c1", "at_ms": 10_000}
    assert seen(talk, comment, now_ms=5_020) == [CommentSeen("c1", 20.0)]


def test_CRD5_a_comment_before_the_first_exchange_has_no_age() -> None:
    assert seen(in_the_room(), {"type": "comment", "id": "c1", "at_ms": 1}) == [CommentSeen("c1", None)]


def test_CRD5_eight_exchanges_later_an_old_good_one_is_forgotten() -> None:
    talk = in_the_room()
    seen(talk, {"type": "time", "t0": 0, "t1": 100, "t2": 100}, now_ms=0)
    for n in range(8):
        seen(talk, {"type": "time", "t0": n, "t1": n + 250, "t2": n + 250}, now_ms=n + 100)
    assert talk.clock_offset_ms == 200


def test_CRD7_an_act_is_asked_again_with_the_same_ref_until_it_is_answered() -> None:
    talk = in_the_room()
    asked = talk.act("a1", "like", {"count": 1}, 1_000)
    assert talk.due(5_999) == []
    assert talk.due(6_000) == [asked]
    assert talk.due(6_001) == []
    answer: Frame = {"type": "done", "ref": "a1", "result": {"points": 1}}
    assert seen(talk, answer, now_ms=6_100) == [Answered("a1", "like", None, 5_100)]
    assert talk.due(60_000) == []
    assert talk.asked_ms() == []


def test_CRD7_an_act_without_answer_is_asked_again_after_the_next_welcome() -> None:
    talk = in_the_room()
    asked = talk.act("a1", "like", {"count": 1}, 1_000)
    talk.hello(2_000)
    assert asked in talk.received([welcome(recovered=True)], 2_100).send


def test_CRD7_a_refusal_is_an_answer_with_its_code() -> None:
    talk = in_the_room()
    talk.act("a1", "comment", {"text": "好"}, 0)
    refusal: Frame = {"type": "refused", "ref": "a1", "code": "slow_mode", "message": "", "details": {}}
    assert seen(talk, refusal, now_ms=3) == [Answered("a1", "comment", "slow_mode", 3)]


def test_CRD7_one_answer_more_than_was_asked_for_is_a_fault() -> None:
    talk = in_the_room()
    talk.act("a1", "like", {"count": 1}, 0)
    talk.due(5_000)
    answer: Frame = {"type": "done", "ref": "a1", "result": {}}
    assert faults(seen(talk, answer, answer)) == []
    assert faults(seen(talk, answer)) == ["an answer too many to 'a1'"]


@pytest.mark.parametrize(
    "frame, named",
    [
        ({"type": "fireworks"}, "unknown frame type 'fireworks'"),
        ({"type": "void"}, "void.offset must be an integer"),
        ({"type": "beacon", "epoch": "e1", "offset": 10, "server_time_ms": 1}, "beacon.nonce"),
        ({"type": "done", "ref": "a9", "result": {}}, "an answer too many to 'a9'"),
        ({"type": "time", "t0": None, "t1": 1, "t2": 1}, "time.t0"),
        ({"type": "refused", "ref": None, "code": "bad_request"}, "refused without ref: bad_request"),
        ({"type": "pulse", "value": 1}, "pulse.key"),
    ],
)
def test_CRD8_what_is_outside_the_contract_is_named_and_the_rest_still_read(frame: Frame, named: str) -> None:
    talk = in_the_room()
    [fault] = faults(seen(talk, frame, void(11)))
    assert named in fault
    assert talk.offset == 11


def test_CRD8_a_kept_frame_before_the_welcome_is_a_fault() -> None:
    talk = a_conversation()
    talk.hello(0)
    assert faults(seen(talk, void(1))) == ["a kept frame before the welcome"]


def test_CRD6_a_bye_is_handed_on_with_its_wish() -> None:
    talk = in_the_room()
    assert seen(talk, {"type": "bye", "code": 4000, "reason": "drain", "retry_after_ms": 800}) == [
        Farewell(4000, 800)
    ]
    assert not talk.live
