"""Rulebooks over HTTP: drafts, publishing, rolling back, the schema, and the rules in words. X3, O2, P6."""

from __future__ import annotations

import json

from pydantic import TypeAdapter
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered, answered_json
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.rulebook_shapes import (
    PostPublish,
    PostRollback,
    PostRulebook,
    RawRulebook,
    RulebooksAnswer,
    RulebooksQuery,
    RulesAnswer,
    SchemaAnswer,
    SentenceAnswer,
    WholeRulebookAnswer,
    boost_terms,
    coming_answer,
    gift_terms,
    rulebook_answer,
    sentence_answers,
)
from server.domain.room import Json
from server.ledger.rulebook_book import Kept, RulebookBook
from server.ledger.rulebooks import LiveRulebooks
from server.rulebooks.document import RulebookDocument
from server.rulebooks.errors import RulebookInvalid
from server.rulebooks.loading import rulebook_of
from server.rulebooks.publishing import NotYet, earliest
from server.rulebooks.reading import read_document, read_embedded, reread_document
from server.rulebooks.schema import published_schema
from server.rulebooks.sentences import for_viewers, sentences

RAW = "application/vnd.liveroom.rulebook+json"
MOST_RULEBOOKS = 2_000
"""Documents are kept for ever; at one a day that is five years."""
_TAG = "rulebooks"
_OPERATOR = Gate(operator=True)
_PUBLIC = Gate(public=True)
_VERSION = {"version": TypeAdapter[str](str)}
_NOT_FOUND = Refusal(404, ("not_found",))
_NOT_YET = ("too_soon", "notice_too_short", "tier_missing")


