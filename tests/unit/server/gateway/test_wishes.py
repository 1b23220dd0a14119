import re
from pathlib import Path

import pytest

from server.gateway.app import FEATURES
from server.gateway.wishes import ACTS, CastVote, LikeIt, OptOut, RedeemIt, Say, ShareIt, Unread, read_act
from server.ids import RewardId


def test_L13_a_comment_is_cleaned_and_measured_on_the_way_in() -> None:
    wish = read_act("comment", {"text": " 好看！\u202e 🎉 "})
    assert isinstance(wish, Say)
    assert wish.comment.text == "好看！ 🎉"
    assert wish.comment.graphemes == 3


def test_E2_what_earns_is_read_as_it_was_meant() -> None:
    assert read_act("like", {"count": 50}) == LikeIt(50)
    assert read_act("share", {"channel": "微信"}) == ShareIt("微信")
    assert read_act("announce_optout", {"on": False}) == OptOut(False)


@pytest.mark.parametrize("reward", ["", "a b", "x" * 65, 7, None, "帆布袋"])
def test_P2_a_reward_is_named_by_its_id(reward: object) -> None:
    assert read_act("redeem", {"reward": "bag.v2:red"}) == RedeemIt(RewardId("bag.v2:red"))
    assert read_act("redeem", {"reward": reward}) == Unread("data.reward", "a reward's id")


@pytest.mark.parametrize("text", ["字" * 200, "👨‍👩‍👧" * 200])
def test_R8_two_hundred_characters_are_a_comment_however_many_bytes_they_take(text: str) -> None:
    assert isinstance(read_act("comment", {"text": text}), Say)
    assert isinstance(read_act("comment", {"text": text + "字"}), Unread)


def test_L8_a_vote_names_a_poll_and_an_option() -> None:
    assert read_act("vote", {"poll": "p7", "option": "a"}) == CastVote("p7", "a")
    wrong = read_act("vote", {"poll": "p7", "option": ""})
    assert isinstance(wrong, Unread)
    assert wrong.field == "data.option"


def test_R8_what_is_wrong_is_said_in_one_sentence() -> None:
    wish = read_act("like", {"count": 99})
    assert isinstance(wish, Unread)
    assert wish.message == "data.count must be a whole number from 1 to 50"


def test_R8_a_foreign_key_is_never_shown_as_it_came() -> None:
    wish = read_act("follow", {"\x1b[31m" * 100: 1})
    assert isinstance(wish, Unread)
    assert wish.field == "data.?"


def test_E2_L8_every_act_of_the_protocol_is_there_and_is_named_to_clients() -> None:
    protocol = (Path(__file__).parents[4] / "docs" / "protocol.md").read_text()
    section = protocol.split("### 1.4 Acts\n")[1].split("\nEach `ref`")[0]
    said = re.findall(r"(?:^| · )`(\w+) \{", section)
    assert len(said) > 10
    assert set(ACTS) == set(said)
    assert set(FEATURES) == {f"act.{name}" for name in said} | {"watch"}
