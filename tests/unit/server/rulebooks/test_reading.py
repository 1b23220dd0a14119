"""What is wrong with a document is named by field, line, code and reason."""

import json

import pytest

from server.rulebooks.errors import Problem, RulebookInvalid
from server.rulebooks.loading import PRESETS, preset_text
from server.rulebooks.reading import (
    MOST_CHARACTERS,
    MOST_PROBLEMS,
    read_document,
    read_embedded,
    reread_document,
)
from tests.support.rulebooks import document, words


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(RulebookInvalid) as caught:
        read_document(text)
    return caught.value.problems


@pytest.mark.parametrize("preset", PRESETS)
def test_O3_O5_the_shipped_presets_have_no_problem(preset: str) -> None:
    assert read_document(preset_text(preset)).ladder


@pytest.mark.parametrize(
    "path, value, field, code",
    [
        ("colour", "x", "colour", "unknown_key"),
        ("order.bonus", 1, "order.bonus", "unknown_key"),
        ("order.growth_extra", -1, "order.growth_extra", "negative"),
        ("recall.coupon.off", -500, "recall.coupon.off", "negative"),
        ("spending.points_per_unit", -100, "spending.points_per_unit", "negative"),
        ("order.growth_extra", "20", "order.growth_extra", "wrong_type"),
        ("order.growth_extra", 1.5, "order.growth_extra", "not_whole"),
        ("order.growth_extra", 10**30, "order.growth_extra", "out_of_range"),
        ("order.growth_percent", 0, "order.growth_percent", "out_of_range"),
        ("spending.notice_days", 29, "spending.notice_days", "out_of_range"),
        ("ladder.1.color", "red", "ladder.1.color", "wrong_text"),
        ("ladder.1.name", "", "ladder.1.name", "wrong_text"),
        ("ladder", [], "ladder", "wrong_count"),
        ("ladder", {}, "ladder", "wrong_type"),
        ("year.drop", "sideways", "year.drop", "unknown_word"),
        ("behaviours.dance", {"points": 1, "per_day": 1}, "behaviours.dance", "unknown_word"),
        ("behaviours.like.per_day", 0, "behaviours.like.per_day", "out_of_range"),
        ("privileges.Gold!", {}, "privileges.Gold!", "wrong_text"),
        ("member_day", {}, "member_day.weekday", "contradiction"),
    ],
)
def test_O3_R8_a_wrong_shape_is_named_by_field_and_code(
    path: str, value: object, field: str, code: str
) -> None:
    found = problems(json.dumps(document({path: value})))
    assert [(problem.field, problem.code) for problem in found] == [(field, code)]
    assert found[0].message


def test_O3_the_line_and_column_are_those_of_the_text() -> None:
    text = words({"order.growth_extra": -1})
    (found,) = problems(text)
    line = text.split("\n")[found.line - 1]
    assert line.strip().startswith('"growth_extra": -1')
    assert line[found.column - 1 :].startswith('"growth_extra"')


def test_O3_a_missing_section_is_named_where_it_would_stand() -> None:
    made = document()
    del made["budgets"], made["order"]["growth_extra"]
    text = json.dumps(made, indent=2)
    found = {problem.field: problem for problem in problems(text)}
    assert {field: problem.code for field, problem in found.items()} == {
        "budgets": "missing",
        "order.growth_extra": "missing",
    }
    assert found["budgets"].line == 1
    assert text.split("\n")[found["order.growth_extra"].line - 1].strip() == '"order": {'


@pytest.mark.parametrize(
    "text, line, column",
    [("", 1, 1), ("{", 1, 2), ('{\n  "ladder": [,]\n}', 2, 14), ("\ufeff{}", 1, 1), ("{} {}", 1, 4)],
)
def test_O3_what_is_no_json_is_named_by_line(text: str, line: int, column: int) -> None:
    (found,) = problems(text)
    assert (found.code, found.field, found.line, found.column) == ("broken_json", "", line, column)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "9" * 5_000, "-" + "9" * 5_000])
def test_O3_a_word_that_is_no_number_is_named_by_line(word: str) -> None:
    text = words({"ladder.0.name": f"a {word[:40]} of text"}).replace(
        '"watch_gap_s": 60', f'"watch_gap_s": {word}'
    )
    (found,) = problems(text)
    line = text.split("\n")[found.line - 1]
    assert line.strip().startswith('"watch_gap_s"')
    assert line[found.column - 1 :].startswith(word)


@pytest.mark.parametrize(
    "text, code",
    [
        (b"\xff{}", "broken_json"),
        ("[" * 100_000, "broken_json"),
        ('{"ladder": NaN}', "broken_json"),
        ('{"watch_gap_s": ' + "9" * 5_000 + "}", "broken_json"),
        (" " * (MOST_CHARACTERS + 1), "too_large"),
        ("null", "wrong_type"),
        ("[]", "wrong_type"),
    ],
)
def test_R8_bytes_of_any_kind_are_refused_with_a_reason(text: str | bytes, code: str) -> None:
    assert problems(text)[0].code == code


def test_R8_half_a_character_is_refused_where_it_stands() -> None:
    text = words().replace('"#b87646"', '"\\ud800"')
    (found,) = problems(text)
    assert found.code == "broken_json"
    assert "ud800" in text.split("\n")[found.line - 1]


def test_R8_a_key_that_stands_twice_is_refused_although_parsers_take_the_last() -> None:
    text = words().replace('"watch_gap_s": 60', '"watch_gap_s": 60,\n  "watch_gap_s": 90')
    (found,) = problems(text)
    assert (found.field, found.code) == ("watch_gap_s", "duplicate_key")
    assert text.split("\n")[found.line - 1].strip() == '"watch_gap_s": 90,'


def test_R8_no_more_problems_than_anybody_reads() -> None:
    made = document()
    made |= {f"extra{n}": n for n in range(MOST_PROBLEMS + 20)}
    assert len(problems(json.dumps(made))) == MOST_PROBLEMS


def test_O3_embedded_in_a_body_the_lines_are_those_of_the_body() -> None:
    body = '{\n"note": "more growth",\n"document":\n' + words({"order.growth_extra": -1}) + "}"
    with pytest.raises(RulebookInvalid) as caught:
        read_embedded(body, "document")
    (found,) = caught.value.problems
    assert found.field == "order.growth_extra"
    assert '"growth_extra": -1' in body.split("\n")[found.line - 1]
    good, text = read_embedded('{"document": ' + words() + "}", "document")
    assert good == read_document(text) == read_document(words())


def test_R8_a_key_beside_the_document_that_stands_twice_is_named_too() -> None:
    with pytest.raises(RulebookInvalid) as caught:
        read_embedded('{"note": "a",\n"note": "b",\n"document": ' + words() + "}", "document")
    (found,) = caught.value.problems
    assert (found.field, found.code, found.line) == ("note", "duplicate_key", 2)


def test_LED62_what_was_accepted_once_is_read_again_whatever_checks_came_since() -> None:
    text = words({"budgets.show_points": 20_000_000})
    assert problems(text)[0].code == "budget_above_day"
    assert reread_document(text).budgets.show_points == 20_000_000
    with pytest.raises(RulebookInvalid):
        reread_document("{}")
