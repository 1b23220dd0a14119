"""Laws of the prompter, for any stage: bounded, one key a line, and what was said stays said."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from server.domain.attending import Here, present_of
from server.domain.gates import Gate
from server.domain.offers import MemberDay
from server.domain.polls import Poll, counter
from server.domain.prompt_lines import lines_of
from server.domain.prompting import MOST_DONE, MOST_LINES, DrawSeen, Line, Said, Scene, with_said
from server.domain.state import FirstN, Room, Spotlight, Task
from server.ids import AuthorTag, DrawId, FirstNId, GateId, PollId, TaskId, TierId, is_our_id
from server.text.prompts import GLANCE, prompts, width
from tests.unit.server.domain.builders import MINUTE, NOW, ROOM, SHOW, a_show, jifen, shanghai

TITLES = st.text("羊绒大衣{}a ", min_size=1, max_size=60)
TIMES = st.integers(-10, 90).map(lambda minutes: NOW + minutes * MINUTE)
TIERS = st.sampled_from([*(tier.id for tier in jifen().ladder), TierId("gone")])
STATES = st.sampled_from(["running", "paused", "ended", "cancelled"])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    tasks = tuple(
        Task(
            TaskId(f"t{n}"),
            ROOM,
            SHOW,
            "share",
            draw(TITLES),
            100,
            1,
            5_000,
            None,
            NOW - MINUTE,
            draw(TIMES),
            draw(STATES),
        )
        for n in range(draw(st.integers(0, 4)))
    )
    campaigns = tuple(
        FirstN(FirstNId(f"f{n}"), draw(TITLES), draw(st.integers(1, 99)), 200, NOW)
        for n in range(draw(st.integers(0, 5)))
    )
    gates = tuple(
        Gate(
            GateId(f"g{n}"),
            ROOM,
            "sku",
            draw(TITLES),
            100,
            draw(TIMES),
            ((draw(TIERS), draw(TIMES)),),
            100,
            30,
        )
        for n in range(draw(st.integers(0, 4)))
    )
    polls = tuple(
        Poll(PollId(f"p{n}"), ROOM, draw(TITLES), (("a", draw(TITLES)), ("b", draw(TITLES))), draw(TIMES))
        for n in range(draw(st.integers(0, 5)))
    )
    draws = tuple(
        DrawSeen(
            DrawId(f"d{n}"),
            draw(TITLES),
            draw(st.sampled_from(["open", "closed", "drawn"])),
            NOW,
            draw(TIMES),
            ("小美",),
        )
        for n in range(draw(st.integers(0, 3)))
    )
    people = [
        Here(AuthorTag(f"a{n}"), draw(TIERS), draw(st.integers(1, 900)), draw(TIERS), NOW - 1_000, True)
        for n in range(draw(st.integers(0, 8)))
    ]
    counts = {
        counter(poll.id, option): draw(st.integers(0, 9)) for poll in polls for option, _ in poll.options
    }
    counts |= {f"task:{task.id}": 100 * draw(st.integers(0, 60)) for task in tasks}
    room = Room(
        ROOM,
        "小美的直播间",
        show=replace(a_show(), offers=((TierId("gold"), 10, draw(TITLES)),)),
        spotlight=Spotlight("sku", draw(TITLES), draw(st.integers(0, 10**9))),
        tasks=tasks,
        first_n=campaigns,
        gates=gates,
        polls=polls,
    )
    taken = {campaign.id: draw(st.integers(0, campaign.n)) for campaign in campaigns}
    stock = {gate.id: draw(st.integers(0, 100)) for gate in gates}
    return Scene(room, draws, counts, taken, stock, present_of(people, jifen(), NOW))


BOOK = replace(jifen(), member_day=MemberDay(4, None, 200, 10, None))


def seen(scene: Scene, now_ms: int = NOW) -> tuple[Line, ...]:
    return lines_of(scene, BOOK, shanghai(), now_ms)


def all_said(lines: tuple[Line, ...]) -> list[Said]:
    return [Said(line.key, line.stage, line.kind, NOW, "host:h") for line in lines]


@given(scenes(), st.integers(0, 100 * MINUTE))
def test_L9_lines_are_bounded_in_number_and_length_and_fit_a_path(scene: Scene, later: int) -> None:
    lines = seen(scene, NOW + later)
    spoken = prompts(with_said(lines, all_said(lines)[::2]))
    assert len(spoken) <= MOST_LINES + MOST_DONE
    assert all(is_our_id(line.key) and is_our_id(line.stage) for line, _ in spoken)
    assert all(width(text) <= GLANCE[language] for _, said in spoken for language, text in said.items())
    assert all(line.fresh_until_ms > NOW + later for line, _ in spoken)


@given(scenes())
def test_L9_keys_are_unique_and_so_are_the_words(scene: Scene) -> None:
    spoken = prompts(seen(scene))
    assert len({line.key for line, _ in spoken}) == len(spoken)
    assert len({text["zh-CN"] for _, text in spoken}) == len(spoken)


@given(scenes())
def test_L9_the_order_is_by_urgency_then_the_newest_and_the_same_each_time(scene: Scene) -> None:
    lines = seen(scene)
    assert [(line.rank, -line.since_ms) for line in lines] == sorted(
        (line.rank, -line.since_ms) for line in lines
    )
    assert seen(scene) == lines


@given(scenes(), st.integers(0, 20 * MINUTE), st.integers(0, 5))
def test_L9_a_line_that_was_said_comes_back_only_in_another_stage(
    scene: Scene, later: int, more: int
) -> None:
    before = seen(scene)
    said = all_said(before)
    assert all(line.said_ms is not None for line in with_said(before, said))
    moved = replace(scene, spent={name: count + more for name, count in scene.spent.items()})
    stages = {(line.key, line.stage) for line in before}
    for line in with_said(seen(moved, NOW + later), said):
        assert (line.said_ms is None) == ((line.key, line.stage) not in stages)


@settings(max_examples=25)
@given(scenes())
def test_L9_the_clock_alone_brings_a_line_back_a_few_times_at_most(scene: Scene) -> None:
    stages: dict[str, set[str]] = {}
    for minute in range(100):
        for line in seen(scene, NOW + minute * MINUTE):
            stages.setdefault(line.key, set()).add(line.stage)
    # A gate counts down to each of its two times, then is open; all else has less to say of the same thing.
    assert all(len(seen_stages) <= 7 for seen_stages in stages.values())
