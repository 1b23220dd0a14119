"""Who is let in, as whom, and what they are told otherwise."""

import asyncio

import jwt
import pytest

from broadcaster.frames import Bye, Card, Hello
from broadcaster.ports import Denied, Identity, Joined, Rejected, Upgrade
from member_cache.ports import Record
from server.domain.commands import ById, JoinMember, MergeMembers, Origin, UpdateMember
from server.ids import MemberId, derived
from tests.support.stage import NOW, SECRET, Stage, content


def upgrade(origin: str | None, host: str = "live.example:8000") -> Upgrade:
    return Upgrade("/v1/live", host, origin, ("liveroom.v1.json",))


# --- origins --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://live.example:8000",
        "HTTPS://LIVE.EXAMPLE:8000",
        "https://shop.example",
        "https://Shop.Example",
    ],
)
async def test_R10_programs_the_same_host_and_listed_origins_are_let_in(
    stage: Stage, origin: str | None
) -> None:
    assert stage.gateway.admit(upgrade(origin)) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://live.example",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://shop.example:444",
        "https://user@live.example:8000",
        "https://[::1",
    ],
)
async def test_R10_any_other_origin_is_denied(stage: Stage, origin: str) -> None:
    denied = stage.gateway.admit(upgrade(origin))
    assert isinstance(denied, Denied)
    assert denied.status == 403


# --- tokens ---------------------------------------------------------------------------------------


async def test_T4_a_viewer_with_a_token_gets_the_lowest_tier_at_once(stage: Stage) -> None:
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.identity == Identity("anna", "viewer", "anna", NOW + 3_600_000)
    assert verdict.card is not None
    card = content(verdict.card.body)
    assert (card["tier"], card["version"], card["points"]) == ("basic", 0, 0)
    assert card["next"]["hint"].keys() == {"zh-CN", "en"}


async def test_R10_without_a_token_one_watches_as_nobody(stage: Stage) -> None:
    assert await stage.hello() == Joined(Identity(None, "anonymous"), None)


async def test_R10_a_broadcast_overlay_sees_public_things_only_whoever_it_is(stage: Stage) -> None:
    assert await stage.hello(surface="broadcast") == Joined(Identity(None, "broadcast"), None)
    with_token = await stage.hello(stage.token("anna"), surface="broadcast")
    assert isinstance(with_token, Joined)
    assert (with_token.identity.member, with_token.identity.role, with_token.card) == (
        None,
        "broadcast",
        None,
    )


@pytest.mark.parametrize("role", ["host", "operator"])
async def test_R10_the_host_surface_takes_a_host_or_an_operator(stage: Stage, role: str) -> None:
    verdict = await stage.hello(stage.token("li", role=role), surface="host")
    assert isinstance(verdict, Joined)
    assert (verdict.identity.role, verdict.identity.member, verdict.card) == (role, None, None)


async def test_R10_the_host_surface_is_not_for_viewers(stage: Stage) -> None:
    for token in (stage.token("anna"), None):
        assert _code(await stage.hello(token, surface="host")) == 4501


async def test_R8_an_unknown_surface_is_a_bad_message(stage: Stage) -> None:
    assert _code(await stage.hello(surface="tv")) == 4500


async def test_R10_an_expired_token_is_told_so(stage: Stage) -> None:
    token = stage.token(ttl_s=60)
    stage.clock.advance(66_000)
    assert _code(await stage.hello(token)) == 4005


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        jwt.encode({"sub": "anna", "role": "operator", "rooms": ["*"], "aud": "liveroom"}, "x" * 32, "HS256"),
        jwt.encode(
            {
                "sub": "a",
                "role": "viewer",
                "rooms": ["*"],
                "aud": "other",
                "iat": NOW // 1000,
                "exp": NOW // 1000 + 9,
            },
            SECRET,
            "HS256",
        ),
    ],
)
async def test_R10_a_token_that_is_not_ours_or_not_for_us_is_refused(stage: Stage, forged: str) -> None:
    assert _code(await stage.hello(forged)) == 4501


