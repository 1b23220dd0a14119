"""Mutes, bans and comments taken back (L13)."""

from dataclasses import replace

import pytest

from server.domain.commands import PostComment
from server.domain.decision import Refusal
from server.domain.facts import CommentPosted
from server.domain.moderation import (
    MOST_RESTRICTIONS,
    CommentsRemoved,
    MemberRestricted,
    RemoveComment,
    Restriction,
    RestrictMember,
    standing,
    stricter,
)
from server.ids import AuthorTag, RoomId
from tests.unit.server.domain.builders import (
    HOUR,
    MEI,
    MINUTE,
    NOW,
    Stage,
    a_comment,
    a_member,
    a_share,
    a_world,
    an_order,
    by,
    likes,
    origin,
)

OTHER = RoomId("r2")


def stage() -> Stage:
    return Stage(a_world(a_member(), rooms=("r1", "r2")))


def restricts(
    kind: str | None, *, room: str | None = "r1", until_ms: int = NOW + HOUR, remove_in: tuple[str, ...] = ()
) -> RestrictMember:
    return RestrictMember(origin(room), by(MEI), kind, until_ms, tuple(map(RoomId, remove_in)))


def live(command: PostComment) -> PostComment:
    return replace(command, origin=replace(command.origin, source="live"))


def test_L13_a_muted_member_writes_nothing_in_that_room_and_does_all_the_rest() -> None:
    shown = stage()
    shown.applied(restricts("mute"))
    refusal = shown.refused(live(a_comment()))
    assert (refusal.code, dict(refusal.details)) == ("muted", {"until_ms": NOW + HOUR})
    assert shown.refused(a_comment()).code == "muted", "whichever door the comment comes by"
    shown.applied(live(a_comment("另一个房间可以说话", room="r2")))
    share = a_share()
    shown.applied(replace(share, origin=replace(share.origin, source="live")))
    assert [fact.room for fact in shown.told(CommentPosted)] == ["r2"]
    shown.after(HOUR).applied(live(a_comment()))


def test_L13_a_banned_member_does_nothing_on_the_socket_and_orders_count() -> None:
    shown = stage()
    shown.applied(restricts("ban", room=None))
    for room in ("r1", "r2"):
        liked = likes(room=room)
        assert shown.refused(replace(liked, origin=replace(liked.origin, source="live"))).code == "banned"
        assert shown.refused(a_comment(room=room)).code == "banned"
    shown.applied(an_order(yuan=10))
    assert shown.member().points > 0


def test_L13_the_last_word_of_a_room_counts_and_lifting_it_leaves_the_programmes() -> None:
    shown = stage()
    shown.applied(restricts("ban"))
    shown.applied(restricts("mute", until_ms=NOW + MINUTE))
    shown.applied(restricts("mute", room=None))
    assert shown.member().restrictions == (
        Restriction(RoomId("r1"), "mute", NOW + MINUTE),
        Restriction(None, "mute", NOW + HOUR),
    )
    shown.applied(restricts(None))
    assert shown.member().restrictions == (Restriction(None, "mute", NOW + HOUR),)
    shown.applied(restricts(None))
    assert len(shown.told(MemberRestricted)) == 4, "what lifts nothing says nothing"
    assert shown.refused(a_comment()).code == "muted"


def test_L13_what_is_over_makes_room_and_too_many_are_refused() -> None:
    member = replace(
        a_member(),
        restrictions=tuple(
            Restriction(RoomId(f"x{n}"), "mute", NOW + n + 1) for n in range(MOST_RESTRICTIONS)
        ),
    )
    shown = Stage(a_world(member))
    assert shown.refused(restricts("ban")).code == "limit_reached"
    shown.after(1).applied(restricts("ban"))
    assert len(shown.member().restrictions) == MOST_RESTRICTIONS
    shown.applied(restricts("ban", room=None))
    assert len(shown.member().restrictions) == MOST_RESTRICTIONS + 1, "the programme's always fits"


@pytest.mark.parametrize(
    "command, code",
    [
        (restricts("ban", until_ms=NOW), "bad_request"),
        (restricts("ban", room="nowhere"), "not_found"),
    ],
)
def test_L13_a_wrong_restriction_is_refused(command: RestrictMember, code: str) -> None:
    assert stage().refused(command).code == code


def test_L13_a_ban_takes_the_authors_comments_off_the_screens() -> None:
    shown = stage()
    shown.applied(restricts("ban", room=None, remove_in=("r1", "r2")))
    assert shown.told(CommentsRemoved) == [
        CommentsRemoved(RoomId(room), NOW, author=shown.member().author) for room in ("r1", "r2")
    ]


def test_L13_X1_what_a_merged_account_wrote_goes_with_the_tag_it_wrote_under() -> None:
    shown = stage()
    shown.applied(replace(restricts("ban", remove_in=("r1",)), tag=AuthorTag("a_former")))
    tags = [fact.author for fact in shown.told(CommentsRemoved)]
    assert tags == [shown.member().author, "a_former"]


def test_L13_a_comment_is_removed_in_its_room() -> None:
    shown = stage()
    shown.applied(RemoveComment(origin("r1"), "k_1"))
    assert shown.told(CommentsRemoved) == [CommentsRemoved(RoomId("r1"), NOW, comment="k_1")]
    assert isinstance(shown.do(RemoveComment(origin("nowhere"), "k_1")), Refusal)


def test_L13_X1_of_two_accounts_the_stricter_stays() -> None:
    room = RoomId("r1")
    one = (Restriction(room, "mute", NOW + 9), Restriction(None, "ban", NOW + 1))
    other = (Restriction(room, "ban", NOW + 2), Restriction(None, "ban", NOW + 5))
    expected = (Restriction(None, "ban", NOW + 5), Restriction(room, "ban", NOW + 2))
    assert stricter(one, other) == stricter(other, one) == expected
    assert standing(expected, room, NOW) == Restriction(None, "ban", NOW + 5)
    assert standing(expected, OTHER, NOW + 5) is None
