"""Recomputes what follows from the record and compares it with what is kept (R3, `liveroom verify-ledger`).

The record is `entries` (balances, buckets, counters, budgets), `changes` (tiers, coupons, shouts, orders, consent, restrictions)
and `events` (every line names an event that was answered). The comparing is done by the database, both
ways round; only differences travel. What has no line at all is compared with nothing: a row that should
not be there is a difference too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ledger import person_checks, tier_checks
from server.ledger.bulk import Found
from server.ledger.engines import Engines
from server.ledger.in_the_row import ALL_DAYS, ALL_EVER

MAX_DIFFERENCES = 1_000
"""More say the same: something is badly wrong."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it follows from the record."""

    what: str
    """``balance``, ``bucket`` …"""
    key: str
    """Whose: the member, and what else names the row, separated by spaces."""
    computed: str
    """From the record; empty = there should be no such row."""
    kept: str
    """As it stands; empty = there is no such row."""


@dataclass(frozen=True, slots=True)
class Verified:
    members: int
    entries: int
    differences: tuple[Difference, ...]
    """At most `MAX_DIFFERENCES`, sorted."""


@dataclass(frozen=True, slots=True)
class _Check:
    what: str
    keys: int
    """So many of the first columns name the row, the rest are compared."""
    computed: str
    kept: str
    """`_NOTHING` where all that is computed is wrong."""
    paired: bool = False
    """Both name the same rows, whatever stands in them: where nothing is missing nothing is left over."""


# The lines of merged accounts count for who they are part of now (X1): read these where what is kept goes by
# member and was handed over. Balances and buckets have moved by entries of their own.
_OWNED = (
    "WITH RECURSIVE roots (id, root) AS (SELECT m.id, m.merged_into FROM members m JOIN members t "
    "ON t.id = m.merged_into WHERE t.merged_into IS NULL UNION ALL SELECT m.id, r.root FROM roots r "
    "JOIN members m ON m.merged_into = r.id), owned_entries AS (SELECT COALESCE(r.root, e.member) AS member, "
    "e.source, e.event, e.book, e.delta, e.rule, e.awards, e.behaviour, e.taken_back, e.order_id, e.room, e.show, e.day, e.at_ms "
    "FROM entries e LEFT JOIN roots r ON r.id = e.member), owned_changes AS (SELECT c.id, c.kind, "
    "COALESCE(r.root, c.member) AS member, c.room, c.ref, c.amount, c.data, c.at_ms FROM changes c "
    "LEFT JOIN roots r ON r.id = c.member)"
)
_NAMED = {
    dialect: f"{_OWNED}, all_days AS {ALL_DAYS[dialect]}, all_ever AS {ALL_EVER[dialect]}"
    for dialect in ALL_DAYS
}

_NOTHING = ""
"""Nothing of the kind may be computed, and nothing is kept to compare it with."""