async def test_R10_a_token_for_other_rooms_opens_none_but_those(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    token = stage.token(rooms=["r2"])
    assert _code(await stage.hello(token, "r1")) == 4502
    assert isinstance(await stage.hello(token, "r2"), Joined)


async def test_X1_an_identity_and_the_member_it_belongs_to_are_one(stage: Stage) -> None:
    stranger = await stage.viewer("douyin:open-1", name="小美")
    assert stranger.identity.member == derived("m", "douyin", "open-1")
    again = await stage.viewer(f"member:{stranger.identity.member}")
    assert again.identity.member == stranger.identity.member
    assert again.cards()[0]["name"] == "小美"


async def test_X1_many_identities_joining_together_are_one_question(stage: Stage) -> None:
    tokens = [stage.token(f"douyin:o{i}") for i in range(100)]
    await asyncio.gather(*(stage.hello(token) for token in tokens))
    assert stage.ledger.asked["resolve"] == 1


# --- saying hello again ---------------------------------------------------------------------------


async def again(
    stage: Stage, present: Identity, token: str | None = None, *, given: bool = False
) -> Joined | Rejected:
    return await stage.gateway.join(Hello("r1", "viewer", token, token_given=given), present, "session9")


async def test_R10_hello_again_without_a_token_keeps_who_one_is(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    verdict = await again(stage, anna.identity)
    assert isinstance(verdict, Joined)
    assert verdict.identity == anna.identity
    assert verdict.card is not None


async def test_R10_hello_again_is_judged_anew(stage: Stage) -> None:
    anna = await stage.viewer("anna", ttl_s=60)
    stage.clock.advance(61_000)
    assert _code(await again(stage, anna.identity)) == 4005


async def test_R10_nobody_turns_into_somebody_else_or_back_into_nobody(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    assert _code(await again(stage, anna.identity, stage.token("bo"), given=True)) == 4501
    assert _code(await again(stage, anna.identity, None, given=True)) == 4501


async def test_T4_an_anonymous_viewer_may_sign_in(stage: Stage) -> None:
    verdict = await again(stage, Identity(None, "anonymous"), stage.token("anna"), given=True)
    assert isinstance(verdict, Joined)
    assert verdict.identity.member == "anna"


# --- a new token ----------------------------------------------------------------------------------


async def test_L7_a_refreshed_token_is_answered_by_the_card(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    stage.clock.advance(1_800_000)
    verdict = await stage.gateway.token(anna, stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.identity.expires_ms == NOW + 1_800_000 + 3_600_000
    assert isinstance(verdict.card, Card)


async def test_L7_a_hosts_refreshed_token_has_no_card(stage: Stage) -> None:
    host = await stage.viewer("li", role="host", surface="host")
    verdict = await stage.gateway.token(host, stage.token("li", role="host"))
    assert isinstance(verdict, Joined)
    assert verdict.card is None


@pytest.mark.parametrize("case", ["other member", "other rooms", "forged", "no longer a host"])
async def test_R10_a_refreshed_token_that_does_not_fit_is_refused(stage: Stage, case: str) -> None:
    host = case == "no longer a host"
    viewer = await stage.viewer(
        "anna", role="host" if host else "viewer", surface="host" if host else "viewer"
    )
    token = {
        "other member": stage.token("bo"),
        "other rooms": stage.token("anna", rooms=["r2"]),
        "forged": "nonsense",
        "no longer a host": stage.token("anna"),
    }[case]
    assert _code(await stage.gateway.token(viewer, token)) in (4501, 4502)


async def test_R5_a_token_refreshed_with_sql_away_keeps_the_viewer(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    stage.ledger.away = True
    stage.cache.flush()
    verdict = await stage.gateway.token(anna, stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.card is None
    stage.ledger.away = False
    await stage.round()
    assert len(anna.cards()) == 2


# --- rooms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ["nowhere", "", "../etc", "x" * 65, "直播间"])
async def test_R10_a_room_that_is_not_there_is_not_let_into(stage: Stage, room: str) -> None:
    assert _code(await stage.hello(room=room)) == 4502


async def test_L6_a_members_only_room_asks_for_the_tier_that_has_effect(stage: Stage) -> None:
    await stage.viewer("anna", name="小美")
    await stage.ledger.put_room("r2", members_only="gold")
    for token in (None, stage.token("anna"), stage.token("nobody-yet")):
        verdict = await stage.hello(token, "r2")
        assert isinstance(verdict, Rejected)
        assert verdict.code == 4502
        assert "gold" in verdict.reason
    stage.ledger.change("anna", tier="gold")
    await stage.round()
    stage.cache.flush()
    assert isinstance(await stage.hello(stage.token("anna"), "r2"), Joined)


async def test_L6_a_members_only_show_closes_its_room_while_it_is_live(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2", members_only="silver")
    assert _code(await stage.hello(stage.token("anna"), "r2")) == 4502
    await stage.ledger.end_show("r2", "s2")
    stage.clock.advance(2_000)
    assert isinstance(await stage.hello(stage.token("anna"), "r2"), Joined)


async def test_L6_staff_enter_members_only_rooms(stage: Stage) -> None:
    await stage.ledger.put_room("r2", members_only="black")
    assert isinstance(await stage.hello(stage.token("li", role="host"), "r2", "host"), Joined)


async def test_L6_the_public_stream_of_a_members_only_room_is_not_public(stage: Stage) -> None:
    await stage.ledger.put_room("r2", members_only="bronze")
    assert _code(await stage.hello(room="r2", surface="broadcast")) == 4502


# --- names ----------------------------------------------------------------------------------------


def renames(stage: Stage) -> list[UpdateMember]:
    return [command for command in stage.ledger.commands if isinstance(command, UpdateMember)]


async def test_X1_the_name_of_a_new_members_token_is_durable_before_the_welcome(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="  小美\u202e  ")
    assert stage.ledger.world.members[anna.identity.member].name == "小美"  # type: ignore[index]
    assert anna.cards()[0]["name"] == "小美"
    assert anna.cards()[0]["version"] == 1


async def test_X1_joining_again_with_the_same_token_or_name_writes_nothing(stage: Stage) -> None:
    for _ in range(3):
        await stage.viewer("anna", name="小美")
        stage.clock.advance(1_000)
    assert len(renames(stage)) == 1


async def test_X1_a_newer_tokens_other_name_renames_and_an_older_ones_does_not(stage: Stage) -> None:
    old = stage.token("anna", name="旧名")
    stage.clock.advance(5_000)
    await stage.viewer("anna", name="新名")
    verdict = await stage.hello(old)
    assert isinstance(verdict, Joined)
    assert verdict.card is not None
    assert content(verdict.card.body)["name"] == "新名"
    stage.clock.advance(5_000)
    later = await stage.viewer("anna", name="再改")
    assert later.cards()[0]["name"] == "再改"


async def test_X1_joining_without_a_name_writes_nothing(stage: Stage) -> None:
    await stage.viewer("anna")
    assert renames(stage) == []
    assert stage.ledger.world.members == {}


async def test_R5_with_sql_away_joining_goes_on_under_the_old_name(stage: Stage) -> None:
    await stage.viewer("anna", name="小美")
    await stage.told()
    stage.clock.advance(5_000)
    stage.ledger.away = True
    anna = await stage.viewer("anna", name="新名")
    assert anna.cards()[0]["name"] == "小美"
    assert anna.cards()[0]["version"] == 1


@pytest.mark.parametrize("trouble", ["away", "overloaded"])
async def test_R5_a_name_that_cannot_be_kept_now_does_not_stop_a_new_member(
    stage: Stage, trouble: str
) -> None:
    await stage.viewer("bo")  # the room is known here, and so is that anna is new
    await stage.hello(stage.token("anna"))
    setattr(stage.ledger, trouble, True)
    anna = await stage.viewer("anna", name="小美")
    assert anna.cards()[0]["version"] == 0


# --- what cannot be known -------------------------------------------------------------------------


async def test_R5_with_sql_away_and_nothing_held_there_is_no_card_now_and_the_card_later(
    stage: Stage,
) -> None:
    stage.leave(await stage.viewer("anna", name="小美"))
    await stage.told()
    stage.cache.flush()
    stage.ledger.away = True
    late = await stage.viewer("anna")
    assert late.cards() == []
    await stage.round()
    assert late.cards() == []
    stage.ledger.away = False
    await stage.round()
    assert [card["name"] for card in late.cards()] == ["小美"]


async def test_R5_a_never_stored_member_gets_the_owed_virtual_card_later(stage: Stage) -> None:
    await stage.hello()
    stage.ledger.away = True
    late = await stage.viewer("anna")
    stage.ledger.away = False
    await stage.round()
    await stage.round()
    assert [card["version"] for card in late.cards()] == [0]


async def test_R5_with_sql_away_a_room_never_seen_here_asks_to_come_back(stage: Stage) -> None:
    stage.gateway = stage.new_gateway()
    stage.ledger.away = True
    verdict = await stage.hello()
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.retry_after_ms > 0) == (4004, True)


async def test_R5_with_sql_away_a_known_room_goes_on(stage: Stage) -> None:
    await stage.hello()
    stage.ledger.away = True
    stage.clock.advance(600_000)
    assert isinstance(await stage.hello(), Joined)


async def test_L6_a_tier_that_cannot_be_known_opens_no_members_only_room(stage: Stage) -> None:
    await stage.ledger.put_room("r2", members_only="bronze")
    await stage.hello(room="r2")
    stage.ledger.away = True
    stage.cache.flush()
    verdict = await stage.hello(stage.token("anna"), "r2")
    assert isinstance(verdict, Rejected)
    assert verdict.code == 4004


async def test_R4_with_redis_away_joining_works_from_the_ledger(stage: Stage) -> None:
    await stage.viewer("anna", name="小美")
    stage.redis_is_away()
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.card is not None
    assert content(verdict.card.body)["name"] == "小美"


async def test_R4_a_hot_record_nobody_can_read_is_replaced_by_the_ledgers(stage: Stage) -> None:
    await stage.viewer("anna", name="小美")
    stage.cache.flush()
    await stage.cache.put_if_newer([Record("anna", 9, b"of another version")])
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.card is not None
    assert content(verdict.card.body)["name"] == "小美"
    assert stage.meter.bad == ["member_record"]


def _code(verdict: Joined | Rejected) -> int:
    assert isinstance(verdict, Rejected), verdict
    assert verdict.reason
    return verdict.code


# --- accounts that became one ---------------------------------------------------------------------


async def merge(stage: Stage, who: str, gone: str) -> None:
    now_ms = stage.clock.now_ms()
    for one in (who, gone):
        await stage.ledger.submit(JoinMember(Origin("shop", f"j:{one}", "", now_ms), ById(MemberId(one))))
    origin = Origin("api", f"merge:{who}:{gone}", "", now_ms)
    await stage.ledger.submit(MergeMembers(origin, ById(MemberId(who)), ById(MemberId(gone))))
    await stage.told()


async def test_X1_a_token_of_a_merged_account_lets_in_the_survivor(stage: Stage) -> None:
    await merge(stage, "mei", "anna")
    await merge(stage, "lan", "mei")
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Joined)
    assert verdict.identity.member == "lan"
    assert verdict.card is not None
    assert content(verdict.card.body)["member"] == "lan"


async def test_X1_whoever_is_there_with_the_other_account_comes_back_as_the_survivor(stage: Stage) -> None:
    anna, mei = await stage.viewer("anna"), await stage.viewer("mei")
    await merge(stage, "mei", "anna")
    assert [frame.code for frame in anna.sent if isinstance(frame, Bye)] == [4003]
    assert not any(isinstance(frame, Bye) for frame in mei.sent)
    again = await stage.viewer("anna")
    assert again.identity.member == "mei"


async def test_X1_R9_a_merge_whose_mail_was_lost_is_met_in_the_next_round(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    stage.redis_is_away()
    await merge(stage, "mei", "anna")
    assert not any(isinstance(frame, Bye) for frame in anna.sent)
    stage.beat(anna)
    await stage.round()
    assert [frame.code for frame in anna.sent if isinstance(frame, Bye)] == [4003]


async def test_X1_a_name_in_a_token_of_a_merged_account_names_the_survivor(stage: Stage) -> None:
    await merge(stage, "mei", "anna")
    stage.clock.advance(5_000)
    verdict = await stage.hello(stage.token("anna", name="小安"))
    assert isinstance(verdict, Joined)
    assert verdict.card is not None
    shown = content(verdict.card.body)
    assert (shown["member"], shown["name"]) == ("mei", "小安")
