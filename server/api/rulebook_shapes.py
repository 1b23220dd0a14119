"""The bodies of the nouns `rulebooks` and `rules`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, StringConstraints

from server.api.shapes import Answer, Shape, ToldTwice, UnixMs, Verbatim
from server.domain.days import DAY_MS
from server.domain.rulebook import Rulebook
from server.ledger.rulebook_book import Kept
from server.rulebooks.schedule import Published, Schedule
from server.rulebooks.sentences import Sentence
from server.text.cleaning import cleaned

Note = Annotated[str, StringConstraints(max_length=500), AfterValidator(cleaned)]
State = Literal["draft", "coming", "in_force", "replaced"]


HOUR_MS = 3_600_000


class PostRulebook(Shape, ToldTwice):
    """A document and why. Lines of problems are those of this body."""

    document: Annotated[dict[str, object], Field(description="As `/v1/rulebook.schema.json` says.")]
    note: Note = ""
    """For people."""


class RawRulebook(Verbatim):
    """The document alone, as `/v1/rulebook.schema.json` says; lines of problems are those of the file."""


class PostPublish(Shape):
    effective_from_ms: UnixMs | None = None
    """At least 5 s ahead; absent = 5 s from now."""


class PostRollback(Shape):
    effective_from_ms: UnixMs | None = None
    """At least 5 s ahead; absent = 5 s from now."""
    note: Note = ""
    """For people."""


class RulebooksQuery(Shape):
    before: Annotated[int, Field(ge=1, le=999_999_999)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SentenceAnswer(Answer):
    field: str
    """Where in the document the rule stands."""
    text: dict[str, str]
    """`zh-CN` and `en`."""


class ComingAnswer(Answer):
    version: int
    effective_ms: int
    points_per_unit: int
    """Points that are one currency unit from then on (P6)."""


class RulebookAnswer(Answer):
    version: int
    preset: str
    """The preset it is, or `own`."""
    state: State
    """`replaced`: another one counts instead, or a later one took its place before its time."""
    note: str
    created_ms: int
    created_by: str
    effective_ms: int | None
    """null = a draft."""
    published_ms: int | None
    published_by: str | None


class RulebooksAnswer(Answer):
    rulebooks: list[RulebookAnswer]
    in_force: int
    points_per_unit: int
    """Points that are one currency unit now."""
    coming: list[ComingAnswer]
    more: int | None
    """Send it as `before` for the next page; null = there is none."""


class WholeRulebookAnswer(RulebookAnswer):
    document: dict[str, object]
    sentences: list[SentenceAnswer]
    earliest_ms: int
    """When these words could take force if they were published now (P6)."""


class GiftTermsAnswer(Answer):
    """How points may be given away (P5)."""

    from_tier: str
    min_days: int
    out_per_day: int
    in_per_day: int
    link_hours: int


class BoostTermsAnswer(Answer):
    points: int


class RulesAnswer(Answer):
    version: int
    points_per_unit: int
    """Points that are one currency unit now."""
    sentences: list[SentenceAnswer]
    coming: list[ComingAnswer]
    gifts: GiftTermsAnswer | None
    """null = points cannot be given away."""
    boost: BoostTermsAnswer | None
    """What the tier above costs for a day; null = it is not sold."""


class SchemaAnswer(RootModel[dict[str, object]]):
    """JSON Schema 2020-12."""


def rulebook_answer(kept: Kept, schedule: Schedule, now_ms: int) -> RulebookAnswer:
    return RulebookAnswer(
        version=kept.version,
        preset=kept.preset,
        state=_state(kept, schedule, now_ms),
        note=kept.note,
        created_ms=kept.created_ms,
        created_by=kept.actor,
        effective_ms=kept.effective_ms,
        published_ms=kept.published_ms,
        published_by=kept.published_by,
    )


def coming_answer(coming: Sequence[Published]) -> list[ComingAnswer]:
    return [
        ComingAnswer(
            version=one.version,
            effective_ms=one.effective_ms,
            points_per_unit=one.rulebook.spending.points_per_unit,
        )
        for one in coming
    ]


def gift_terms(rulebook: Rulebook) -> GiftTermsAnswer | None:
    rule = rulebook.gifts
    if rule is None:
        return None
    return GiftTermsAnswer(
        from_tier=rule.from_tier,
        min_days=-(-rule.age_ms // DAY_MS),
        out_per_day=rule.out_per_day,
        in_per_day=rule.in_per_day,
        link_hours=rule.link_ms // HOUR_MS,
    )


def boost_terms(rulebook: Rulebook) -> BoostTermsAnswer | None:
    return None if rulebook.boost is None else BoostTermsAnswer(points=rulebook.boost.points)


def sentence_answers(told: Sequence[Sentence]) -> list[SentenceAnswer]:
    return [SentenceAnswer(field=one.field, text={"zh-CN": one.zh, "en": one.en}) for one in told]


def _state(kept: Kept, schedule: Schedule, now_ms: int) -> State:
    if kept.effective_ms is None:
        return "draft"
    if kept.version == schedule.at(now_ms).version:
        return "in_force"
    coming = {one.version for one in schedule.coming(now_ms)}
    return "coming" if kept.version in coming else "replaced"
