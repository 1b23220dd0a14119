"""The host's words fit a glance, whatever titles are in them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.domain.prompting import RUNNING, Line
from server.text.prompts import GLANCE, PROMPTS, glance, prompts, width

PLACES = {key: set(re.findall(r"{(\w+)}", message.zh)) for key, message in PROMPTS.items()}


@pytest.mark.parametrize("key", PROMPTS)
def test_X9_L9_both_languages_say_the_same_numbers(key: str) -> None:
    assert set(re.findall(r"{(\w+)[}:]", PROMPTS[key].en)) == PLACES[key]


@given(
    key=st.sampled_from(sorted(PROMPTS)),
    title=st.text("羊绒大衣 abc{}👨‍👩‍👧", max_size=90),
    number=st.integers(0, 10**10),
    money=st.integers(0, 10**11),
)
def test_L9_no_line_is_longer_than_a_glance(key: str, title: str, number: int, money: int) -> None:
    params: list[tuple[str, Param]] = []
    for name in sorted(PLACES[key]):
        if name in ("member", "price"):
            params.append((name, Money(money, "CNY")))
        elif name in ("title", "question", "leader", "text", "name", "tier"):
            params.append((name, title))
        elif name == "to":
            params.append((name, Hint("prompt.tier", (("tier", title),))))
        else:
            params.append((name, number))
    for language, said in glance(Hint(key, tuple(params))).items():
        assert width(said) <= GLANCE[language]


def test_L9_a_long_title_is_cut_and_the_numbers_stay() -> None:
    coat = "加厚羊绒双面呢大衣女款中长款秋冬新品限量首发" * 2
    said = glance(Hint("prompt.gate_open", (("title", coat), ("left", 88))))
    assert said["zh-CN"] == "「加厚羊绒双面呢大衣女款中长款秋冬新品限量首…」开抢了，还剩88件"
    assert said["en"].endswith("…” is open: 88 left")
    assert width(said["en"]) <= GLANCE["en"]


def test_L9_lines_that_end_up_with_the_same_words_are_one() -> None:
    long = "限时" * 40
    one = Line("task:1", "task", RUNNING, "on", Hint("prompt.task_last", (("title", long + "甲"),)), 9)
    two = replace(one, key="task:2", says=Hint("prompt.task_last", (("title", long + "乙"),)))
    assert [line.key for line, _ in prompts([one, two])] == ["task:1"]
