"""The reward shop over HTTP: what it holds, and goods that could not be sent (P2, P7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel, StringConstraints, TypeAdapter
from starlette.responses import Response

from server.api.box_shapes import BoxPrizeAnswer, BoxPrizeShape, prize_answer
from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.principals import Gate
from server.api.problems import Problem, not_found
from server.api.refusing import applied
from server.api.shapes import Amount, Answer, Coded, OurId, Shape, Title
from server.domain.boxes import MOST_PRIZES
from server.domain.commands import ById, CancelReward, CloseReward, PutReward as PutRewardCommand
from server.domain.money import MAX_AMOUNT
from server.domain.rewards import (
    BLIND_BOX,
    CLOSED,
    COUPON,
    GOODS,
    Reward,
    RewardClaim,
    RewardTerms,
    in_shop_order,
)
from server.ids import RedemptionId, RewardId
from server.intake import Intake
from server.ledger.ports import QueriesPort
from server.text.cleaning import cleaned

MAX_REWARDS = 500
"""In one shop, closed ones apart: every viewer may read it whole, and every node keeps it."""
_SHOP = Gate(scope="rewards", operator=True)
_ID = {"id": TypeAdapter[str](OurId)}
_NOT_FOUND = Refusal(404, ("not_found",))
_TAG = "rewards"
_YEAR_S = 366 * 86_400

Points = Annotated[int, Field(gt=0, le=MAX_AMOUNT, description="points")]


class _Terms(Shape):
    name: Title
    cost: Points
    stock: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] | None = None
    """How many there are in all, those taken included; absent = without end."""
    per_member: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many one member may have; absent = any number."""
    cooldown_s: Annotated[int, Field(ge=0, le=_YEAR_S)] = 0
    """So long a member waits between two."""
    image: Annotated[str, StringConstraints(pattern=r"^https://[!-~]+$", max_length=2_048)] | None = None
    order: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Among rewards of the same cost, the smaller comes first."""


class PutGoods(_Terms):
    """Something the shop sends when `reward.redeemed` tells it."""

    kind: Literal["goods"]


class PutCoupon(_Terms):
    """A single-use coupon bound to the member, given at once."""

    kind: Literal["coupon"]
    off: Amount
    """Off one order."""
    min: Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="minor units")] = 0
    """The smallest order; 0 = any."""
    valid_ms: Annotated[int, Field(ge=60_000, le=_YEAR_S * 1_000)]
    """How long it lives once redeemed."""


class PutBlindBox(_Terms):
    """A box that is opened at once and holds one of its contents; anyone can recompute which (P3)."""

    kind: Literal["blind_box"]
    contents: Annotated[list[BoxPrizeShape], Field(min_length=1, max_length=MOST_PRIZES)]


class PutReward(Coded, RootModel[Annotated[PutGoods | PutCoupon | PutBlindBox, Field(discriminator="kind")]]):
    """A reward's terms, whole."""

    model_config = ConfigDict(frozen=True)
    TAGS: ClassVar[frozenset[str]] = frozenset((GOODS, COUPON, BLIND_BOX))
    CODES: ClassVar[Mapping[str, str]] = {}


class PostCancel(Shape):
    reason: Annotated[str, StringConstraints(max_length=500), AfterValidator(cleaned)] = ""
    """For the audit; the member does not see it."""


class RewardAnswer(Answer):
    id: str
    name: str
    kind: Literal["goods", "coupon", "blind_box"]
    cost: int
    stock: int | None
    stock_left: int | None
    """How many are still to be had; null = without end."""
    per_member: int | None
    cooldown_s: int
    image: str | None
    order: int
    state: Literal["open", "closed"]
    rev: int
    off: int | None = None
    min: int | None = None
    valid_ms: int | None = None
    contents: list[BoxPrizeAnswer] | None = None
    """Of a blind box."""


class RewardsAnswer(Answer):
    rewards: list[RewardAnswer]


class ClaimAnswer(Answer):
    id: str
    member: str
    reward: str
    name: str
    kind: str
    cost: int
    at_ms: int
    state: Literal["taken", "cancelled"]
    coupon: str | None


