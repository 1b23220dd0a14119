"""Which columns a row has, and which of them a commit may change."""

from __future__ import annotations

from server.domain.state import Member
from server.ids import AuthorTag, MemberId, TierId
from server.ledger.rows import (
    MEMBER,
    MEMBER_MERGED,
    MEMBER_NUMBERS,
    MEMBER_WORDS,
    member_row,
    numbers_row,
    words_row,
)
from server.ledger.tables import members

ANNA = Member(MemberId("m1"), AuthorTag("a1"), "安娜", 1, TierId("silver"), 2, 3, points=4, version=5)


def test_LED8_every_column_of_a_member_is_kept_when_it_changes() -> None:
    # When a job looks next is the job's own (L11).
    assert {*MEMBER, "look_ms"} == set(members.columns.keys())
    assert set(MEMBER) - {*MEMBER_NUMBERS, *MEMBER_WORDS, *MEMBER_MERGED} == {"author"}
    assert set(MEMBER_NUMBERS) & set(MEMBER_WORDS) == {"id"}


def test_LED8_a_members_parts_are_what_its_whole_row_says() -> None:
    whole = dict(zip(MEMBER, member_row(ANNA), strict=True))
    assert numbers_row(ANNA) == tuple(whole[name] for name in MEMBER_NUMBERS)
    assert words_row(ANNA) == tuple(whole[name] for name in MEMBER_WORDS)
