"""What a blind box may hold, as it is sent and shown (P2, P3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from server.api.shapes import Answer, Shape, Title
from server.domain.boxes import COUPON, MOST_WEIGHT, POINTS, BoxPrize
from server.domain.days import DAY_MS
from server.domain.money import MAX_AMOUNT

Kind = Literal["points", "coupon", "goods"]
_KINDS: Final[Mapping[str, Kind]] = {"points": "points", "coupon": "coupon", "goods": "goods"}
_NEEDED = {"points": {"points"}, "coupon": {"off"}, "goods": set[str]()}


class BoxPrizeShape(Shape):
    """`points` gives points, `coupon` takes `off` an order (from `min` on), `goods` are sent by the shop."""

    name: Title
    """No two of one box are the same."""
    kind: Kind
    weight: Annotated[int, Field(ge=1, le=MOST_WEIGHT)]
    """How likely it is beside the others."""
    stock: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """How many there are in all, those given included; absent = without end."""
    points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    off: Annotated[int, Field(ge=1, le=1_000_000, description="minor units")] | None = None
    min: Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="minor units")] | None = None
    days: Annotated[int, Field(ge=1, le=365)] | None = None
    """How long the coupon may be used; 7 unless given."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        wanted = _NEEDED[self.kind]
        allowed = wanted | ({"min", "days"} if self.kind == "coupon" else set())
        given = {name for name in ("points", "off", "min", "days") if getattr(self, name) is not None}
        if missing := wanted - given:
            raise ValueError(f"a prize of kind {self.kind} needs {', '.join(sorted(missing))}")
        if strange := given - allowed:
            raise ValueError(f"a prize of kind {self.kind} has no {', '.join(sorted(strange))}")
        return self

    def prize(self) -> BoxPrize:
        return BoxPrize(
            name=self.name,
            kind=self.kind,
            weight=self.weight,
            stock=self.stock,
            points=self.points or 0,
            off=self.off or 0,
            min=self.min or 0,
            valid_ms=(self.days or 7) * DAY_MS if self.kind == COUPON else 0,
        )


class BoxPrizeAnswer(Answer):
    name: str
    kind: Kind
    weight: int
    stock: int | None
    points: int | None = None
    off: int | None = None
    min: int | None = None
    days: int | None = None


def prize_answer(prize: BoxPrize) -> BoxPrizeAnswer:
    shown = BoxPrizeAnswer(name=prize.name, kind=_KINDS[prize.kind], weight=prize.weight, stock=prize.stock)
    if prize.kind == POINTS:
        return shown.model_copy(update={"points": prize.points})
    if prize.kind == COUPON:
        days = prize.valid_ms // DAY_MS
        return shown.model_copy(update={"off": prize.off, "min": prize.min, "days": days})
    return shown
