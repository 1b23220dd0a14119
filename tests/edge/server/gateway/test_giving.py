"""Gifts and boosts as a viewer has them, from the act to the notice and the card."""

from typing import Any

from broadcaster.frames import Notice
from server.ids import AuthorTag, derived
from tests.support.stage import FakeViewer, Stage, content

DAY_MS = 86_400_000


async def a_giver(stage: Stage, name: str = "anna", points: int = 600) -> FakeViewer:
    """Let in somebody who may give: bronze, and a member for a month."""
    first = await stage.viewer(name, name=name.upper())
    await stage.done(first, "share", "share", channel="wx")
    stage.ledger.change(
        name, tier="bronze", points=points, created_ms=stage.clock.now_ms() - 30 * DAY_MS, days=()
    )
    stage.cache.flush()
    return first


def notices(viewer: FakeViewer, kind: str) -> list[Any]:
    found = [content(frame.body) for frame in viewer.sent if isinstance(frame, Notice)]
    return [notice for notice in found if notice["kind"] == kind]


async def test_P5_points_go_to_the_writer_of_a_comment_and_both_are_told(stage: Stage) -> None:
    anna = await a_giver(stage)
    bo = await stage.viewer("bo", name="小博")
    await stage.done(bo, "1", "comment", text="这个颜色真好看")
    await stage.told()
    [comment] = stage.heard.comments()
    result = await stage.done(anna, "1", "give", to=comment["author"], points=200)
    assert result == {"points": -200, "growth": 0, "rule": "gift"}
    await stage.told()
    assert anna.cards()[-1]["points"] == 400
    assert bo.cards()[-1]["points"] == 205
    [told] = notices(anna, "gift")
    assert told["text"] == {"zh-CN": "小博收到了你送的200积分", "en": "小博 received the 200 points you gave"}
    [told] = notices(bo, "gift")
    assert told["text"]["zh-CN"] == "ANNA送给你200积分"
    assert told["params"] == {"points": 200, "name": "ANNA"}


async def test_P5_points_go_to_a_friend_named_by_id_and_to_nobody_else(stage: Stage) -> None:
    anna = await a_giver(stage)
    await stage.done(await stage.viewer("bo"), "1", "share", channel="wx")
    await stage.done(anna, "1", "give", to="bo", points=10)
    await stage.done(anna, "2", "give", to="member:bo", points=10)
    for n, stranger in enumerate(("carl", "wx:carl", "::", "a_0")):
        assert (await stage.refused(anna, f"s{n}", "give", to=stranger, points=10)).code == "not_found"
    assert (await stage.refused(anna, "3", "give", to="anna", points=10)).code == "bad_request"
    assert (await stage.refused(anna, "4", "give", to=derived("a", "anna"), points=10)).code == "bad_request"
    assert (await stage.refused(anna, "5", "give", to="bo", points=481)).code == "limit_reached"
    assert "carl" not in stage.ledger.world.members


async def test_P5_R2_the_same_ref_gives_once(stage: Stage) -> None:
    anna = await a_giver(stage)
    await stage.done(await stage.viewer("bo"), "1", "share", channel="wx")
    first = await stage.done(anna, "1", "give", to="bo", points=10)
    stage.hot.flush()
    assert await stage.done(anna, "1", "give", to="bo", points=10) == first
    assert stage.ledger.world.members[anna.identity.member].points == 590  # type: ignore[index]


async def test_P5_a_link_is_claimed_by_a_new_friend_who_becomes_a_member(stage: Stage) -> None:
    anna = await a_giver(stage)
    link = await stage.done(anna, "1", "give", to=None, points=200)
    assert link["expires_ms"] == stage.clock.now_ms() + DAY_MS
    assert len(link["code"]) == 20
    await stage.told()
    assert (anna.cards()[-1]["points"], anna.cards()[-1]["held"]) == (600, 200)
    stage.hot.flush()
    assert await stage.done(anna, "1", "give", to=None, points=200) == link, (
        "the same code, whoever forgot it"
    )
    assert (await stage.refused(anna, "2", "claim_gift", code=link["code"])).code == "bad_request"
    bo = await stage.viewer("bo", name="小博")
    result = await stage.done(bo, "1", "claim_gift", code=link["code"])
    assert result == {"points": 200, "growth": 0, "rule": "gift"}
    await stage.told()
    assert (anna.cards()[-1]["points"], anna.cards()[-1]["held"]) == (400, 0)
    assert bo.cards()[-1]["points"] == 200
    assert len(notices(anna, "gift")) == len(notices(bo, "gift")) == 1
    carl = await stage.viewer("carl")
    assert (await stage.refused(carl, "1", "claim_gift", code=link["code"])).code == "closed"


async def test_R5_a_gift_waits_for_the_ledger(stage: Stage) -> None:
    anna = await a_giver(stage)
    stage.ledger.away = True
    for ref, to in (("1", None), ("2", "bo")):
        refused = await stage.refused(anna, ref, "give", to=to, points=10)
        assert refused.code == "try_later"
        assert refused.retry_after_ms
    stage.ledger.away = False
    await stage.done(anna, "1", "give", to=None, points=10)


async def test_R10_a_code_stands_in_no_line_of_a_log(stage: Stage) -> None:
    anna = await a_giver(stage)
    link = await stage.done(anna, "1", "give", to=None, points=200)
    gift = await stage.ledger.gift_of_code(link["code"])
    assert gift is not None
    assert link["code"] not in repr(gift)
    assert link["code"] not in repr(stage.ledger.commands)


async def test_P4_a_boost_shows_on_the_card_until_midnight(stage: Stage) -> None:
    anna = await a_giver(stage)
    assert (await stage.refused(anna, "0", "boost", tier="gold")).code == "bad_request"
    assert await stage.done(anna, "1", "boost", tier="silver") == {
        "points": -300,
        "growth": 0,
        "rule": "boost",
    }
    await stage.told()
    card = anna.cards()[-1]
    calendar = stage.ledger.world.calendar
    midnight = calendar.start_of(calendar.day_of(stage.clock.now_ms()) + 1)
    assert (card["tier"], card["real_tier"], card["points"]) == ("silver", "bronze", 300)
    assert card["boost"] == {"tier": "silver", "until_ms": midnight}
    assert (await stage.refused(anna, "2", "boost", tier="silver")).code == "limit_reached"


async def test_P5_an_author_tag_is_nobody_s_until_it_is(stage: Stage) -> None:
    assert await stage.ledger.author(AuthorTag(derived("a", "anna"))) is None
    await a_giver(stage)
    assert await stage.ledger.author(AuthorTag(derived("a", "anna"))) == "anna"
