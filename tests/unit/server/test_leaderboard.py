"""The leaderboard as a room is shown it."""

import json

from server.domain.standings import Place
from server.ids import AuthorTag, ShowId, TierId
from server.leaderboard import pulse_of


def test_L8_the_pulse_holds_the_show_and_its_places_and_no_member() -> None:
    top = (
        Place("小美", AuthorTag("a1"), TierId("gold"), 320),
        Place("", None, TierId("basic"), 12),
    )
    pulse = pulse_of(ShowId("s1"), top, 1_000)
    assert (pulse.key, pulse.rev) == ("leaderboard", 1_000)
    assert json.loads(pulse.value.json) == {
        "show": "s1",
        "top": [
            {"name": "小美", "tier": "gold", "score": 320, "author": "a1"},
            {"name": "", "tier": "basic", "score": 12},
        ],
    }