_CHECKS = (
    _Check(
        "balance",
        1,
        "SELECT m.id, COALESCE(s.points, 0) FROM members m LEFT JOIN (SELECT member, SUM(delta) AS points FROM entries "
        "WHERE book = 'points' GROUP BY member) s ON s.member = m.id",
        "SELECT id, points FROM members",
        paired=True,
    ),
    _Check(
        "day of a line",
        2,
        # By their days a member's lines are found, and those of whoever is part of the member.
        "SELECT COALESCE(r.root, e.member), e.day FROM (SELECT DISTINCT day, member FROM entries) e "
        "LEFT JOIN roots r ON r.id = e.member EXCEPT SELECT member, day FROM all_days",
        _NOTHING,
    ),
    _Check(
        "growth bucket",
        2,
        "SELECT member, day, SUM(delta) FROM entries WHERE book = 'growth' GROUP BY member, day "
        "HAVING SUM(delta) <> 0",
        "SELECT member, day, growth FROM all_days WHERE growth <> 0",
    ),
    _Check(
        "paid bucket",
        2,
        "SELECT member, day, SUM(amount - refunded), SUM(CASE WHEN refunded < amount THEN 1 ELSE 0 END) "
        "FROM orders WHERE amount > 0 GROUP BY member, day HAVING SUM(amount - refunded) <> 0",
        "SELECT member, day, paid, orders FROM all_days WHERE paid <> 0 OR orders <> 0",
    ),
    _Check(
        "award counter of the day",
        3,
        "SELECT member, 'd' || day, rule, SUM(awards), SUM(CASE WHEN book = 'points' THEN delta ELSE 0 END), "
        "SUM(CASE WHEN book = 'growth' THEN delta ELSE 0 END) FROM owned_entries WHERE NOT taken_back "
        "GROUP BY member, day, rule",
        "SELECT member, scope, rule, n, points, growth FROM awards WHERE scope LIKE 'd%'",
    ),
    _Check(
        "award counter of the show",
        3,
        "SELECT member, 's:' || show, rule, SUM(awards), SUM(CASE WHEN book = 'points' THEN delta ELSE 0 END), "
        "SUM(CASE WHEN book = 'growth' THEN delta ELSE 0 END) FROM owned_entries "
        "WHERE NOT taken_back AND show IS NOT NULL AND rule NOT LIKE '%:%' GROUP BY member, show, rule",
        "SELECT member, scope, rule, n, points, growth FROM awards WHERE scope LIKE 's:%'",
    ),
    _Check(
        "award counter for ever",
        2,
        "SELECT member, rule, SUM(awards) FROM owned_entries WHERE NOT taken_back AND rule NOT LIKE '%:%' "
        "GROUP BY member, rule",
        "SELECT member, rule, n FROM all_ever",
    ),
    _Check(
        "order's amounts",
        1,
        "SELECT ref, SUM(CASE WHEN kind = 'order_paid' THEN amount ELSE 0 END), "
        "SUM(CASE WHEN kind = 'order_refunded' THEN amount ELSE 0 END) FROM changes "
        "WHERE kind IN ('order_paid', 'order_refunded') GROUP BY ref",
        "SELECT id, amount, refunded FROM orders WHERE amount > 0",
    ),
    _Check(
        "what an order gave and was taken back",
        1,
        "SELECT o.id, "
        "COALESCE(SUM(CASE WHEN e.book = 'points' AND NOT e.taken_back THEN e.delta END), 0), "
        "COALESCE(SUM(CASE WHEN e.book = 'growth' AND NOT e.taken_back THEN e.delta END), 0), "
        "COALESCE(-SUM(CASE WHEN e.book = 'points' AND e.taken_back THEN e.delta END), 0), "
        "COALESCE(-SUM(CASE WHEN e.book = 'growth' AND e.taken_back THEN e.delta END), 0) FROM orders o "
        "LEFT JOIN entries e ON e.order_id = o.id AND e.rule <> 'redemption' GROUP BY o.id",
        "SELECT id, points_given, growth_given, points_taken, growth_taken FROM orders",
        paired=True,
    ),
    _Check(
        "order that counted for a task",
        1,
        "SELECT ref, COUNT(*), SUM(amount) FROM changes WHERE kind = 'order_counted' GROUP BY ref",
        "SELECT order_id, COUNT(*), SUM(reward) FROM task_orders GROUP BY order_id",
    ),
    _Check(
        "reward of an order task",
        2,
        "SELECT e.order_id, e.rule, SUM(e.delta) FROM entries e JOIN task_orders t ON t.order_id = e.order_id "
        "AND e.rule = 'task:' || t.task WHERE e.book = 'points' GROUP BY e.order_id, e.rule",
        "SELECT order_id, 'task:' || task, reward FROM task_orders WHERE reward > 0",
    ),
    _Check(
        "what refunds took of a task's reward",
        1,
        "SELECT ref, SUM(amount) FROM changes WHERE kind = 'task_reward_taken' GROUP BY ref",
        "SELECT order_id, SUM(taken) FROM task_orders WHERE taken > 0 GROUP BY order_id",
    ),
    _Check(
        "unit returned to a task's budget",
        2,
        # At most once for each reward, and only for one that was taken whole.
        "SELECT c.ref, COUNT(*) FROM changes c WHERE c.kind = 'task_unit_returned' GROUP BY c.ref HAVING COUNT(*) "
        "> (SELECT COUNT(*) FROM task_orders t WHERE t.task = c.ref AND t.reward > 0 AND t.taken = t.reward)",
        _NOTHING,
    ),
    _Check(
        "task's reward without its orders",
        2,
        # Of orders enough that are not refunded in full a reward may stand; of fewer it must be taken whole.
        "SELECT t.task, t.member FROM task_orders t JOIN orders o ON o.id = t.order_id GROUP BY t.task, t.member "
        "HAVING COUNT(*) >= MAX(t.target) AND SUM(CASE WHEN t.reward > 0 AND t.taken < t.reward THEN 1 ELSE 0 END) "
        "* MAX(t.target) > SUM(CASE WHEN o.refunded < o.amount THEN 1 ELSE 0 END)",
        _NOTHING,
    ),
    _Check(
        "show of an order",
        1,
        "SELECT order_id, MAX(show) FROM entries WHERE rule IN ('order', 'first_order') AND NOT taken_back "
        "AND show IS NOT NULL GROUP BY order_id",
        "SELECT id, show FROM orders WHERE show IS NOT NULL",
    ),
    _Check(
        "coupon",
        1,
        "SELECT c.ref, c.member, c.amount, (SELECT COALESCE(SUM(CASE WHEN u.kind = 'coupon_used' THEN 1 ELSE -1 END), 0) "
        "FROM changes u WHERE u.kind IN ('coupon_used', 'coupon_freed') AND u.ref = c.ref) FROM owned_changes c WHERE c.kind = 'coupon_granted'",
        "SELECT id, member, off, CASE WHEN used_by IS NULL THEN 0 ELSE 1 END FROM coupons",
    ),
    _Check(
        "shout",
        2,
        "SELECT member, ref, MAX(at_ms) FROM owned_changes WHERE kind = 'shouted_out' GROUP BY member, ref",
        "SELECT member, tier, at_ms FROM shouts",
    ),
    _Check(
        "perk",
        2,
        "SELECT member, ref, MAX(at_ms) FROM owned_changes WHERE kind = 'perk_given' GROUP BY member, ref",
        "SELECT member, perk, at_ms FROM perks",
    ),
    _Check(
        "tier",
        1,
        "SELECT c.member, c.ref FROM changes c JOIN (SELECT member, MAX(id) AS id FROM changes WHERE kind IN "
        "('member_created', 'tier_reached', 'tier_kept', 'tier_moved', 'tier_dropped', 'merged') GROUP BY member) l ON l.id = c.id",
        "SELECT id, tier FROM members",
    ),
    _Check(
        "tier behind an order",
        1,
        # Of those that a merge has given one; the others are backed by what stood before them.
        "SELECT c.ref, c.amount, c.data FROM changes c JOIN (SELECT ref, MAX(id) AS id FROM changes "
        "WHERE kind = 'order_backed' GROUP BY ref) l ON l.id = c.id",
        "SELECT id, replaced_until_ms, '{\"tier\":\"' || replaced_tier || '\"}' FROM orders WHERE id IN "
        "(SELECT ref FROM changes WHERE kind = 'order_backed')",
    ),
    _Check(
        "redemption",
        1,
        "SELECT ref, member, SUM(CASE WHEN kind = 'points_held' THEN amount ELSE 0 END), "
        "SUM(CASE WHEN kind = 'points_returned' THEN amount ELSE 0 END), "
        "CASE WHEN SUM(CASE WHEN kind = 'hold_released' THEN 1 ELSE 0 END) > 0 THEN 'released' "
        "WHEN SUM(CASE WHEN kind = 'points_captured' THEN 1 ELSE 0 END) = 0 THEN 'held' "
        "WHEN SUM(CASE WHEN kind = 'points_captured' THEN amount WHEN kind = 'points_returned' THEN -amount "
        "ELSE 0 END) = 0 THEN 'released' ELSE 'captured' END FROM owned_changes WHERE kind IN "
        "('points_held', 'points_captured', 'points_returned', 'hold_released') GROUP BY ref, member",
        "SELECT id, member, points, returned, state FROM redemptions",
    ),
    _Check(
        "held points",
        1,
        "SELECT member, SUM(points) FROM (SELECT member, points FROM redemptions WHERE state = 'held' "
        "UNION ALL SELECT giver, points FROM gifts WHERE state = 'waiting' "
        "UNION ALL SELECT member, points_left FROM held_awards WHERE points_left > 0) h GROUP BY member",
        "SELECT id, held FROM members WHERE held <> 0",
    ),
    _Check(
        "held award",
        1,
        "SELECT ref, member, SUM(CASE WHEN kind = 'award_held' THEN amount ELSE 0 END), "
        "SUM(CASE WHEN kind = 'award_held' THEN amount ELSE -amount END) FROM owned_changes "
        "WHERE kind IN ('award_held', 'award_released') GROUP BY ref, member",
        "SELECT id, member, points, points_left FROM held_awards",
    ),
    _Check(
        "reward claim",
        1,
        "SELECT ref, member, SUM(CASE WHEN kind = 'reward_redeemed' THEN amount ELSE 0 END), "
        "CASE SUM(CASE WHEN kind = 'reward_cancelled' THEN 1 ELSE 0 END) WHEN 0 THEN 'taken' "
        "WHEN 1 THEN 'cancelled' ELSE 'cancelled more than once' END FROM owned_changes "
        "WHERE kind IN ('reward_redeemed', 'reward_cancelled') GROUP BY ref, member",
        "SELECT id, member, cost, state FROM reward_claims",
    ),
    _Check(
        "taken of a reward",
        1,
        "SELECT reward, COUNT(*) FROM reward_claims WHERE state = 'taken' GROUP BY reward",
        "SELECT id, taken FROM rewards WHERE taken <> 0",
    ),
    _Check(
        "points paid for rewards",
        1,
        "SELECT member, -SUM(delta) FROM owned_entries WHERE rule = 'reward' GROUP BY member HAVING SUM(delta) <> 0",
        "SELECT member, SUM(cost) FROM reward_claims WHERE state = 'taken' GROUP BY member",
    ),
    _Check(
        "invitation",
        1,
        "SELECT a.member, a.ref, CASE WHEN EXISTS (SELECT 1 FROM changes c WHERE c.member = a.member "
        "AND c.kind = 'invite_completed') THEN 0 ELSE 1 END FROM changes a WHERE a.kind = 'invite_accepted' "
        "AND NOT EXISTS (SELECT 1 FROM changes g WHERE g.member = a.member AND g.kind = 'merged')",
        # Of a member who took over another account, the elder's invitation counts: `decide.merging` says whose.
        "SELECT id, invited_by, CASE WHEN invite_open THEN 1 ELSE 0 END FROM members m WHERE invited_by IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM changes g WHERE g.member = m.id AND g.kind = 'merged')",
    ),
    _Check(
        "merged account",
        1,
        "SELECT member, ref FROM changes WHERE kind = 'merged_away'",
        "SELECT id, merged_into FROM members WHERE merged_into IS NOT NULL",
    ),
    _Check(
        "ticket of a draw",
        2,
        "SELECT ref, member, SUM(CASE WHEN kind = 'draw_entered' THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN kind = 'draw_entered' THEN amount ELSE 0 END), "
        "SUM(CASE WHEN kind = 'ticket_returned' THEN 1 ELSE 0 END) FROM owned_changes "
        "WHERE kind IN ('draw_entered', 'ticket_returned') GROUP BY ref, member",
        "SELECT draw, member, COUNT(*), SUM(points), SUM(CASE WHEN returned THEN 1 ELSE 0 END) "
        "FROM draw_entries GROUP BY draw, member",
    ),
    _Check(
        "draw",
        1,
        "SELECT d.id, COUNT(e.n), COALESCE(MAX(e.n), 0), "
        "COALESCE(SUM(CASE WHEN e.returned THEN 1 ELSE 0 END), 0) FROM draws d "
        "LEFT JOIN draw_entries e ON e.draw = d.id GROUP BY d.id",
        "SELECT id, entries, entries, returned FROM draws",
        paired=True,
    ),
    _Check(
        "points paid for tickets",
        1,
        "SELECT member, SUM(CASE WHEN returned THEN 0 ELSE points END) FROM draw_entries GROUP BY member "
        "HAVING SUM(points) > 0",
        "SELECT member, -SUM(delta) FROM owned_entries WHERE rule = 'draw' AND taken_back GROUP BY member",
    ),
    _Check(
        "gift",
        1,
        "SELECT ref, member, MAX(amount), CASE WHEN SUM(CASE WHEN kind = 'points_given' THEN 1 ELSE 0 END) > 0 "
        "THEN 'given' WHEN SUM(CASE WHEN kind = 'gift_returned' THEN 1 ELSE 0 END) > 0 THEN 'returned' "
        "ELSE 'waiting' END FROM owned_changes WHERE kind IN ('gift_set_aside', 'points_given', 'gift_returned') "
        "GROUP BY ref, member",
        "SELECT id, giver, points, state FROM gifts",
    ),
    _Check(
        "gift's two sides",
        2,
        "SELECT c.ref, e.member, e.delta FROM changes c JOIN owned_entries e ON e.source = c.source "
        "AND e.event = c.event AND e.rule = 'gift' WHERE c.kind = 'points_given'",
        "SELECT id, giver, -points FROM gifts WHERE state = 'given' "
        "UNION ALL SELECT id, receiver, points FROM gifts WHERE state = 'given'",
    ),
    _Check(
        "gifts' sum",
        1,
        "SELECT rule, SUM(delta) FROM entries WHERE rule = 'gift' GROUP BY rule HAVING SUM(delta) <> 0",
        _NOTHING,
    ),
    _Check(
        "boost",
        1,
        "SELECT c.member, c.ref, c.amount FROM changes c JOIN (SELECT member, MAX(id) AS id FROM changes "
        "WHERE kind IN ('boost_bought', 'boost_ended') GROUP BY member) l ON l.id = c.id "
        "WHERE c.kind = 'boost_bought' AND NOT EXISTS (SELECT 1 FROM changes g WHERE g.member = c.member "
        "AND g.kind IN ('merged', 'merged_away'))",
        # After a merge it may be the other account's: `uniting` says which of two stays.
        "SELECT id, boost_tier, boost_until_ms FROM members m WHERE boost_tier IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM changes g WHERE g.member = m.id AND g.kind IN ('merged', 'merged_away'))",
    ),
    _Check(
        "streak",
        1,
        "SELECT c.member, c.amount FROM changes c JOIN (SELECT member, MAX(id) AS id FROM changes "
        "WHERE kind IN ('checked_in', 'merged') GROUP BY member) l ON l.id = c.id WHERE c.amount <> 0",
        "SELECT id, streak FROM members WHERE streak <> 0",
    ),
    _Check(
        "tickets for boxes",
        1,
        "SELECT member, SUM(CASE WHEN kind = 'box_ticket' THEN amount ELSE -amount END) FROM owned_changes "
        "WHERE kind IN ('box_ticket', 'box_opened') GROUP BY member "
        "HAVING SUM(CASE WHEN kind = 'box_ticket' THEN amount ELSE -amount END) <> 0",
        "SELECT id, tickets FROM members WHERE tickets <> 0",
    ),
    _Check(
        "opened box",
        1,
        "SELECT c.ref, c.member, c.amount, COALESCE((SELECT SUM(e.delta) FROM changes o JOIN entries e "
        "ON e.source = o.source AND e.event = o.event AND e.rule = 'draw' AND NOT e.taken_back "
        "WHERE o.id = c.id), 0) FROM owned_changes c WHERE c.kind = 'box_opened'",
        "SELECT id, member, CASE WHEN redemption IS NULL THEN 1 ELSE 0 END, points FROM box_openings",
    ),
    _Check(
        "boxes of a series",
        1,
        "SELECT series, COUNT(*), MAX(nonce) FROM box_openings GROUP BY series",
        "SELECT id, opened, opened FROM box_series WHERE opened <> 0",
    ),
    _Check(
        "box that was paid for",
        1,
        "SELECT id, member FROM reward_claims WHERE kind = 'blind_box'",
        "SELECT redemption, member FROM box_openings WHERE redemption IS NOT NULL",
    ),
    _Check(
        "promised seed of a box",
        2,
        "SELECT ref, amount, SUM(CASE WHEN kind = 'box_seed_revealed' THEN 1 ELSE 0 END) FROM changes "
        "WHERE kind IN ('box_seed_promised', 'box_seed_revealed') GROUP BY ref, amount",
        "SELECT series, day, CASE WHEN revealed_ms IS NULL THEN 0 ELSE 1 END FROM box_seeds",
    ),
    _Check(
        "budget of a day",
        1,
        "SELECT 'day:' || day, SUM(delta) FROM entries WHERE behaviour AND book = 'points' GROUP BY day "
        "HAVING SUM(delta) <> 0",
        "SELECT name, spent FROM budgets WHERE name LIKE 'day:%' AND spent <> 0",
    ),
    _Check(
        "budget of a show",
        1,
        "SELECT 'show:' || show, SUM(delta) FROM entries WHERE behaviour AND book = 'points' "
        "AND show IS NOT NULL GROUP BY show HAVING SUM(delta) <> 0",
        "SELECT name, spent FROM budgets WHERE name LIKE 'show:%' AND spent <> 0",
    ),
    _Check(
        "votes of a poll",
        1,
        "SELECT 'poll:' || poll || ':' || choice, COUNT(*) FROM votes WHERE poll NOT LIKE 'told:%' "
        "GROUP BY poll, choice",
        "SELECT name, spent FROM budgets WHERE name LIKE 'poll:%' AND spent <> 0",
    ),
    _Check(
        "lines said in a show",
        1,
        "SELECT ref, SUM(CASE WHEN kind = 'prompt_said' THEN 1 ELSE -1 END) FROM changes "
        "WHERE kind IN ('prompt_said', 'prompt_unsaid') GROUP BY ref "
        "HAVING SUM(CASE WHEN kind = 'prompt_said' THEN 1 ELSE -1 END) <> 0",
        "SELECT show, COUNT(*) FROM prompts_said GROUP BY show",
    ),
    _Check(
        "permits verified of a gate",
        1,
        "SELECT gate, COUNT(*), SUM(CASE WHEN early THEN 1 ELSE 0 END) FROM permits "
        "WHERE state = 'verified' GROUP BY gate",
        "SELECT id, verified, verified_early FROM gates WHERE verified <> 0",
    ),
    _Check(
        "permit",
        1,
        "SELECT ref, member, CASE WHEN SUM(CASE WHEN kind = 'permit_verified' THEN 1 ELSE 0 END) = 1 "
        "THEN 'verified' WHEN SUM(CASE WHEN kind = 'permit_expired' THEN 1 ELSE 0 END) = 1 THEN 'expired' "
        "ELSE 'open' END FROM owned_changes WHERE kind IN ('permit_given', 'permit_verified', 'permit_expired') "
        "GROUP BY ref, member",
        "SELECT p.id, COALESCE(r.root, p.member), p.state FROM permits p LEFT JOIN roots r ON r.id = p.member",
    ),
    _Check(
        "budget of a task",
        1,
        "SELECT rule, SUM(delta) FROM (SELECT rule, delta FROM entries WHERE rule LIKE 'task:%' AND book = 'points' "
        "UNION ALL SELECT 'task:' || ref, -amount FROM changes WHERE kind = 'task_unit_returned') moved "
        "GROUP BY rule HAVING SUM(delta) <> 0",
        "SELECT name, spent FROM budgets WHERE name LIKE 'task:%' AND spent <> 0",
    ),
    _Check(
        "what returned to the budget of a task",
        1,
        "SELECT 'task:' || ref, SUM(amount) FROM changes WHERE kind = 'task_unit_returned' GROUP BY ref",
        "SELECT name, returned FROM budgets WHERE returned <> 0",
    ),
    _Check(
        "task rewarded twice",
        2,
        "SELECT member, rule FROM entries WHERE rule LIKE 'task:%' GROUP BY member, rule HAVING COUNT(*) > 1",
        _NOTHING,
    ),
    _Check(
        "budget of coupons",
        0,
        # Rewards are paid for, and what draws and boxes give was announced with them: neither is in the budget (P2, P3).
        "SELECT COALESCE(SUM(off), 0) FROM coupons "
        "WHERE reason NOT LIKE 'reward:%' AND reason NOT LIKE 'draw:%' AND reason NOT LIKE 'box:%'",
        "SELECT COALESCE(SUM(spent), 0) FROM budgets WHERE name LIKE 'coupons:%'",
    ),
    _Check(
        "first-N",
        1,
        "SELECT ref, MAX(room), SUM(CASE WHEN kind = 'first_n_opened' THEN amount ELSE 0 END), "
        "SUM(CASE WHEN kind = 'first_n_taken' THEN 1 ELSE 0 END), "
        "MAX(CASE WHEN kind = 'first_n_closed' THEN 1 ELSE 0 END) FROM changes "
        "WHERE kind IN ('first_n_opened', 'first_n_taken', 'first_n_closed') GROUP BY ref",
        "SELECT id, room, n, taken, CASE WHEN closed_ms IS NULL THEN 0 ELSE 1 END FROM first_n",
    ),
    _Check(
        "place of a first-N",
        2,
        "SELECT ref, amount, member FROM owned_changes WHERE kind = 'first_n_taken'",
        # Of two places of one person the other's stays by the name it was given to.
        "SELECT p.campaign, p.place, COALESCE(r.root, p.member) FROM first_n_places p "
        "LEFT JOIN roots r ON r.id = p.member",
    ),
    _Check(
        "points of a first-N",
        1,
        "SELECT rule, SUM(delta) FROM entries WHERE rule LIKE 'first_n:%' AND NOT taken_back GROUP BY rule",
        "SELECT 'first_n:' || id, taken * points FROM first_n WHERE taken > 0",
    ),
    _Check(
        "line without its event",
        2,
        "SELECT source, event FROM (SELECT source, event FROM entries UNION SELECT source, event FROM changes) l "
        "WHERE NOT EXISTS (SELECT 1 FROM events v WHERE v.source = l.source AND v.event = l.event "
        "AND v.outcome = 'applied')",
        _NOTHING,
    ),
    *(_Check(*check) for check in (*person_checks.CHECKS, *tier_checks.CHECKS)),
)


