from dataclasses import replace

import pytest

from loadtest.figures import Figures
from loadtest.smoke import limits_for
from loadtest.verdict import Limits, judge, report


def good_figures() -> Figures:
    figures = Figures(viewers=10, kept_expected=100, kept_received=100)
    for histogram in (figures.moment_us, figures.card_us, figures.comment_us, figures.act_us, figures.lag_us):
        histogram.add(9_000, 100)
    return figures


LIMITS = Limits(least_viewers=10, least_moments=50)


def test_VRD1_good_figures_pass_without_a_word() -> None:
    verdict = judge(good_figures(), LIMITS)
    assert (verdict.passed, verdict.reasons, verdict.remarks) == (True, (), ())


def test_VRD1_every_reason_is_named() -> None:
    figures = good_figures()
    figures.missing = 2
    figures.kept_received = 98
    figures.unanswered = 1
    figures.moment_us.add(900_000, 10)
    figures.closes["1006"] += 3
    reasons = judge(figures, LIMITS).reasons
    assert len(reasons) == 5
    assert "2 kept frames missing in their place" in reasons
    assert "reach 98.000%: 2 of 100 kept frames did not arrive" in reasons
    assert "closed 3 times with 1006" in reasons


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"viewers": 9}, "only 9 of 10 viewers got in"),
        ({"missing": 1}, "1 kept frames missing"),
        ({"upgrades_refused": 1}, "1 connections were refused"),
        ({"posts": 4, "posts_refused": 2}, "2 of 4 posts were refused"),
        ({"unanswered": 1}, "1 acts were never answered"),
        ({"kept_received": 99}, "reach 99.000%"),
        ({"kept_expected": 0, "kept_received": 0}, "reach was not measured"),
    ],
)
def test_VRD2_each_loss_alone_fails(change: dict[str, int], reason: str) -> None:
    figures = good_figures()
    for name, value in change.items():
        setattr(figures, name, value)
    verdict = judge(figures, LIMITS)
    assert not verdict.passed
    [said] = verdict.reasons
    assert reason in said


def test_VRD2_a_fault_of_the_contract_fails_in_its_own_words() -> None:
    figures = good_figures()
    figures.faults["unknown frame type 'x'"] += 2
    assert judge(figures, LIMITS).reasons == ("outside the contract, 2 times: unknown frame type 'x'",)


@pytest.mark.parametrize("name", ["moment_us", "card_us", "comment_us", "act_us", "lag_us"])
def test_VRD2_a_figure_that_was_not_taken_fails(name: str) -> None:
    figures = good_figures()
    getattr(figures, name).counts.clear()
    assert not judge(figures, replace(LIMITS, least_moments=0)).passed


def test_VRD2_too_few_shout_outs_fail() -> None:
    assert judge(good_figures(), replace(LIMITS, least_moments=101)).reasons == (
        "only 100 of 101 shout-outs arrived",
    )


def test_VRD3_a_latency_beyond_its_limit_fails() -> None:
    figures = good_figures()
    figures.moment_us.add(250_000, 2)
    [reason] = judge(figures, LIMITS).reasons
    assert reason.startswith("shout-out p99 ")
    assert reason.endswith("more than 200 ms")


def test_VRD3_a_generator_that_was_late_itself_judges_no_latency() -> None:
    figures = good_figures()
    figures.moment_us.add(250_000, 100)
    figures.lag_us.add(80_000, 2)
    verdict = judge(figures, LIMITS)
    assert verdict.passed
    assert "the generator itself was late" in verdict.remarks[0]


def test_VRD1_the_report_shows_every_figure_of_a_latency() -> None:
    lines = report(good_figures())
    assert "reach 100.000%" in lines
    assert "p50 9.2 ms · p99 9.2 ms · max 9.2 ms · 100 times" in lines


def test_VRD2_what_must_at_least_happen_grows_with_the_crowd() -> None:
    assert limits_for(101, 60) == Limits(least_viewers=100, least_moments=225)
    assert limits_for(2, 10) == Limits(least_viewers=1, least_moments=1)
