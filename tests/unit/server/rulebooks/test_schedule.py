"""Which published rulebook is in force when."""

from dataclasses import replace

from hypothesis import given, strategies as st

from server.rulebooks.loading import load_preset
from server.rulebooks.schedule import Published, Schedule

FIRST = load_preset("jifen")


def schedule(*effective: int) -> Schedule:
    """Versions 1, 2 …, each with the time it takes force."""
    return Schedule(
        tuple(Published(at, replace(FIRST, version=n), "own") for n, at in enumerate(effective, 1))
    )


def test_LED61_the_highest_version_whose_time_has_come_is_in_force() -> None:
    rules = schedule(0, 100, 200)
    assert [rules.at(at_ms).version for at_ms in (0, 99, 100, 199, 200, 10**15)] == [1, 1, 2, 2, 3, 3]
    assert rules.at(-1).version == 1


def test_LED61_a_later_word_takes_the_place_of_what_would_have_come_after_it() -> None:
    rules = schedule(0, 500, 200)
    assert [rules.at(at_ms).version for at_ms in (199, 200, 500, 900)] == [1, 3, 3, 3]
    assert [one.version for one in rules.coming(100)] == [3]
    assert rules.coming(200) == ()


def test_LED61_several_may_be_coming() -> None:
    rules = schedule(0, 200, 500, 900)
    assert [one.version for one in rules.coming(100)] == [2, 3, 4]
    assert [one.version for one in rules.coming(500)] == [4]


@given(st.lists(st.integers(0, 50), max_size=6), st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_LED61_what_is_published_later_changes_nothing_before_its_time(
    effective: list[int], later: int, at_ms: int, now_ms: int
) -> None:
    before, after = schedule(0, *effective), schedule(0, *effective, later)
    if at_ms < later:
        assert after.at(at_ms).version == before.at(at_ms).version
    else:
        assert after.at(at_ms).version == after.newest
    coming = after.coming(now_ms)
    assert [one.version for one in coming] == sorted(one.version for one in coming)
    assert all(after.at(one.effective_ms) == one for one in coming)