async def verify(engines: Engines) -> Verified:
    """Compare everything in one snapshot; changes nothing. Raises `LedgerUnavailable`.

    Reads the whole ledger, which may take minutes: give it engines made with `patient`. A server may go on
    beside it.
    """
    async with engines.read(hurried=False) as connection:
        return await verify_in(connection)


async def verify_in(connection: AsyncConnection) -> Verified:
    """The same within a transaction that is under way."""
    differences: list[Difference] = []
    named = _NAMED[connection.dialect.name]
    members = (await connection.execute(text("SELECT COUNT(*) FROM members"))).scalar_one()
    entries = (await connection.execute(text("SELECT COUNT(*) FROM entries"))).scalar_one()
    for check in _CHECKS:
        missing = (await connection.execute(text(_beyond(named, check.computed, check.kept)))).all()
        surplus: Sequence[Found] = ()
        if check.kept and (missing or not check.paired):
            surplus = (await connection.execute(text(_beyond(named, check.kept, check.computed)))).all()
        differences.extend(_differences(check, missing, surplus))
    return Verified(members, entries, tuple(differences[:MAX_DIFFERENCES]))


def _beyond(named: str, these: str, those: str) -> str:
    besides = f" EXCEPT SELECT * FROM ({those}) b" if those else ""
    return f"{named} SELECT * FROM ({these}) a{besides} LIMIT {MAX_DIFFERENCES}"


def _differences(check: _Check, computed: Sequence[Found], kept: Sequence[Found]) -> list[Difference]:
    left = {tuple(row[: check.keys]): _words(row[check.keys :]) for row in computed}
    right = {tuple(row[: check.keys]): _words(row[check.keys :]) for row in kept}
    keys = sorted({*left, *right}, key=str)
    return [Difference(check.what, _words(key), left.get(key, ""), right.get(key, "")) for key in keys]


def _words(values: Sequence[object]) -> str:
    return " ".join(str(value) for value in values)
