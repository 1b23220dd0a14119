"""The words that request and answer bodies are made of. Unknown keys are refused; nothing is converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints

from server.credentials.access import subject_of
from server.domain.money import MAX_AMOUNT
from server.ids import is_foreign_id
from server.text.cleaning import cleaned, graphemes

MAX_TITLE = 60
"""Graphemes (PROTOCOL §1.3)."""


class Shape(BaseModel):
    """A body that people send us."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True, defer_build=True
    )


class ToldTwice:
    """Mixed into a body shape whose handler itself names keys that are said twice, by line."""


class Verbatim(RootModel[dict[str, object]], ToldTwice):
    """A body whose text its handler judges, down to whether it is JSON: nothing is read of it before."""


class Coded:
    """Mixed into a body shape whose 422s have codes of their own."""

    TAGS: ClassVar[frozenset[str]]
    """Names of the union's members, which pydantic puts into paths and nobody sent."""
    CODES: ClassVar[Mapping[str, str]]
    """pydantic's error type, of the whole body or of one element → our code."""


class Answer(BaseModel):
    """A body that we send. Keys may be added later; those here stay."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, defer_build=True)


def _printable(text: str) -> str:
    if not is_foreign_id(text):
        raise ValueError("must be 1-256 printable characters")
    return text


def _title(text: str) -> str:
    shown = cleaned(text)
    if not shown:
        raise ValueError("holds nothing that can be seen")
    if len(graphemes(shown)) > MAX_TITLE:
        raise ValueError(f"must be at most {MAX_TITLE} graphemes")
    return shown


def _subject(text: str) -> str:
    subject_of(text)
    return text


OurId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
"""An id of ours: room, show, reward …"""
TierName = OurId
ForeignId = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_printable)]
"""An id another system gave: orders, SKUs, openids, event ids, sources."""
SubjectText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=321),
    AfterValidator(_subject),
    Field(description="`member:<id>`, `<platform>:<openid>` or a bare member id"),
]
Amount = Annotated[int, Field(gt=0, le=MAX_AMOUNT, description="minor units")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Birthday = Annotated[
    str,
    StringConstraints(
        pattern=r"^(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])$|^(0[469]|11)-(0[1-9]|[12][0-9]|30)$|^02-(0[1-9]|[12][0-9])$"
    ),
]
"""MM-DD; the 29th of February is a birthday too."""
MemberName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""Cleaned and cut to 12 graphemes before it is shown."""
Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=240),
    AfterValidator(_title),
    Field(description="at most 60 graphemes; what cannot be seen is taken out"),
]
UnixMs = Annotated[int, Field(ge=0, le=2**53 - 1, description="Unix milliseconds, UTC")]
