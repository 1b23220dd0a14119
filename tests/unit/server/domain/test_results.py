"""What a room is told when a draw is drawn."""

from dataclasses import replace

from server.domain.draw import DRAWN, Draw, Winner
from server.domain.results import says
from server.ids import DrawId, RoomId
from server.text.catalogue import render
from tests.support.draws import GOODS

DRAW = Draw(
    id=DrawId("d1"),
    room=RoomId("r1"),
    title="开播福利",
    cost=100,
    prizes=(replace(GOODS, count=9),),
    max_entries=1,
    state=DRAWN,
    opened_ms=0,
    ends_ms=1,
    commitment="c",
    sealed_seed="sealed",
    salt="salt",
)


def told(*names: str) -> tuple[str, str]:
    winners = tuple(Winner(0, n, name) for n, name in enumerate(names, 1))
    said = render(says(replace(DRAW, winners=winners)))
    return said["zh-CN"], said["en"]


def test_P3_the_winners_are_named_in_both_languages() -> None:
    assert told("小美", "阿杰") == (
        "「开播福利」开奖啦!恭喜@小美、@阿杰中奖!",
        "“开播福利” has been drawn! Congratulations to @小美, @阿杰!",
    )


def test_P3_of_many_winners_three_are_named_and_all_counted() -> None:
    zh, en = told("a", "b", "c", "d", "e")
    assert "@a、@b、@c等5人" in zh
    assert "5 winners in all" in en
    assert "@d" not in zh + en


def test_P3_who_does_not_want_to_be_named_is_a_mystery_viewer() -> None:
    assert "神秘用户" in told("")[0]


def test_P3_a_draw_without_entries_says_so() -> None:
    assert told() == ("「开播福利」已开奖,无人参与", "“开播福利” has been drawn; nobody entered")
