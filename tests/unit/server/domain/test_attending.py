"""Whom of the viewers a host could speak of."""

from dataclasses import replace
from datetime import date

import pytest

from server.domain.attending import RAISED_MS, Close, Here, Present, Raised, here_of, present_of, reach
from server.domain.days import date_of
from server.domain.state import Member
from server.ids import AuthorTag, TierId
from tests.unit.server.domain.builders import NOW, TODAY, a_member, jifen, shanghai

SILVER, GOLD, BRONZE = TierId("silver"), TierId("gold"), TierId("bronze")
BOOK = jifen()


def seen(member: Member, lacks: int | None = None) -> Here | None:
    return here_of(member, lacks, BOOK, shanghai(), NOW)


def lacking(*gaps: int, tier: TierId = SILVER) -> list[Here]:
    return [Here(AuthorTag(f"a{tier}{n}"), tier, gap) for n, gap in enumerate(gaps)]


@pytest.mark.parametrize("entry, near", [(15, 10), (300, 30), (2_000, 200), (10_000, 1_000)])
def test_L9_close_is_a_tenth_of_the_next_tier_or_ten(entry: int, near: int) -> None:
    assert reach(entry) == near


def test_L9_most_members_give_the_host_nothing_to_say() -> None:
    assert seen(a_member(growth=400), 1_600) is None
    assert seen(a_member(tier="black"), None) is None
    assert seen(a_member(growth=400), 201) is None
    assert seen(a_member(growth=400), 0) is None


def test_L9_who_is_close_is_known_by_the_public_tag_and_by_no_name() -> None:
    mei = a_member(growth=1_800, name="小美")
    assert seen(mei, 200) == Here(mei.author, SILVER, 200)
    assert "小美" not in repr(seen(mei, 200))


def test_L9_a_level_up_is_news_for_three_minutes_and_only_the_last_one() -> None:
    mei = replace(a_member(growth=400), shouted={BRONZE: NOW - 9_000, SILVER: NOW - 4_000})
    assert seen(mei) == Here(mei.author, SILVER, raised=SILVER, raised_ms=NOW - 4_000)
    assert seen(replace(mei, shouted={SILVER: NOW - RAISED_MS})) is None
    assert seen(replace(mei, shouted={TierId("gone"): NOW})) is None


def test_L9_T8_who_dropped_is_not_congratulated() -> None:
    assert seen(replace(a_member(growth=400), tier=BRONZE, tier_since_ms=NOW)) is None


def test_L9_a_birthday_is_today_by_the_programme_s_calendar() -> None:
    today = date_of(TODAY)
    mei = replace(a_member(), birthday=f"{today:%m-%d}")
    assert seen(mei) == Here(mei.author, mei.tier, born_today=True)
    yesterday: date = date_of(TODAY - 1)
    assert seen(replace(mei, birthday=f"{yesterday:%m-%d}")) is None


def test_L9_the_number_said_is_a_round_one_that_takes_in_half_or_more() -> None:
    assert present_of(lacking(3, 38, 44, 50, 190), BOOK, NOW).close == (Close(SILVER, GOLD, 4, 50),)
    assert present_of(lacking(51), BOOK, NOW).close == (Close(SILVER, GOLD, 1, 100),)
    assert present_of(lacking(4), BOOK, NOW).close == (Close(SILVER, GOLD, 1, 5),)


def test_L9_a_member_with_windows_on_two_nodes_is_one_person() -> None:
    people = [*lacking(10, 20), *lacking(10, 20)]
    assert present_of(people, BOOK, NOW).close == (Close(SILVER, GOLD, 1, 10),)
    born = Here(AuthorTag("x"), SILVER, born_today=True)
    assert present_of([born, born], BOOK, NOW).birthdays == 1


def test_L9_tiers_come_lowest_first_and_unknown_ones_not_at_all() -> None:
    people = [
        *lacking(100),
        *lacking(5, tier=BRONZE),
        *lacking(5, tier=TierId("gone")),
        *lacking(7, tier=TierId("black")),
    ]
    assert [group.tier for group in present_of(people, BOOK, NOW).close] == [BRONZE, SILVER]


def test_L9_level_ups_are_counted_by_tier_while_they_are_news() -> None:
    people = [
        Here(AuthorTag("a"), SILVER, raised=SILVER, raised_ms=NOW - 1_000),
        Here(AuthorTag("b"), SILVER, raised=SILVER, raised_ms=NOW - 2_000),
        Here(AuthorTag("c"), GOLD, raised=GOLD, raised_ms=NOW - 3_000),
        Here(AuthorTag("d"), GOLD, raised=GOLD, raised_ms=NOW - RAISED_MS),
    ]
    assert present_of(people, BOOK, NOW) == Present(
        raised=(Raised(GOLD, 1, NOW - 3_000), Raised(SILVER, 2, NOW - 1_000))
    )
