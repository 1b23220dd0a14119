"""Where in a text each value stands."""

import json

from hypothesis import given, strategies as st

from server.rulebooks.positions import Path, Place, Positions

TEXT = """{
  "a": {"b": [1, {"c": "x\\"}{"}], "b2": []},
  "d": null,
  "d": true
}"""


def test_R8_each_value_has_its_line_and_column() -> None:
    positions = Positions(TEXT)
    assert positions.of(()) == Place(1, 1)
    assert positions.of(("a",)) == Place(2, 3)
    assert positions.of(("a", "b")) == Place(2, 9)
    assert positions.of(("a", "b", "0")) == Place(2, 15)
    assert positions.of(("a", "b", "1")) == Place(2, 18)
    assert positions.of(("a", "b", "1", "c")) == Place(2, 19)
    assert positions.of(("d",)) == Place(3, 3)


def test_R8_what_is_missing_has_the_place_it_would_stand_in() -> None:
    positions = Positions(TEXT)
    assert positions.of(("a", "b", "7", "x")) == positions.of(("a", "b"))
    assert positions.of(("nowhere",)) == Place(1, 1)


def test_R8_a_key_that_stands_twice_is_found() -> None:
    assert Positions(TEXT).twice == [(("d",), Place(4, 3))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def paths_of(value: object, path: Path = ()) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found += paths_of(inner, (*path, str(n)))
    return found


@given(JSON, st.sampled_from([None, 2]))
def test_R8_every_value_of_any_text_is_found_at_its_own_key(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    positions = Positions(text)
    lines = text.split("\n")
    assert positions.twice == []
    for path in paths_of(value):
        place = positions.of(path)
        rest = lines[place.line - 1][place.column - 1 :]
        assert rest.startswith('"') or not path or path[-1].isdigit()
