"""What a room is shown of redeemed rewards."""

from server.domain.facts import RewardRedeemed
from server.domain.redeemed import Redeemed, folded, says, shown
from server.domain.rewards import GOODS, Reward, RewardClaim
from server.ids import AuthorTag, MemberId, RedemptionId, RewardId, RoomId
from server.text.catalogue import say
from tests.unit.server.domain.builders import NOW, ROOM, terms


def redeemed(
    who: str, name: str | None = None, *, room: str | None = ROOM, reward: str = "bag"
) -> RewardRedeemed:
    claim = RewardClaim(RedemptionId(f"rr_{who}"), MemberId(who), RewardId(reward), "帆布袋", GOODS, 100, NOW)
    return RewardRedeemed(
        Reward(RewardId(reward), terms(), taken=1),
        claim,
        AuthorTag(f"a_{who}"),
        who if name is None else name,
        None if room is None else RoomId(room),
        20_000,
        NOW,
    )


def seen(*facts: RewardRedeemed) -> list[Redeemed]:
    return folded(one for fact in facts if (one := shown(fact)) is not None)


def test_P2_a_room_sees_what_was_redeemed_in_it_and_nobody_what_was_redeemed_elsewhere() -> None:
    [one] = seen(redeemed("anna"), redeemed("bert", room=None))
    assert (one.room, one.name, one.reward_name, one.count) == (ROOM, "anna", "帆布袋", 1)
    assert say(says(one), "zh-CN") == "anna 用积分兑换了帆布袋"


def test_P2_many_who_take_one_reward_are_one_moment_and_nobody_is_lost() -> None:
    bags, cup = seen(redeemed("anna"), redeemed("cora", reward="cup"), redeemed("bert"), redeemed("dora"))
    assert (bags.name, bags.count, cup.count) == ("anna", 3, 1)
    assert say(says(bags), "en") == "anna and 2 others redeemed points for 帆布袋"


def test_P2_whoever_may_be_named_stands_for_those_who_are_not() -> None:
    [one] = seen(redeemed("shy", ""), redeemed("anna"))
    assert (one.name, one.author, one.count) == ("anna", "a_anna", 2)
    [alone] = seen(redeemed("shy", ""))
    assert say(says(alone), "zh-CN") == "神秘用户 用积分兑换了帆布袋"
