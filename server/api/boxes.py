"""Blind boxes over HTTP, for everybody: what a series may hold, its promises, and the proof of an opening (P3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter
from starlette.responses import Response

from server.api.box_shapes import BoxPrizeAnswer, prize_answer
from server.api.operation import Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import not_found
from server.api.shapes import Answer, OurId
from server.domain.boxes import TICKET_SERIES, BoxPrize
from server.domain.days import date_of
from server.domain.fairness import BOX_ALGORITHM
from server.domain.rewards import BLIND_BOX
from server.domain.rulebook import Rulebook
from server.ids import OpeningId, RewardId, SeriesId
from server.ledger.box_queries import BoxQueries
from server.ledger.ports import QueriesPort

MOST_SEEDS = 31
"""Days of promises in one answer, the newest first."""
_TAG = "boxes"
_NOT_FOUND = Refusal(404, ("not_found",))


class SeedAnswer(Answer):
    date: str
    """YYYY-MM-DD, of the programme's calendar."""
    day: int
    commitment: str
    """SHA-256 of the 32 bytes of the seed, then `<series>_<day>`."""
    seed: str | None
    """64 hex digits; null until the day is over, and for ever if it was lost."""


class LeftAnswer(BoxPrizeAnswer):
    left: int | None
    """Pieces still to be had; null = without end."""


class SeriesAnswer(Answer):
    series: str
    contents: list[LeftAnswer]
    opened: int
    """Boxes opened so far: the next one's nonce is one more."""
    seeds: list[SeedAnswer]


class WeightAnswer(Answer):
    name: str
    weight: int


class BoxProofAnswer(Answer):
    """All that is needed to recompute an opened box (docs/decisions/0054-blind-boxes.md)."""

    algorithm: str
    opening: str
    series: str
    day: int
    commitment: str
    client_seed: str
    """The opener's own word: the `ref` of their act."""
    nonce: int
    contents: list[WeightAnswer]
    """What was still to be had at that moment, in order."""
    holds: int
    """Which of `contents` it held, from 0."""
    prize: str
    at_ms: int
    seed: str | None
    """64 hex digits; null until the day is over, and for ever if it was lost."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """The noun `boxes`."""

    boxes: BoxQueries
    queries: QueriesPort
    rulebook_at: Callable[[int], Rulebook]

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/boxes/{series}",
                "getBoxSeries",
                _TAG,
                "What the boxes of a series may hold, and the promised seed of each day.",
                Gate(public=True),
                self.series,
                {"series": TypeAdapter[str](OurId)},
                answer=SeriesAnswer,
                refusals=(_NOT_FOUND,),
                cross_origin=True,
            ),
            Operation(
                "GET",
                "/v1/boxes/{opening}/proof",
                "getBoxProof",
                _TAG,
                "All that anyone needs to recompute an opened box; its seed once the day is over.",
                Gate(public=True),
                self.prove,
                {"opening": TypeAdapter[str](OurId)},
                answer=BoxProofAnswer,
                refusals=(_NOT_FOUND,),
                cross_origin=True,
            ),
        )

    async def series(self, call: Call) -> Response:
        series = SeriesId(call.path["series"])
        contents = await self._contents(series, call.received_ms)
        given = await self.boxes.given(series) if any(one.stock is not None for one in contents) else {}
        shown = SeriesAnswer(
            series=series,
            contents=[
                LeftAnswer(
                    **prize_answer(one).model_dump(exclude_unset=True),
                    left=None if one.stock is None else max(0, one.stock - given.get(one.name, 0)),
                )
                for one in contents
            ],
            opened=await self.boxes.opened(series),
            seeds=[
                SeedAnswer(
                    date=date_of(one.day).isoformat(), day=one.day, commitment=one.commitment, seed=one.seed
                )
                for one in await self.boxes.seeds(series, MOST_SEEDS)
            ],
        )
        return answered(shown)

    async def prove(self, call: Call) -> Response:
        opening = await self.boxes.opening(OpeningId(call.path["opening"]))
        seed = None if opening is None else await self.boxes.seed(opening.series, opening.day)
        if opening is None or seed is None:
            raise not_found("box")
        proof = BoxProofAnswer(
            algorithm=BOX_ALGORITHM,
            opening=opening.id,
            series=opening.series,
            day=opening.day,
            commitment=seed.commitment,
            client_seed=opening.client_seed,
            nonce=opening.nonce,
            contents=[WeightAnswer(name=name, weight=weight) for name, weight in opening.contents],
            holds=opening.holds,
            prize=opening.prize,
            at_ms=opening.at_ms,
            seed=seed.seed,
        )
        return answered(proof)

    async def _contents(self, series: SeriesId, now_ms: int) -> tuple[BoxPrize, ...]:
        """Raises the 404."""
        if series == TICKET_SERIES:
            contents = self.rulebook_at(now_ms).streak.box
        else:
            reward = await self.queries.reward(RewardId(series))
            is_box = reward is not None and reward.terms.kind == BLIND_BOX
            contents = reward.terms.contents if reward is not None and is_box else ()
        if not contents:
            raise not_found("series")
        return contents
