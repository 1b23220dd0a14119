"""The leaderboard of a show."""

from dataclasses import replace

from server.domain.moderation import BAN, MUTE, Restriction
from server.domain.standings import MOST, Place, Score, places
from server.domain.state import Member, TierHold
from server.ids import AuthorTag, MemberId, RoomId, TierId
from tests.unit.server.domain.builders import DAY, NOW, ROOM, a_member, jifen


def board(*members: Member, most: int = MOST) -> tuple[Place, ...]:
    """Places of members who scored 100, 99, 98 …"""
    scores = [Score(member.id, 100 - n) for n, member in enumerate(members)]
    return places(scores, {member.id: member for member in members}, ROOM, jifen(), NOW, most)


def test_L8_a_place_has_name_tier_and_score() -> None:
    assert board(a_member("mei", growth=300)) == (Place("小美", AuthorTag("a_mei"), TierId("silver"), 100),)


def test_L8_who_does_not_want_to_be_named_keeps_the_place_without_a_name() -> None:
    shy = replace(a_member("mei"), announce_optout=True)
    [place] = board(shy)
    assert (place.name, place.author, place.score) == ("", None, 100)


def test_L13_who_is_banned_here_leaves_the_place_to_the_next() -> None:
    def restricted(who: str, kind: str, room: str | None, until_ms: int = NOW + DAY) -> Member:
        restriction = Restriction(None if room is None else RoomId(room), kind, until_ms)
        return replace(a_member(who, name=who), restrictions=(restriction,))

    shown = board(
        restricted("everywhere", BAN, None),
        restricted("here", BAN, ROOM),
        restricted("muted", MUTE, ROOM),
        restricted("elsewhere", BAN, "r9"),
        restricted("forgiven", BAN, ROOM, NOW),
    )
    assert [(place.name, place.score) for place in shown] == [
        ("muted", 98),
        ("elsewhere", 97),
        ("forgiven", 96),
    ]


def test_T8_the_badge_is_of_the_tier_that_has_effect() -> None:
    boosted = replace(a_member("mei"), boost=TierHold(TierId("gold"), NOW + 1))
    assert board(boosted)[0].tier == "gold"
    assert (
        places([Score(MemberId("mei"), 1)], {boosted.id: boosted}, ROOM, jifen(), NOW + 1)[0].tier == "basic"
    )


def test_L8_the_first_places_alone_are_shown_and_who_cannot_be_read_is_not() -> None:
    members = [a_member(f"m{n}", name=f"{n}") for n in range(MOST + 3)]
    assert [place.name for place in board(*members)] == [str(n) for n in range(MOST)]
    assert [place.name for place in board(*members, most=2)] == ["0", "1"]
    assert places([Score(MemberId("gone"), 5)], {}, ROOM, jifen(), NOW) == ()
