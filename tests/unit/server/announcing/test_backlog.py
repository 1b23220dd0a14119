from dataclasses import replace

from broadcaster.frames import Comment, Encoded, Moment, Notice, Pulse, Rank, Retract, RoomItem
from server.announcing.backlog import MAX_COMMENTS, MAX_MEMBERS, MAX_NOTICES, MAX_SHOUTS, Backlog
from server.domain.shoutouts import Shout
from server.domain.state import Member
from server.ids import AuthorTag, MemberId, RoomId, TierId

ANY = Encoded(b"\xc0", b"null")
R1 = RoomId("r1")
ANNA = Member(MemberId("anna"), AuthorTag("a"), "小美", 0, TierId("basic"), 0, None, version=1)


class Drops(list[tuple[int, str, int]]):
    def __call__(self, rank: int, reason: str, n: int) -> None:
        self.append((rank, reason, n))


def item(rev: int, key: str = "show") -> RoomItem:
    return RoomItem(key, rev, ANY)


def notice(n: int) -> Notice:
    return Notice(f"n{n}", 0, ANY)


def comment(n: int) -> Comment:
    return Comment(f"k{n}", "a", ANY)


def moment(n: int) -> Moment:
    return Moment(f"mo{n}", "level_up", Rank.LOUD, 0, ANY)


def shout(n: int) -> Shout:
    return Shout(AuthorTag(f"a{n}"), f"m{n}", TierId("silver"), 1, None, n, False)


def test_R9_of_a_member_only_the_newest_record_waits() -> None:
    backlog = Backlog(Drops())
    backlog.add_records([replace(ANNA, version=3), ANNA])
    backlog.add_cards([ANNA, replace(ANNA, version=2)])
    assert [member.version for member in backlog.records.values()] == [3]
    assert [member.version for member in backlog.cards.values()] == [2]


def test_R9_of_an_item_only_the_highest_rev_waits() -> None:
    backlog = Backlog(Drops())
    for rev in (2, 3, 1):
        backlog.room(R1).add_item(item(rev))
    backlog.room(R1).add_item(item(1, "name"))
    assert {key: one.rev for key, one in backlog.room(R1).items.items()} == {"show": 3, "name": 1}


def test_L2_level_ups_fold_while_they_wait_and_nobody_is_lost() -> None:
    backlog = Backlog(Drops())
    for n in range(MAX_SHOUTS + 30):
        backlog.add_shout(R1, shout(n))
    waiting = backlog.room(R1).shouts
    assert len(waiting) <= MAX_SHOUTS
    assert sum(one.count for one in waiting) == MAX_SHOUTS + 30


def test_L13_of_comments_the_newest_stay_and_the_others_are_counted() -> None:
    drops = Drops()
    backlog = Backlog(drops)
    for n in range(MAX_COMMENTS + 5):
        backlog.add_comment(R1, comment(n))
    assert [one.id for one in backlog.room(R1).comments][:1] == ["k5"]
    assert drops == [(3, "backlog", 1)] * 5


def test_X2_notices_keep_their_order_also_when_they_come_back() -> None:
    drops = Drops()
    backlog = Backlog(drops)
    backlog.add_notices(ANNA.id, [notice(2)])
    backlog.add_notices(ANNA.id, [notice(0), notice(1)], first=True)
    assert [one.id for one in backlog.notices[ANNA.id]] == ["n0", "n1", "n2"]
    backlog.add_notices(ANNA.id, [notice(n) for n in range(3, 3 + MAX_NOTICES)])
    assert len(backlog.notices[ANNA.id]) == MAX_NOTICES
    assert backlog.notices[ANNA.id][-1].id == f"n{2 + MAX_NOTICES}"
    assert drops == [(1, "backlog", 3)]


def test_X5_no_more_members_wait_than_there_is_room_for() -> None:
    drops = Drops()
    backlog = Backlog(drops)
    backlog.add_records(replace(ANNA, id=MemberId(f"m{n}")) for n in range(MAX_MEMBERS + 2))
    assert len(backlog.records) == MAX_MEMBERS
    assert MemberId("m0") not in backlog.records
    assert drops == [(0, "backlog", 1), (0, "backlog", 1)]
    for n in range(MAX_MEMBERS + 1):
        backlog.add_notices(MemberId(f"m{n}"), [notice(n)])
    assert len(backlog.notices) == MAX_MEMBERS


def test_R4_what_the_bus_did_not_take_waits_by_its_kind() -> None:
    drops = Drops()
    backlog = Backlog(drops)
    backlog.room(R1).add_item(item(5))
    backlog.room(R1).moments.append(moment(2))
    backlog.put_back(R1, [item(4), moment(1), comment(1), Pulse("likes", ANY), item(1, "name")])
    again = backlog.room(R1)
    assert {key: one.rev for key, one in again.items.items()} == {"show": 5, "name": 1}
    assert [one.id for one in again.moments] == ["mo1", "mo2"]
    assert not again.comments
    assert drops == [(3, "bus_away", 1)]


def test_X2_an_empty_backlog_knows_that_it_is() -> None:
    backlog = Backlog(Drops())
    assert not backlog
    backlog.room(R1)
    assert backlog


def test_L13_what_is_taken_back_does_not_wait_any_more_and_the_retract_waits_to_the_end() -> None:
    backlog = Backlog(Drops())
    for n in range(3):
        backlog.add_comment(R1, comment(n))
    backlog.add_comment(R1, replace(comment(9), author="b"))
    room = backlog.room(R1)
    room.moments = [moment(1), replace(moment(2), author="a")]
    room.add_retract(Retract(("k1",)))
    assert [one.id for one in room.comments] == ["k0", "k2", "k9"]
    room.add_retract(Retract(author="a"))
    assert [one.id for one in room.comments] == ["k9"]
    assert [one.id for one in room.moments] == ["mo1"]
    assert room.retracts == [Retract(("k1",)), Retract(author="a")]


def test_L13_R4_a_retract_that_the_bus_did_not_take_comes_before_later_ones() -> None:
    backlog = Backlog(Drops())
    backlog.room(R1).add_retract(Retract(("k2",)))
    backlog.put_back(R1, [Retract(("k1",)), comment(3)])
    assert backlog.room(R1).retracts == [Retract(("k1",)), Retract(("k2",))]
