import pytest

from loadtest.crowd import Crowd
from loadtest.figures import SETTLED_AFTER_MS, Figures, Newest


def some_figures() -> Figures:
    figures = Figures(viewers=3, kept_expected=10, kept_received=9)
    figures.moment_us.add(12_000, 4)
    figures.faults["odd"] += 2
    return figures


def test_VRD4_reach_is_the_share_of_kept_frames_that_arrived() -> None:
    assert some_figures().reach == 0.9
    assert Figures().reach is None


def test_VRD1_figures_survive_a_file() -> None:
    assert Figures.from_json(some_figures().to_json()) == some_figures()


@pytest.mark.parametrize("document", ["[]", "{}", '{"viewers": 1}', "nonsense"])
def test_VRD1_another_document_is_refused(document: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (json's own error is one)
        Figures.from_json(document)


def test_VRD1_figures_of_two_generators_add_up() -> None:
    figures = some_figures()
    figures.merge(some_figures())
    assert (figures.viewers, figures.moment_us.total, figures.faults["odd"]) == (6, 8, 4)


def test_VRD4_what_is_younger_than_two_seconds_is_not_expected_yet() -> None:
    newest = Newest()
    newest.saw("e1", 5, 1_000)
    newest.saw("e1", 7, 2_500)
    newest.saw("e1", 6, 2_600)
    assert newest.settled("e1", 1_000 + SETTLED_AFTER_MS - 1) is None
    assert newest.settled("e1", 1_000 + SETTLED_AFTER_MS) == 5
    assert newest.settled("e1", 9_000) == 7
    assert newest.settled("e2", 9_000) is None


def test_VRD3_a_shout_out_is_timed_from_the_post_that_caused_it() -> None:
    crowd = Crowd("r1", "key")
    crowd.posting("新朋友1", 1_000.0)
    crowd.shouted("新朋友1", 1_012.5)
    crowd.shouted("somebody else", 1_013.0)
    assert (crowd.figures.moment_us.total, crowd.figures.moment_us.quantile(0)) == (1, 12_799)
