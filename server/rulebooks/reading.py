"""From the text of a rulebook to the document, or to every problem it has, by field, line and code. Rules O3, O5."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from server.rulebooks.checks import wrongs
from server.rulebooks.document import RulebookDocument
from server.rulebooks.errors import Problem, RulebookInvalid
from server.rulebooks.positions import Path, Positions, place_of_word

MOST_CHARACTERS = 262_144
"""A shipped preset has four thousand."""
MOST_PROBLEMS = 100
"""Nobody mends more at once."""

_CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "literal_error": "unknown_word",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "int_from_float": "not_whole",
    "int_parsing_size": "out_of_range",
    "string_pattern_mismatch": "wrong_text",
    "string_too_short": "wrong_text",
    "string_too_long": "wrong_text",
    "string_unicode": "wrong_text",
    "too_short": "wrong_count",
    "too_long": "wrong_count",
    "value_error": "contradiction",
}
"""pydantic's error type → our code; any other is `wrong_type`."""
_MOST_DIGITS = sys.int_info.default_max_str_digits
_AT = re.compile(r"at line (\d+) column (\d+)")
_NAMED = re.compile(r"(\w+): (.*)", re.DOTALL)


def read_document(text: bytes | str) -> RulebookDocument:
    """Return the document in `text` (JSON). Raises RulebookInvalid naming everything that is wrong."""
    words = _decoded(text)
    positions = _positions(words)
    return _judged(words, positions, ())


def read_embedded(body: bytes | str, key: str) -> tuple[RulebookDocument, str]:
    """Return the document under `key` of a JSON object, and its text; lines are those of the whole body.

    Raises RulebookInvalid also where a key beside the document stands twice.
    """
    words = _decoded(body)
    positions = _positions(words)
    inner = json.dumps(json.loads(words)[key], ensure_ascii=False, indent=2)
    return _judged(inner, positions, (key,)), inner


def reread_document(text: str) -> RulebookDocument:
    """Return a document that was accepted before. What it may say was judged then, perhaps by other checks.

    Raises RulebookInvalid when this program cannot read it.
    """
    try:
        return RulebookDocument.model_validate_json(text)
    except ValidationError as error:
        raise RulebookInvalid(_problems(error, Positions(text), ())) from None


def _decoded(text: bytes | str) -> str:
    try:
        words = text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise RulebookInvalid([Problem("", "broken_json", f"not UTF-8: {broken.reason}")]) from None
    if len(words) > MOST_CHARACTERS:
        raise RulebookInvalid([Problem("", "too_large", f"at most {MOST_CHARACTERS} characters")])
    return words


def _positions(words: str) -> Positions:
    try:
        json.loads(words, parse_constant=_no_number)
    except json.JSONDecodeError as broken:
        problem = Problem("", "broken_json", f"not JSON: {broken.msg}", broken.lineno, broken.colno)
        raise RulebookInvalid([problem]) from None
    except RecursionError:
        raise RulebookInvalid([Problem("", "broken_json", "nested too deep")]) from None
    except ValueError as broken:
        place = place_of_word(words, _is_no_number)
        problem = Problem("", "broken_json", f"not JSON: {broken}", place.line, place.column)
        raise RulebookInvalid([problem]) from None
    return Positions(words)


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def _is_no_number(word: str) -> bool:
    """Whether Python's parser makes no number of it: a word of its own, or more digits than it converts."""
    return word in ("NaN", "Infinity", "-Infinity") or (word[0] != '"' and len(word) > _MOST_DIGITS)


def _judged(words: str, positions: Positions, within: Path) -> RulebookDocument:
    problems = []
    for path, place in positions.twice:
        field = ".".join(path[len(within) :] if path[: len(within)] == within else path)
        problems.append(Problem(field, "duplicate_key", "stands here twice", place.line, place.column))
    try:
        document = RulebookDocument.model_validate_json(words)
    except ValidationError as error:
        problems += _problems(error, positions, within)
    else:
        for wrong in wrongs(document):
            place = positions.of((*within, *wrong.field.split(".")))
            problems.append(Problem(wrong.field, wrong.code, wrong.message, place.line, place.column))
        if not problems:
            return document
    problems.sort(key=lambda problem: (problem.line, problem.column))
    raise RulebookInvalid(problems[:MOST_PROBLEMS])


def _problems(error: ValidationError, positions: Positions, within: Path) -> list[Problem]:
    return [_problem(found, positions, within) for found in error.errors(include_url=False)]


def _not_json(found: ErrorDetails, within: Path) -> Problem:
    """What our parser let through and pydantic's does not: half of a surrogate pair."""
    at = _AT.search(found["msg"]) if not within else None
    line, column = (int(at[1]), int(at[2])) if at is not None else (1, 1)
    return Problem("", "broken_json", found["msg"], line, column)


def _problem(found: ErrorDetails, positions: Positions, within: Path) -> Problem:
    if found["type"] == "json_invalid":
        return _not_json(found, within)
    # pydantic writes "[key]" behind a key that is itself the problem.
    path = tuple(str(step) for step in found["loc"] if step != "[key]")
    message = found["msg"].removeprefix("Value error, ")
    code = _CODES.get(found["type"], "wrong_type")
    given = found["input"]
    if code == "wrong_type" and isinstance(given, float):
        code = "not_whole"
    if code == "out_of_range" and isinstance(given, int) and given < 0:
        code = "negative"
    named = _NAMED.fullmatch(message) if code == "contradiction" else None
    if named is not None:  # a part's own check says which of its fields it means
        path, message = (*path, named[1]), named[2]
    place = positions.of((*within, *path))
    return Problem(".".join(path), code, message, place.line, place.column)
