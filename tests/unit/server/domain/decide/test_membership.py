"""Who is known, under which name and identities."""

from server.domain.commands import ById, ByIdentity, JoinMember, LinkIdentity, UpdateMember
from server.domain.deciding import decide
from server.domain.decision import Applied
from server.domain.facts import IdentityLinked, MemberCreated, MemberUpdated
from server.ids import AuthorTag, MemberId, derived
from tests.unit.server.domain.builders import MEI, NOW, a_member, a_world, by, origin, stage_with


def joins(name: str | None = None, birthday: str | None = None) -> JoinMember:
    return JoinMember(origin(None), by(MEI), name, birthday)


def update(
    name: str | None = None,
    *,
    as_of_ms: int | None = None,
    birthday: str | None = None,
    optout: bool | None = None,
) -> UpdateMember:
    return UpdateMember(origin(None), by(MEI), name, birthday, as_of_ms, optout)


def test_T4_whoever_joins_has_the_lowest_tier_without_an_end() -> None:
    stage = stage_with()
    stage.do(joins("小美"))
    assert (stage.member().tier, stage.member().tier_until_ms, stage.member().name) == ("basic", None, "小美")


def test_T4_the_author_tag_follows_from_the_member() -> None:
    stage = stage_with()
    stage.do(joins())
    assert stage.member().author == AuthorTag(derived("a", MEI))


def test_T4_whoever_gives_no_name_gets_a_neutral_one() -> None:
    stage = stage_with()
    stage.do(joins())
    assert stage.member().name == "用户" + stage.member().author[-4:]


def test_T4_joining_again_changes_nothing() -> None:
    stage = stage_with()
    stage.do(joins("小美", "05-20"))
    assert stage.decide(joins("小美", "05-20")).facts == ()


def test_T4_joining_again_fills_in_what_is_new_and_keeps_the_birthday() -> None:
    stage = stage_with()
    stage.do(joins())
    stage.do(joins("小美", "05-20"))
    stage.do(joins("美美", "06-01"))
    assert (stage.member().name, stage.member().birthday, stage.member().birthday_set_ms) == (
        "美美",
        "05-20",
        NOW,
    )


def test_T4_whoever_comes_by_an_identity_is_linked_to_it_at_once() -> None:
    command = JoinMember(origin(None), ByIdentity("douyin", "x"), "小美")
    decision = decide(command, MemberId("m_x"), a_world(), NOW)
    kinds = [type(fact) for fact in decision.facts]
    assert kinds == [MemberCreated, IdentityLinked]


def test_T4_an_identity_of_somebody_else_is_not_taken_away() -> None:
    stage = stage_with(a_member())
    stage.world.identities["douyin", "x"] = MemberId("other")
    refusal = stage.refused(LinkIdentity(origin(None), by(MEI), "douyin", "x"))
    assert refusal.code == "identity_taken"


def test_T4_linking_is_done_once() -> None:
    stage = stage_with(a_member())
    link = LinkIdentity(origin(None), by(MEI), "douyin", "x")
    assert [type(fact) for fact in stage.decide(link).facts] == [IdentityLinked]
    assert stage.decide(link).facts == ()


def test_T4_a_newcomer_linked_to_the_identity_that_named_them_is_linked_once() -> None:
    command = LinkIdentity(origin(None), ByIdentity("douyin", "x"), "douyin", "x")
    facts = decide(command, MemberId("m_x"), a_world(), NOW).facts
    assert [type(fact) for fact in facts] == [MemberCreated, IdentityLinked]


def test_T4_an_older_tokens_name_loses_and_a_newer_ones_wins() -> None:
    stage = stage_with()
    stage.do(joins("小美"))
    stage.do(update("旧名", as_of_ms=NOW - 1))
    assert stage.member().name == "小美"
    stage.do(update("新名", as_of_ms=NOW + 1))
    assert stage.member().name == "新名"


def test_T4_a_name_without_a_time_of_its_own_counts_now() -> None:
    stage = stage_with()
    stage.do(joins("小美"))
    stage.do(update("美美"))
    assert stage.member().name == "美美"


def test_T4_the_name_that_stands_already_writes_nothing() -> None:
    stage = stage_with(a_member())
    assert stage.decide(update("小美", as_of_ms=NOW)).facts == ()


def test_L2_opting_out_of_shout_outs_is_kept() -> None:
    stage = stage_with(a_member())
    assert stage.do(update(optout=True)) == Applied()
    assert stage.member().announce_optout
    assert stage.decide(update(optout=True)).facts == ()
    stage.do(update(optout=False))
    assert not stage.member().announce_optout


def test_T4_an_update_may_be_the_first_contact() -> None:
    stage = stage_with()
    facts = stage.decide(update("小美", as_of_ms=NOW, birthday="05-20")).facts
    assert [type(fact) for fact in facts] == [MemberCreated, MemberUpdated]
    assert (stage.member().name, stage.member().birthday) == ("小美", "05-20")


def test_T4_a_subject_by_our_id_is_taken_as_it_is() -> None:
    decision = decide(JoinMember(origin(None), ById(MEI)), MEI, a_world(), NOW)
    assert [type(fact) for fact in decision.facts] == [MemberCreated]
