import sys

import pytest

from loadtest.child import Child
from loadtest.errors import ChildFailed

ECHO = "import sys\nfor line in sys.stdin: print(line.strip() * 2, flush=True)"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_CHD3_lines_are_answered_one_by_one() -> None:
    with Child("echo", python(ECHO)) as child:
        assert child.ask("a", 60) == "aa"
        child.say("b\nc")
        assert [child.hear(60), child.hear(60)] == ["bb", "cc"]


def test_CHD3_what_comes_before_the_line_looked_for_is_skipped() -> None:
    with Child("banner", python("print('hello\\n\\nready 5'); input()")) as child:
        assert child.hear_starting("ready ", 60) == "5"


def test_CHD3_all_that_is_said_until_a_good_end_is_heard() -> None:
    with Child("talker", python("print('a'); print('b')")) as child:
        assert child.hear_all(60) == ["a", "b"]


def test_CHD1_a_child_that_dies_leaves_its_last_words() -> None:
    with Child("dying", python("import sys; sys.exit('no disk')")) as child:
        with pytest.raises(ChildFailed, match="dying: ended with status 1; it said: no disk"):
            child.hear(60)
        with pytest.raises(ChildFailed, match="no disk"):
            child.hear_all(60)


def test_CHD1_a_silent_child_is_not_waited_for_longer_than_asked() -> None:
    with Child("silent", python("input()")) as child, pytest.raises(ChildFailed, match=r"silent for 0\.05 s"):
        child.hear(0.05)


def test_CHD1_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ChildFailed, match=r"nothing: .*no-such-program"):
        Child("nothing", ["/no-such-program"])


def test_CHD1_speaking_to_the_dead_fails() -> None:
    with Child("dead", python("pass")) as child:
        child.wait(60)
        with pytest.raises(ChildFailed, match="gone when told 'x'"):
            child.say("x")


@pytest.mark.parametrize("ends_with_input", [True, False])
def test_CHD2_stopping_ends_a_child_that_ignores_everything(ends_with_input: bool) -> None:
    deaf = (
        "import signal, threading\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    )
    child = Child("deaf", python(deaf + "threading.Event().wait()"), ends_with_input=ends_with_input)
    child.hear_starting("deaf", 60)
    assert child.stop(grace_s=0.1) == -9


def test_CHD2_the_end_of_input_is_enough_for_one_that_listens() -> None:
    child = Child("echo", python(ECHO))
    assert child.stop() == 0


def test_VRD5_a_given_environment_is_the_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_DATABASE_URL", "ours")
    ask = python("import os; print(os.environ.get('LIVEROOM_DATABASE_URL'))")
    with Child("inherits", ask) as child:
        assert child.hear(60) == "ours"
    with Child("does not", ask, env={}) as child:
        assert child.hear(60) == "None"
