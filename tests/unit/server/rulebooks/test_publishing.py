"""Whether a rulebook may take force at a time."""

from dataclasses import replace

from server.domain.days import DAY_MS
from server.domain.rulebook import Rulebook
from server.rulebooks.loading import load_preset
from server.rulebooks.publishing import earliest, refused
from server.rulebooks.schedule import LEAD_MS, Published, Schedule

NOW = 1_760_000_000_000
FIRST = load_preset("jifen")


def with_rate(points_per_unit: int, version: int = 2, notice_days: int = 30) -> Rulebook:
    spending = replace(FIRST.spending, points_per_unit=points_per_unit, notice_ms=notice_days * DAY_MS)
    return replace(FIRST, version=version, spending=spending)


def schedule(*more: tuple[int, Rulebook], first: Rulebook = FIRST) -> Schedule:
    return Schedule((Published(0, first, "jifen"), *(Published(at_ms, one, "own") for at_ms, one in more)))


def code(rulebook: Rulebook, effective_ms: int, rules: Schedule) -> str | None:
    no = refused(rulebook, effective_ms, rules, NOW)
    return None if no is None else no.code


def test_P6_another_rate_needs_thirty_days_notice() -> None:
    rules = schedule()
    assert code(with_rate(120), NOW + 30 * DAY_MS - 1, rules) == "notice_too_short"
    assert code(with_rate(120), NOW + 30 * DAY_MS, rules) is None
    assert code(with_rate(100), NOW + LEAD_MS, rules) is None
    assert earliest(with_rate(120), rules, NOW) == NOW + 30 * DAY_MS
    assert earliest(with_rate(100), rules, NOW) == NOW + LEAD_MS


def test_P6_a_programme_may_promise_a_longer_notice_and_is_held_to_it() -> None:
    rules = schedule(first=with_rate(100, version=1, notice_days=60))
    assert code(with_rate(120, notice_days=30), NOW + 59 * DAY_MS, rules) == "notice_too_short"
    assert code(with_rate(120, notice_days=30), NOW + 60 * DAY_MS, rules) is None


def test_P6_what_was_announced_may_be_published_again_but_not_sooner() -> None:
    rules = schedule((NOW + 10 * DAY_MS, with_rate(120)))
    assert code(with_rate(120, version=3), NOW + 10 * DAY_MS, rules) is None
    assert code(with_rate(120, version=3), NOW + 10 * DAY_MS - 1, rules) == "notice_too_short"
    assert code(with_rate(130, version=3), NOW + 20 * DAY_MS, rules) == "notice_too_short"


def test_P6_an_announced_rate_can_be_called_off_before_its_time() -> None:
    rules = schedule((NOW + 10 * DAY_MS, with_rate(120)))
    assert code(with_rate(100, version=3), NOW + LEAD_MS, rules) is None
    after = rules.with_published((Published(NOW + LEAD_MS, with_rate(100, version=3), "own"),))
    assert after.rate_at(NOW + 11 * DAY_MS) == 100


def test_P6_during_the_notice_the_old_rate_holds() -> None:
    rules = schedule((NOW + 30 * DAY_MS, with_rate(120)))
    assert [rules.rate_at(NOW + days * DAY_MS) for days in (0, 29, 30)] == [100, 100, 120]


def test_LED64_a_tier_may_be_added_or_renamed_but_not_lost() -> None:
    lost = replace(FIRST, version=2, ladder=FIRST.ladder[:4])
    assert code(lost, NOW + DAY_MS, schedule()) == "tier_missing"
    assert code(FIRST, NOW + DAY_MS, schedule(first=lost)) is None


def test_LED64_a_tier_may_go_when_it_is_said_where_its_members_stand_then() -> None:
    friends = load_preset("laopengyou", version=2)
    assert code(friends, NOW + DAY_MS, schedule()) is None
    silent = replace(friends, former={})
    no = refused(silent, NOW + DAY_MS, schedule(), NOW)
    assert no is not None
    assert "tier_map" in no.message
    # Back again, and whoever was not moved meanwhile is known as well.
    rules = schedule((NOW - DAY_MS, friends))
    assert code(replace(FIRST, version=3), NOW + DAY_MS, rules) is None
    third = replace(friends, version=3, former={})
    assert code(third, NOW + DAY_MS, rules) == "tier_missing"


def test_LED64_the_tiers_of_what_counts_until_then_are_kept_too() -> None:
    few = replace(FIRST, ladder=FIRST.ladder[:4])
    rules = schedule((NOW + DAY_MS, FIRST), first=few)
    assert code(replace(few, version=3), NOW + 2 * DAY_MS, rules) == "tier_missing"
    assert code(replace(few, version=3), NOW + LEAD_MS, rules) is None, "what was to come never counted"
