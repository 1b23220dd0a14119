"""A rulebook takes force."""

from dataclasses import replace

from server.domain.commands import PresentRulebook
from server.domain.facts import RulebookPresented
from tests.unit.server.domain.builders import MEI, ROOM, a_member, jifen, origin, stage_with


def test_LED65_a_room_shows_the_rulebook_and_nobody_changes() -> None:
    member = replace(a_member(), points=70)
    stage = stage_with(member, rulebook=replace(jifen(), version=2))
    stage.do(PresentRulebook(origin(ROOM)))
    assert stage.world.touched_rooms == {ROOM}
    assert stage.world.touched_members == set()
    assert stage.world.members[MEI] == member
    assert len(stage.told(RulebookPresented)) == 1


def test_LED65_a_room_that_is_not_there_shows_nothing() -> None:
    stage = stage_with(a_member())
    assert stage.refused(PresentRulebook(origin("nowhere"))).code == "not_found"
    assert stage.refused(PresentRulebook(origin(None))).code == "not_found"
