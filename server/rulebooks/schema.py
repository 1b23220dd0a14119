"""The JSON Schema of a rulebook document, made of the model that judges it. Pure. Rule O2."""

from __future__ import annotations

from functools import cache
from typing import Any

from server.rulebooks.document import RulebookDocument


@cache
def published_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12). What parts may not say of each other is in `checks`, not in here."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:liveroom:rulebook",
        **RulebookDocument.model_json_schema(),
        "title": "Rulebook of a liveroom programme",
        "description": "Amounts are minor units of the programme's currency, percentages integers (100 = all or ×1), "
        "times carry their unit in the name. Unknown keys are refused.",
    }
