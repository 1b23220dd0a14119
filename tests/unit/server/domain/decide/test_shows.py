"""Rooms and their shows."""

from server.domain.commands import PutRoom, ScheduleShow, SetRoom, SetShowStatus
from server.domain.decision import Applied, Conflict
from server.domain.facts import RoomPut, ShowEnded, ShowStarted
from server.domain.state import Show
from server.ids import RoomId, ShowId
from tests.unit.server.domain.builders import HOUR, MINUTE, NOW, ROOM, Stage, a_world, origin


def put(name: str = "小美的直播间", *, room: str | None = "new", members_only: str | None = None) -> PutRoom:
    return PutRoom(origin(room), name, members_only)


def plan(show: str = "s9", *, room: str = ROOM, starts_ms: int | None = None) -> ScheduleShow:
    return ScheduleShow(origin(room), ShowId(show), "今晚上新", starts_ms)


def to(status: str, show: str = "s1", *, room: str = ROOM, url: str | None = None) -> SetShowStatus:
    return SetShowStatus(origin(room), ShowId(show), status, url)


def stage(status: str | None = None) -> Stage:
    return Stage(a_world(status=status))


def shown(on: Stage) -> Show:
    show = on.world.rooms[ROOM].show
    assert show is not None
    return show


def test_R2_putting_a_room_makes_it_and_putting_it_again_changes_nothing() -> None:
    on = stage()
    assert [type(fact) for fact in on.decide(put()).facts] == [RoomPut]
    assert on.decide(put()).facts == ()
    on.do(put("换个名字", members_only="gold"))
    room = on.world.rooms[RoomId("new")]
    assert (room.name, room.members_only) == ("换个名字", "gold")


def test_R8_a_room_for_a_tier_that_does_not_exist_is_refused_naming_those_that_do() -> None:
    refusal = stage().refused(put(members_only="platinum"))
    assert refusal.code == "bad_request"
    assert "basic, bronze, silver, gold, black" in refusal.message


def test_R8_a_room_needs_an_id() -> None:
    assert stage().refused(put(room=None)).code == "bad_request"


def test_L13_setting_a_room_changes_what_is_given_and_leaves_the_rest() -> None:
    on = stage()
    on.do(SetRoom(origin(), slow_s=10, theme=(("--accent", "red"),)))
    on.do(SetRoom(origin(), writers="members"))
    room = on.world.rooms[ROOM]
    assert (room.slow_s, room.writers, room.theme) == (10, "members", (("--accent", "red"),))
    assert on.decide(SetRoom(origin(), writers="members")).facts == ()


def test_R8_what_no_room_can_be_is_refused() -> None:
    on = stage()
    assert on.refused(SetRoom(origin(), writers="nobody")).code == "bad_request"
    assert on.refused(SetRoom(origin(), slow_s=-1)).code == "bad_request"
    for command in (SetRoom(origin("r9")), plan(room="r9"), to("live", room="r9"), to("live", show="s9")):
        assert on.refused(command).code == "not_found"


def test_E10_a_show_goes_from_scheduled_to_live_to_ended_and_to_its_replay() -> None:
    on = stage()
    on.do(plan("s1", starts_ms=NOW + HOUR))
    assert (shown(on).status, shown(on).starts_ms) == ("scheduled", NOW + HOUR)
    on.after(MINUTE).do(to("live"))
    assert (shown(on).status, shown(on).starts_ms) == ("live", NOW + MINUTE)
    on.after(HOUR).do(to("ended"))
    assert (shown(on).status, shown(on).ended_ms) == ("ended", NOW + MINUTE + HOUR)
    on.after(HOUR).do(to("ended", url="https://cdn.example/replay"))
    assert (shown(on).status, shown(on).ended_ms) == ("replay", NOW + MINUTE + HOUR)


def test_R2_asking_for_what_already_is_changes_nothing() -> None:
    on = stage("live")
    assert on.decide(to("live")).facts == ()
    on.do(to("ended"))
    assert on.decide(to("ended")).facts == ()
    assert len(on.told(ShowEnded)) == 1


def test_R8_offers_are_kept_per_tier_and_must_name_tiers_and_percents() -> None:
    on = stage()
    good = ScheduleShow(origin(), ShowId("s1"), "今晚上新", offers=(("gold", 10, "今晚黄金会员专享9折"),))
    on.do(good)
    assert shown(on).offers == (("gold", 10, "今晚黄金会员专享9折"),)
    for bad in (("platinum", 10, ""), ("gold", 101, "")):
        refusal = on.refused(ScheduleShow(origin(), ShowId("s2"), "x", offers=(bad,)))
        assert refusal.message.startswith(f"offers.{bad[0]}")


def test_R8_a_members_only_show_names_a_tier_of_the_ladder() -> None:
    on = stage()
    assert on.refused(ScheduleShow(origin(), ShowId("s1"), "x", members_only="vip")).code == "bad_request"


def test_E1_a_second_live_show_is_refused_naming_the_first() -> None:
    on = stage("live")
    on.do(plan("s2"))
    refusal = on.refused(to("live", "s2"))
    assert (refusal.code, refusal.details) == ("show_live", (("show", "s1"),))
    on.do(to("ended"))
    assert on.do(to("live", "s2")) == Applied()
    assert [fact.show.id for fact in on.told(ShowStarted)] == ["s2"]


def test_E10_an_ended_show_does_not_come_back() -> None:
    on = stage("ended")
    assert on.refused(to("live")).code == "closed"
    assert on.refused(to("paused")).code == "bad_request"


def test_R2_a_show_id_is_planned_once() -> None:
    on = stage()
    on.do(plan("s1"))
    assert on.do(plan("s1")) == Conflict()
