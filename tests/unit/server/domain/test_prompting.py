"""The order of the host's lines, and what becomes of those that were said."""

from dataclasses import replace

from server.domain.phrases import Hint
from server.domain.prompting import (
    MOST_DONE,
    MOST_LINES,
    NOW,
    RUNNING,
    SOON,
    Line,
    Said,
    arranged,
    times_said,
    with_said,
)


def a_line(key: str, rank: int = RUNNING, since_ms: int = 0, stage: str = "on", says: str = "") -> Line:
    return Line(key, "task", rank, stage, Hint(says or key), 9_000, since_ms)


def said(key: str, stage: str = "on", at_ms: int = 1) -> Said:
    return Said(key, stage, "task", at_ms, "host:h1")


def test_L9_what_is_lost_within_the_minute_goes_first_then_the_newest() -> None:
    lines = [a_line("old", since_ms=1), a_line("new", since_ms=9), a_line("soon", SOON), a_line("now", NOW)]
    assert [line.key for line in arranged(lines)] == ["now", "soon", "new", "old"]


def test_L9_no_two_lines_have_one_key_or_the_same_words() -> None:
    lines = [
        a_line("a", says="x"),
        a_line("a", SOON, says="y"),
        a_line("b", NOW, says="x"),
        a_line("c", says="z"),
    ]
    assert [(line.key, line.says.key) for line in arranged(lines)] == [("b", "x"), ("a", "y"), ("c", "z")]


def test_L9_what_was_said_stands_behind_what_was_not_the_newest_first() -> None:
    lines = [a_line("a"), a_line("b"), a_line("c")]
    shown = with_said(lines, [said("a", at_ms=5), said("b", at_ms=7)])
    assert [(line.key, line.said_ms) for line in shown] == [("c", None), ("b", 7), ("a", 5)]


def test_L9_another_stage_is_to_be_said_again_and_the_first_one_never_more() -> None:
    spoken = [said("a", "on"), said("a", "soon")]
    assert with_said([a_line("a", stage="on")], spoken)[0].said_ms is not None
    assert with_said([a_line("a", stage="last")], spoken)[0].said_ms is None


def test_L9_a_screen_holds_so_many_and_no_more() -> None:
    many = [a_line(f"l{n}") for n in range(40)]
    spoken = [said(f"l{n}") for n in range(20)]
    assert len(with_said(many, ())) == MOST_LINES
    shown = with_said(many, spoken)
    assert [line.said_ms is None for line in shown] == [True] * MOST_LINES + [False] * MOST_DONE


def test_L9_what_was_said_is_counted_by_kind() -> None:
    spoken = [said("a"), said("b"), replace(said("c"), kind="gate")]
    assert times_said(spoken) == {"gate": 1, "task": 2}
