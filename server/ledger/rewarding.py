"""Reads and writes what the reward shop needs, set-based: rewards under their row locks, claims under their members'.

Rewards are locked after members and orders and before rooms, by id: every transaction asks in that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.rewards import Claimed, Reward, RewardClaim, RewardTerms
from server.domain.world import World
from server.ids import CouponId, MemberId, RedemptionId, RewardId
from server.ledger.batch import Asked
from server.ledger.box_rows import contents_of, contents_text
from server.ledger.bulk import Found, Row, insert, keyed, update
from server.ledger.reward_tables import reward_claims, rewards
from server.ledger.rows import named

REWARD = (
    "name",
    "kind",
    "cost",
    "stock",
    "per_member",
    "cooldown_s",
    "off",
    "min",
    "valid_ms",
    "contents",
    "image",
    "order_no",
    "state",
    "taken",
    "rev",
    "id",
)
CLAIM = ("member", "reward", "name", "kind", "cost", "at_ms", "state", "coupon", "id")


class RewardLoading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        of_id = (("id", "text"),)
        self._rewards = keyed(
            dialect,
            f"SELECT {named(REWARD, 't')} FROM {{keys}} CROSS JOIN rewards t "
            f"WHERE t.id = k.id ORDER BY t.id{lock}",
            of_id,
        )
        self._claims = keyed(
            dialect,
            f"SELECT {named(CLAIM, 't')} FROM {{keys}} CROSS JOIN reward_claims t WHERE t.id = k.id",
            of_id,
        )
        self._claimed = keyed(
            dialect,
            "SELECT t.member, t.reward, COUNT(*), MAX(t.at_ms) FROM {keys} CROSS JOIN reward_claims t "
            "WHERE t.member = k.member AND t.reward = k.reward AND t.state = 'taken' "
            "GROUP BY t.member, t.reward",
            (("member", "text"), ("reward", "text")),
        )

    async def named_claims(
        self, connection: AsyncConnection, asked: Sequence[Asked]
    ) -> Mapping[RedemptionId, RewardClaim]:
        """Return the claims that `asked` names, not locked: whose they are and of which reward never changes."""
        keys = _keys(claim for one in asked for claim in one.needs.reward_claims)
        if not keys:
            return {}
        found = (claim_of(row) for row in await self._claims.run(connection, keys))
        return {claim.id: claim for claim in found}

    async def fill(
        self,
        connection: AsyncConnection,
        world: World,
        asked: Sequence[Asked],
        claims: Mapping[RedemptionId, RewardClaim],
    ) -> None:
        """Lock the rewards into `world` and read what hangs on them; the members are locked already.

        `claims` are those of `named_claims`; they are read again, for only now nobody else can cancel them.
        """
        wanted = {reward for one in asked for reward in one.needs.rewards}
        wanted.update(claim.reward for claim in claims.values())
        if not wanted:
            return
        for row in await self._rewards.run(connection, _keys(wanted)):
            world.rewards[RewardId(row[-1])] = reward_of(row)
        if claims:
            for row in await self._claims.run(connection, _keys(claims)):
                world.reward_claims[RedemptionId(row[-1])] = claim_of(row)
        whose = {(one.who, reward) for one in asked if one.who is not None for reward in one.needs.rewards}
        whose.update((claim.member, claim.reward) for claim in claims.values())
        if whose:
            keys: list[Row] = sorted(whose)
            for member, reward, n, last_ms in await self._claimed.run(connection, keys):
                world.claimed[MemberId(member), RewardId(reward)] = Claimed(n, last_ms)


class RewardKeeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._new_rewards = insert(dialect, rewards, REWARD)
        self._rewards = update(dialect, rewards, REWARD)
        self._new_claims = insert(dialect, reward_claims, CLAIM)
        self._claims = update(dialect, reward_claims, CLAIM)

    async def keep(
        self,
        connection: AsyncConnection,
        world: World,
        known_rewards: frozenset[RewardId],
        known_claims: frozenset[RedemptionId],
    ) -> None:
        """Write the rewards and claims that the batch touched."""
        touched = [world.rewards[one] for one in sorted(world.touched_rewards)]
        new = [reward_row(one) for one in touched if one.id not in known_rewards]
        await self._new_rewards.run(connection, new)
        await self._rewards.run(connection, [reward_row(one) for one in touched if one.id in known_rewards])
        claims = [world.reward_claims[one] for one in sorted(world.touched_reward_claims)]
        await self._new_claims.run(
            connection, [claim_row(one) for one in claims if one.id not in known_claims]
        )
        await self._claims.run(connection, [claim_row(one) for one in claims if one.id in known_claims])


def reward_row(reward: Reward) -> Row:
    terms = reward.terms
    return (
        terms.name,
        terms.kind,
        terms.cost,
        terms.stock,
        terms.per_member,
        terms.cooldown_s,
        terms.off,
        terms.min,
        terms.valid_ms,
        contents_text(terms.contents),
        terms.image,
        terms.order,
        reward.state,
        reward.taken,
        reward.rev,
        reward.id,
    )


def reward_of(row: Found) -> Reward:
    return Reward(
        id=RewardId(row[15]),
        terms=RewardTerms(
            name=row[0],
            kind=row[1],
            cost=row[2],
            stock=row[3],
            per_member=row[4],
            cooldown_s=row[5],
            off=row[6],
            min=row[7],
            valid_ms=row[8],
            contents=contents_of(row[9]),
            image=row[10],
            order=row[11],
        ),
        state=row[12],
        taken=row[13],
        rev=row[14],
    )


def claim_row(claim: RewardClaim) -> Row:
    return (
        claim.member,
        claim.reward,
        claim.name,
        claim.kind,
        claim.cost,
        claim.at_ms,
        claim.state,
        claim.coupon,
        claim.id,
    )


def claim_of(row: Found) -> RewardClaim:
    return RewardClaim(
        id=RedemptionId(row[8]),
        member=MemberId(row[0]),
        reward=RewardId(row[1]),
        name=row[2],
        kind=row[3],
        cost=row[4],
        at_ms=row[5],
        state=row[6],
        coupon=None if row[7] is None else CouponId(row[7]),
    )


def _keys(ids: Iterable[str]) -> list[Row]:
    return [(key,) for key in sorted(set(ids))]