class Rulebooks:
    """The nouns `rulebooks` and `rules`."""

    def __init__(self, book: RulebookBook, live: LiveRulebooks, currency: str) -> None:
        self._book = book
        self._live = live
        self._currency = currency
        self._said: tuple[int, list[SentenceAnswer]] | None = None
        """The sentences of the version that was asked for last: everybody asks for the same."""

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rulebooks",
                "listRulebooks",
                _TAG,
                "Every version, newest first: drafts, what counts, what is coming.",
                _OPERATOR,
                self.list_rulebooks,
                query=RulebooksQuery,
                answer=RulebooksAnswer,
            ),
            Operation(
                "POST",
                "/v1/rulebooks",
                "draftRulebook",
                _TAG,
                "Keep a document as a draft; a wrong one is refused with the field, line and reason of every problem.",
                _OPERATOR,
                self.draft,
                bodies={JSON: PostRulebook, RAW: RawRulebook},
                answer=WholeRulebookAnswer,
                status=201,
                refusals=(Refusal(422, ("rulebook_invalid",)), Refusal(409, ("limit_reached",))),
            ),
            Operation(
                "GET",
                "/v1/rulebooks/{version}",
                "getRulebook",
                _TAG,
                "One version: the document, and every rule of it in one sentence.",
                _OPERATOR,
                self.get,
                _VERSION,
                answer=WholeRulebookAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rulebooks/{version}/publish",
                "publishRulebook",
                _TAG,
                "Let a draft take force, on every server at once, in place of whatever was still to come.",
                _OPERATOR,
                self.publish,
                _VERSION,
                bodies={JSON: PostPublish},
                answer=WholeRulebookAnswer,
                refusals=(_NOT_FOUND, Refusal(409, (*_NOT_YET, "already_published", "newer_published"))),
            ),
            Operation(
                "POST",
                "/v1/rulebooks/{version}/rollback",
                "rollBackRulebook",
                _TAG,
                "Publish the words of an earlier published version again, as a new version.",
                _OPERATOR,
                self.roll_back,
                _VERSION,
                bodies={JSON: PostRollback},
                answer=WholeRulebookAnswer,
                status=201,
                refusals=(_NOT_FOUND, Refusal(409, (*_NOT_YET, "limit_reached"))),
            ),
            Operation(
                "GET",
                "/v1/rulebook.schema.json",
                "getRulebookSchema",
                _TAG,
                "What a document looks like: JSON Schema 2020-12, every field described.",
                _PUBLIC,
                self.schema,
                answer=SchemaAnswer,
                answer_type="application/schema+json",
            ),
            Operation(
                "GET",
                "/v1/rules",
                "getRules",
                _TAG,
                "The rules in force, one sentence each, and what is coming.",
                _PUBLIC,
                self.rules,
                answer=RulesAnswer,
                cross_origin=True,
            ),
        )

    async def list_rulebooks(self, call: Call) -> Response:
        query, now_ms = call.query_as(RulebooksQuery), call.received_ms
        await self._live.refresh(now_ms)
        schedule = self._live.schedule
        found = await self._book.versions(query.before, query.limit)
        shown = RulebooksAnswer(
            rulebooks=[rulebook_answer(one, schedule, now_ms) for one in found],
            in_force=schedule.at(now_ms).version,
            points_per_unit=schedule.rate_at(now_ms),
            coming=coming_answer(schedule.coming(now_ms)),
            more=found[-1].version if len(found) == query.limit else None,
        )
        return answered(shown)

    async def draft(self, call: Call) -> Response:
        try:
            if isinstance(call.body, PostRulebook):
                _, document = read_embedded(call.raw, "document")
                note = call.body.note
            else:
                read_document(call.raw)
                document, note = call.raw.decode(), ""
        except RulebookInvalid as invalid:
            raise _refused(invalid) from None
        kept = await self._book.draft(document, note, call.origin(), MOST_RULEBOOKS)
        if kept is None:
            raise Problem(409, "limit_reached", f"there are {MOST_RULEBOOKS} rulebooks already")
        return self._shown(kept, call, 201)

    async def get(self, call: Call) -> Response:
        await self._live.refresh(call.received_ms)
        kept = await self._book.version(_version(call))
        if kept is None:
            raise not_found("rulebook")
        return self._shown(kept, call)

    async def publish(self, call: Call) -> Response:
        wished_ms = call.body_as(PostPublish).effective_from_ms
        return self._done(await self._book.publish(_version(call), wished_ms, call.origin()), call, 200)

    async def roll_back(self, call: Call) -> Response:
        body = call.body_as(PostRollback)
        done = await self._book.roll_back(
            _version(call), body.effective_from_ms, body.note, call.origin(), MOST_RULEBOOKS
        )
        return self._done(done, call, 201)

    async def schema(self, _call: Call) -> Response:
        text = json.dumps(published_schema(), ensure_ascii=False, indent=1)
        return Response(text, media_type="application/schema+json")

    async def rules(self, call: Call) -> Response:
        schedule, now_ms = self._live.schedule, call.received_ms
        version = schedule.at(now_ms).version
        if self._said is None or self._said[0] != version:
            await self._live.refresh(now_ms)  # a process that has just begun may only have guessed
            schedule = self._live.schedule
            version = schedule.at(now_ms).version
            kept = await self._book.version(version)
            if kept is None:
                raise not_found("rulebook")
            told = sentences(reread_document(kept.document), self._currency)
            self._said = (version, sentence_answers(for_viewers(told)))
        shown = RulesAnswer(
            version=version,
            points_per_unit=schedule.rate_at(now_ms),
            sentences=self._said[1],
            coming=coming_answer(schedule.coming(now_ms)),
            gifts=gift_terms(schedule.at(now_ms).rulebook),
            boost=boost_terms(schedule.at(now_ms).rulebook),
        )
        return answered(shown, headers={"cache-control": "max-age=1"})

    def _done(self, done: Kept | NotYet | None, call: Call, status: int) -> Response:
        if done is None:
            raise not_found("rulebook")
        if isinstance(done, NotYet):
            extra: dict[str, Json] = {} if done.earliest_ms is None else {"earliest_ms": done.earliest_ms}
            raise Problem(409, done.code, done.message, extra=extra)
        return self._shown(done, call, status)

    def _shown(self, kept: Kept, call: Call, status: int = 200) -> Response:
        now_ms, schedule = call.received_ms, self._live.schedule
        document: RulebookDocument = reread_document(kept.document)
        rulebook = rulebook_of(document, preset=kept.preset, currency=self._currency, version=kept.version)
        whole = WholeRulebookAnswer(
            **rulebook_answer(kept, schedule, now_ms).model_dump(),
            document=json.loads(kept.document),
            sentences=sentence_answers(sentences(document, self._currency)),
            earliest_ms=earliest(rulebook, schedule, now_ms),
        )
        return answered_json(whole.model_dump(mode="json"), status)


def _version(call: Call) -> int:
    text = call.path["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise not_found("rulebook")
    return int(text)


def _refused(invalid: RulebookInvalid) -> Problem:
    problems: list[Json] = [
        {"field": one.field, "line": one.line, "column": one.column, "code": one.code, "reason": one.message}
        for one in invalid.problems
    ]
    first = invalid.problems[0]
    detail = f"line {first.line}: {first.field or 'document'}: {first.message}"
    return Problem(422, "rulebook_invalid", detail, extra={"problems": problems})
