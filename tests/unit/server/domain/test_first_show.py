"""A first-time viewer in the first show."""

from server.domain.card import card_of
from server.domain.facts import TierReached
from tests.unit.server.domain.builders import MINUTE, a_comment, a_share, jifen, shanghai, stage_with, watched


def test_O1_T2_ten_minutes_a_comment_and_a_share_reach_bronze_with_points_in_hand() -> None:
    stage = stage_with()
    assert stage.after(10 * MINUTE).applied(watched(10)).earned.growth == 5
    assert stage.after(MINUTE).applied(a_comment("这件有红色吗")).earned.growth == 2
    assert stage.after(MINUTE).applied(a_share()).earned.growth == 10
    card = card_of(stage.member(), jifen(), shanghai(), stage.world.shows[watched(10).show], stage.now)
    assert (card.growth, card.points, card.tier) == (17, 15, "bronze")
    assert [reached.tier for reached in stage.told(TierReached)] == ["bronze"]


def test_O4_at_every_moment_of_the_first_show_the_next_step_is_shown() -> None:
    stage = stage_with()
    stage.do(watched(10))
    for command in (a_comment("这件有红色吗"), a_share(), a_share(), a_share()):
        stage.after(2 * MINUTE).do(command)
        card = card_of(stage.member(), jifen(), shanghai(), None, stage.now)
        assert card.next is not None
        assert card.next.hint.key.startswith(("next.", "toward."))
