"""Muted and banned members, and comments taken back, at the live socket (L13)."""

from broadcaster.frames import Beat, Bye, Retract
from broadcaster.ports import Joined, Rejected
from server.domain.commands import ById, Origin
from server.domain.moderation import RemoveComment, RestrictMember
from server.ids import MemberId, RoomId, derived
from tests.support.stage import FakeViewer, Stage

HOUR = 3_600_000


async def restrict(stage: Stage, kind: str | None, *, room: str | None = "r1", ms: int = HOUR) -> None:
    now_ms = stage.clock.now_ms()
    where = None if room is None else RoomId(room)
    origin = Origin("api", f"restrict{len(stage.ledger.receipts)}", "x", now_ms, room=where)
    removable = (RoomId("r1"),) if kind == "ban" else ()
    who = ById(MemberId("anna"))
    await stage.ledger.submit(RestrictMember(origin, who, kind, now_ms + ms, removable))
    await stage.told()


def retracts(stage: Stage) -> list[Retract]:
    return [one.frame for _, one in stage.heard.numbered if isinstance(one.frame, Retract)]


def byes(viewer: FakeViewer) -> list[int]:
    return [frame.code for frame in viewer.sent if isinstance(frame, Bye)]


async def at_the_cap(stage: Stage, viewer: FakeViewer) -> None:
    for n in range(10):
        await stage.done(viewer, f"cap{n}", "comment", text=f"这个颜色真好看{n}")
        stage.clock.advance(61_000)
    await stage.told()


async def test_L13_a_muted_viewer_is_told_so_and_stays(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await restrict(stage, "mute")
    refused = await stage.refused(anna, "1", "comment", text="这个颜色真好看")
    assert refused.code == "muted"
    assert refused.details["until_ms"] == stage.clock.now_ms() + HOUR
    assert (await stage.done(anna, "2", "like", count=3))["points"] == 3
    assert byes(anna) == []
    assert stage.heard.comments() == []


async def test_L13_beyond_the_cap_a_mute_holds_off_the_ledger_too(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await at_the_cap(stage, anna)
    await restrict(stage, "mute")
    shown, decided = len(stage.heard.comments()), len(stage.ledger.commands)
    assert (await stage.refused(anna, "1", "comment", text="一条挣不到分的评论")).code == "muted"
    assert (len(stage.heard.comments()), len(stage.ledger.commands)) == (shown, decided)
    await restrict(stage, None)
    await stage.done(anna, "2", "comment", text="又可以说话了吗")


async def test_L13_a_banned_viewer_is_sent_away_at_once_and_not_let_in_again(stage: Stage) -> None:
    anna, li = await stage.viewer("anna"), await stage.viewer("li")
    await restrict(stage, "ban")
    assert byes(anna) == [4504]
    assert byes(li) == []
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Rejected)
    assert verdict.code == 4504
    assert (await stage.refused(anna, "late", "share", channel="wechat")).code == "banned"
    stage.clock.advance(HOUR)
    assert isinstance(await stage.hello(stage.token("anna")), Joined)


async def test_L13_a_ban_of_one_room_is_none_of_another_and_of_all_is_one_of_each(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    anna = await stage.viewer("anna", room="r2")
    await restrict(stage, "ban")
    assert byes(anna) == []
    assert isinstance(await stage.hello(stage.token("anna"), room="r2"), Joined)
    await restrict(stage, "ban", room=None)
    assert byes(anna) == [4504]
    verdict = await stage.hello(stage.token("anna"), room="r2")
    assert isinstance(verdict, Rejected)
    assert verdict.code == 4504


async def test_L13_a_ban_that_got_lost_is_made_good_in_the_round(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await stage.done(anna, "1", "share", channel="wechat")
    await stage.told()
    stage.heard.deliver = lambda member, frame: None  # its mail does not arrive
    await restrict(stage, "ban")
    assert byes(anna) == []
    now_ms = stage.clock.now_ms()
    stage.gateway.beat(anna, Beat("nonce", True, True, 1), now_ms)
    await stage.gateway.round([anna], now_ms)
    assert byes(anna) == [4504]


async def test_L13_a_ban_takes_the_comments_back_from_every_screen_and_from_who_comes(stage: Stage) -> None:
    anna, li = await stage.viewer("anna"), await stage.viewer("li")
    await stage.done(anna, "1", "comment", text="加我领福利")
    await stage.done(li, "1", "comment", text="这个颜色真好看")
    await stage.told()
    assert [one["text"] for one in stage.heard.comments()] == ["加我领福利", "这个颜色真好看"]
    await restrict(stage, "ban")
    author = stage.ledger.world.members[MemberId("anna")].author
    assert retracts(stage) == [Retract((), author)]
    snapshot = await stage.store.snapshot("r1")
    assert snapshot is not None
    assert [comment.author for comment in snapshot.comments] == [
        stage.ledger.world.members[MemberId("li")].author
    ]


async def test_L13_one_comment_is_removed_everywhere_also_when_it_still_waits(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await stage.done(anna, "1", "comment", text="说错话了")
    stage.redis_is_away()
    await stage.done(anna, "2", "comment", text="又说错话了")
    await stage.told()
    ids = [derived("k", "live", f"anna:{ref}") for ref in (1, 2)]
    for comment in ids:
        origin = Origin("api", f"rm{comment}", "x", stage.clock.now_ms(), room=RoomId("r1"))
        await stage.ledger.submit(RemoveComment(origin, comment))
    stage.redis_is_away(False)
    await stage.told()
    assert {id_ for retract in retracts(stage) for id_ in retract.ids} == set(ids)
    assert "又说错话了" not in [one["text"] for one in stage.heard.comments()]
