"""No rule is without a sentence, no field without a description: also those that somebody adds tomorrow."""

import pytest

from server.rulebooks.document import RulebookDocument
from server.rulebooks.sentences import sentences
from tests.support.whole_rulebook import leaves, whole_document

UNSAID = (".comment.words.",)
"""Everybody reads the sentences; a list of what is blocked would be an invitation. They say how many there are."""
BEFORE = sentences(whole_document(), "CNY")


@pytest.mark.parametrize("path", [path for path in leaves() if not path.startswith(UNSAID)])
def test_O2_another_value_of_any_field_is_another_sentence(path: str) -> None:
    after = sentences(whole_document(path), "CNY")
    assert [one.zh for one in after] != [one.zh for one in BEFORE], (
        f"say {path} in server.rulebooks.sentences"
    )
    assert [one.en for one in after] != [one.en for one in BEFORE], (
        f"say {path} in server.rulebooks.sentences"
    )


def test_O2_every_field_of_the_published_schema_says_what_it_is() -> None:
    schema = RulebookDocument.model_json_schema()
    parts = {"RulebookDocument": schema, **schema["$defs"]}
    silent = [
        f"{part}.{field}"
        for part, shape in parts.items()
        for field, described in shape.get("properties", {}).items()
        if not described.get("description")
    ]
    assert silent == [], "give them a docstring with the unit"