@dataclass(frozen=True, slots=True)
class Rewards:
    """The noun `rewards`."""

    queries: QueriesPort
    intake: Intake

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rewards",
                "listRewards",
                _TAG,
                "The open reward shop: what can be had first, the cheapest of it first.",
                Gate(public=True),
                self.list_rewards,
                answer=RewardsAnswer,
                cross_origin=True,
            ),
            Operation(
                "GET",
                "/v1/rewards/{id}",
                "getReward",
                _TAG,
                "One reward, also a closed one.",
                _SHOP,
                self.get_reward,
                _ID,
                answer=RewardAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "PUT",
                "/v1/rewards/{id}",
                "putReward",
                _TAG,
                "Put a reward into the shop, or replace its terms; a closed one is open again.",
                _SHOP,
                self.put_reward,
                _ID,
                bodies={JSON: PutReward},
                answer=RewardAnswer,
                refusals=(Refusal(409, ("bad_request", "limit_reached")),),
            ),
            Operation(
                "DELETE",
                "/v1/rewards/{id}",
                "closeReward",
                _TAG,
                "Take a reward out of the shop; what was redeemed stays.",
                _SHOP,
                self.close_reward,
                _ID,
                answer=RewardAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "GET",
                "/v1/rewards/redemptions/{id}",
                "getRewardRedemption",
                _TAG,
                "One redeemed reward, as `reward.redeemed` names it.",
                _SHOP,
                self.get_claim,
                _ID,
                answer=ClaimAnswer,
                refusals=(_NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rewards/redemptions/{id}/cancel",
                "cancelRewardRedemption",
                _TAG,
                "Goods that cannot be sent: points and piece come back, once.",
                _SHOP,
                self.cancel,
                _ID,
                bodies={JSON: PostCancel},
                answer=ClaimAnswer,
                refusals=(_NOT_FOUND, Refusal(409, ("already_cancelled", "handed_over"))),
            ),
        )

    async def list_rewards(self, _call: Call) -> Response:
        shop = in_shop_order(await self.queries.rewards())
        return answered(RewardsAnswer(rewards=[_shown(reward) for reward in shop]))

    async def get_reward(self, call: Call) -> Response:
        return await self._reward(call)

    async def put_reward(self, call: Call) -> Response:
        reward = RewardId(call.path["id"])
        known = await self.queries.reward(reward)
        if known is None or known.state == CLOSED:
            await self._check_room_for_more()
        command = PutRewardCommand(call.origin(), reward, _terms(call.body_as(PutReward).root))
        applied(await self.intake.submit(command))
        return await self._reward(call)

    async def close_reward(self, call: Call) -> Response:
        applied(await self.intake.submit(CloseReward(call.origin(), RewardId(call.path["id"]))))
        return await self._reward(call)

    async def get_claim(self, call: Call) -> Response:
        return answered(_claim(await self._known_claim(call)))

    async def cancel(self, call: Call) -> Response:
        known = await self._known_claim(call)
        reason = call.body_as(PostCancel).reason
        applied(await self.intake.submit(CancelReward(call.origin(), ById(known.member), known.id, reason)))
        return await self.get_claim(call)

    async def _check_room_for_more(self) -> None:
        shop = await self.queries.rewards()
        if sum(reward.state != CLOSED for reward in shop) >= MAX_REWARDS:
            raise Problem(409, "limit_reached", f"a shop has at most {MAX_REWARDS} rewards; close some first")

    async def _reward(self, call: Call) -> Response:
        found = await self.queries.reward(RewardId(call.path["id"]))
        if found is None:
            raise not_found("reward")
        return answered(_shown(found))

    async def _known_claim(self, call: Call) -> RewardClaim:
        found = await self.queries.reward_claim(RedemptionId(call.path["id"]))
        if found is None:
            raise not_found("redemption")
        return found


def _terms(body: PutGoods | PutCoupon | PutBlindBox) -> RewardTerms:
    coupon = body if isinstance(body, PutCoupon) else None
    return RewardTerms(
        name=body.name,
        kind=body.kind,
        cost=body.cost,
        stock=body.stock,
        per_member=body.per_member,
        cooldown_s=body.cooldown_s,
        off=0 if coupon is None else coupon.off,
        min=0 if coupon is None else coupon.min,
        valid_ms=0 if coupon is None else coupon.valid_ms,
        contents=tuple(one.prize() for one in body.contents) if isinstance(body, PutBlindBox) else (),
        image=body.image,
        order=body.order,
    )


def _shown(reward: Reward) -> RewardAnswer:
    terms = reward.terms
    coupon = {"off": terms.off, "min": terms.min, "valid_ms": terms.valid_ms} if terms.kind == COUPON else {}
    box = {"contents": [prize_answer(one) for one in terms.contents]} if terms.contents else {}
    return RewardAnswer(
        id=reward.id,
        name=terms.name,
        kind=terms.kind,
        cost=terms.cost,
        stock=terms.stock,
        stock_left=reward.left,
        per_member=terms.per_member,
        cooldown_s=terms.cooldown_s,
        image=terms.image,
        order=terms.order,
        state=reward.state,
        rev=reward.rev,
        **coupon,
        **box,
    )


def _claim(claim: RewardClaim) -> ClaimAnswer:
    return ClaimAnswer(
        id=claim.id,
        member=claim.member,
        reward=claim.reward,
        name=claim.name,
        kind=claim.kind,
        cost=claim.cost,
        at_ms=claim.at_ms,
        state=claim.state,
        coupon=claim.coupon,
    )
