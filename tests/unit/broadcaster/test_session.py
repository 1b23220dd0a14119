"""The conversation: who may say what when, and what comes of it. No socket, no clock."""

from collections.abc import Sequence

import pytest

from broadcaster.actions import Action, Close, Count, Cut, Judge, Perform, Ping, Refresh, Report, Send, Show
from broadcaster.close_codes import CloseCode
from broadcaster.codec import encoded
from broadcaster.frames import (
    Act,
    Beat,
    ClientMessage,
    Done,
    Hello,
    Refused,
    Seen,
    TimeAsk,
    TimeReply,
    Token,
    Visible,
)
from broadcaster.ports import Identity, Joined, Rejected
from broadcaster.session import BURST, FAREWELL_MS, MAX_IN_FLIGHT, PONG_WITHIN_MS, QUIET_MS, Session, State

T0 = 1_700_000_000_000
HELLO = Hello("demo", "viewer")
NOBODY = Joined(Identity(None, "anonymous"), None)


def member(name: str, expires_ms: int | None = None) -> Joined:
    return Joined(Identity(name, "viewer", name, expires_ms), None)


def a_session() -> Session:
    return Session("s1", T0)


def a_live_session(verdict: Joined = NOBODY) -> Session:
    session = a_session()
    session.receive(HELLO, T0)
    assert session.joined(verdict, T0) == ()
    assert session.state is State.LIVE
    return session


def code_of(actions: Sequence[Action]) -> CloseCode | None:
    return next((action.code for action in actions if isinstance(action, Close)), None)


def refusal_of(actions: Sequence[Action]) -> Refused | None:
    frames = [action.frame for action in actions if isinstance(action, Send)]
    return next((frame for frame in frames if isinstance(frame, Refused)), None)


def act(ref: str = "r1") -> Act:
    return Act(ref, "like", {})


# --- greeting -------------------------------------------------------------------------------------


def test_SES1_a_hello_is_given_to_the_application_to_judge() -> None:
    session = a_session()
    assert session.receive(HELLO, T0 + 10) == (Judge(HELLO, None),)
    assert session.state is State.JOINING


@pytest.mark.parametrize("message", [act(), Beat("n", True, True, 0), Visible(True), Token("t"), Seen(())])
def test_SES1_anything_before_the_hello_is_a_bad_message(message: ClientMessage) -> None:
    session = a_session()
    assert code_of(session.receive(message, T0, ("n",))) == CloseCode.BAD_MESSAGE


def test_SES1_the_clock_may_be_asked_before_the_hello() -> None:
    assert a_session().receive(TimeAsk(1.5), T0 + 7) == (Send(TimeReply(1.5, T0 + 7, T0 + 7)),)


def test_SES1_no_hello_within_five_seconds_is_the_end() -> None:
    session = a_session()
    assert session.due_ms == T0 + 5_000
    assert session.tick(T0 + 4_999) == ()
    assert code_of(session.tick(T0 + 5_000)) == CloseCode.BAD_MESSAGE


def test_SES1_a_rejected_hello_ends_with_the_applications_code() -> None:
    session = a_session()
    session.receive(HELLO, T0)
    actions = session.joined(Rejected(4502, "no such room", 7, {"tier": "gold"}), T0)
    assert actions == (Close(CloseCode.NOT_ALLOWED_IN, "no such room", 7, {"tier": "gold"}),)


def test_SES1_while_joining_an_act_is_told_to_wait_and_visibility_is_noted() -> None:
    session = a_session()
    session.receive(Hello("demo", "viewer", "a token", token_given=True), T0)
    refused = refusal_of(session.receive(act("r9"), T0))
    assert refused is not None
    assert (refused.ref, refused.code) == ("r9", "try_later")
    assert session.receive(Beat("n", True, True, 0), T0, ("n",)) == ()
    assert session.receive(Seen(()), T0) == ()
    session.receive(Visible(False), T0)
    session.joined(NOBODY, T0)
    assert session.visible is False


def test_SES1_who_came_without_a_token_is_asked_to_sign_in_before_the_welcome_too() -> None:
    session = a_session()
    session.receive(HELLO, T0)
    refused = refusal_of(session.receive(act("r9"), T0))
    assert refused is not None
    assert (refused.ref, refused.code, refused.retry_after_ms) == ("r9", "sign_in", None)


# --- hello again ----------------------------------------------------------------------------------


def test_SES2_a_repeated_hello_is_judged_with_the_present_identity_and_keeps_the_session() -> None:
    session = a_live_session(member("m1"))
    again = Hello("demo", "viewer", visible=False)
    [judge] = session.receive(again, T0 + 2_000)
    assert judge == Judge(again, Identity("m1", "viewer", "m1"))
    assert session.is_live  # until it is judged, life goes on
    assert session.receive(act(), T0 + 2_001) == (Perform(act()),)
    session.joined(member("m1"), T0 + 2_002)
    assert (session.id, session.state, session.visible) == ("s1", State.LIVE, False)


@pytest.mark.parametrize("after_ms", [0, 1, 1_999])
def test_SES2_a_hello_too_soon_is_refused_with_the_time_to_wait(after_ms: int) -> None:
    session = a_live_session()
    refused = refusal_of(session.receive(HELLO, T0 + after_ms))
    assert refused is not None
    assert (refused.code, refused.retry_after_ms) == ("rate_limited", 2_000 - after_ms)


def test_SES2_a_hello_while_one_is_being_judged_is_refused() -> None:
    session = a_session()
    session.receive(HELLO, T0)
    first = refusal_of(session.receive(HELLO, T0 + 1_000))
    assert first is not None
    session.joined(NOBODY, T0 + 1_000)
    session.receive(HELLO, T0 + 2_000)
    second = refusal_of(session.receive(HELLO, T0 + 9_000))
    assert second is not None
    assert second.code == "rate_limited"


def test_SES2_another_room_needs_another_connection() -> None:
    session = a_live_session()
    assert code_of(session.receive(Hello("other", "viewer"), T0 + 3_000)) == CloseCode.BAD_MESSAGE


@pytest.mark.parametrize(
    "before, after, allowed",
    [
        (NOBODY, member("m1"), True),
        (NOBODY, NOBODY, True),
        (member("m1"), member("m1"), True),
        (member("m1"), member("m2"), False),
        (member("m1"), NOBODY, False),
    ],
)
def test_SES3_R10_a_connection_may_sign_in_but_never_becomes_somebody_else(
    before: Joined, after: Joined, allowed: bool
) -> None:
    by_hello, by_token = a_live_session(before), a_live_session(before)
    by_hello.receive(HELLO, T0 + 2_000)
    by_token.receive(Token("t"), T0 + 2_000)
    expected = None if allowed else CloseCode.NOT_AUTHORISED
    assert code_of(by_hello.joined(after, T0 + 2_000)) == expected
    assert code_of(by_token.refreshed(after, T0 + 2_000)) == expected


def test_SES3_a_token_that_is_refused_ends_the_connection() -> None:
    session = a_live_session(member("m1"))
    assert session.receive(Token("t"), T0) == (Refresh("t"),)
    assert code_of(session.refreshed(Rejected(4501, "bad"), T0)) == CloseCode.NOT_AUTHORISED


# --- rate -----------------------------------------------------------------------------------------


def test_SES4_a_burst_passes_and_the_next_message_is_refused_with_the_time_to_wait() -> None:
    session = a_live_session()
    taken = [
        session.receive(act(f"r{n}"), T0) for n in range(BURST - 1)
    ]  # the hello was the first of the burst
    assert all(isinstance(actions[0], Perform) for actions in taken)
    refused = refusal_of(session.receive(act("late"), T0))
    assert refused is not None
    assert (refused.ref, refused.code) == ("late", "rate_limited")
    assert refused.retry_after_ms is not None
    assert session.receive(act("late"), T0 + refused.retry_after_ms) == (Perform(act("late")),)


def test_SES4_twenty_a_second_go_on_for_ever() -> None:
    session = a_live_session()
    for n in range(2_000):
        ref = f"r{n}"
        assert session.receive(act(ref), T0 + 50 * (n + 1)) == (Perform(act(ref)),)
        session.answered(Done(ref, encoded({})))


def test_SES4_five_seconds_of_too_much_are_the_end() -> None:
    session = a_live_session()
    closed_at = None
    for ms in range(10_000):
        if code_of(session.receive(TimeAsk(ms), T0 + ms)) == CloseCode.OVERLOADED:
            closed_at = ms
            break
    assert closed_at is not None
    assert 5_000 <= closed_at <= 5_100


def test_SES4_two_seconds_of_moderation_forgive() -> None:
    session = a_live_session()
    for round_ms in range(0, 60_000, 3_000):
        for _ in range(200):
            assert code_of(session.receive(TimeAsk(0), T0 + round_ms)) is None


def test_SES4_bursts_every_second_are_too_much() -> None:
    session = a_live_session()
    codes = [
        code_of(session.receive(TimeAsk(0), T0 + 1_000 * second)) for second in range(8) for _ in range(200)
    ]
    assert CloseCode.OVERLOADED in codes


def test_SES4_what_has_no_ref_is_told_once_a_second() -> None:
    session = a_live_session()
    answers = [session.receive(Seen(()), T0 + 10) for _ in range(BURST * 3)]
    assert sum(refusal_of(actions) is not None for actions in answers) == 1


# --- acts, beats, seen ----------------------------------------------------------------------------


def test_SES5_the_same_act_again_joins_the_one_under_way() -> None:
    session = a_live_session(member("m1"))
    assert session.receive(act(), T0) == (Perform(act()),)
    assert session.receive(act(), T0 + 1) == ()
    answer = Done("r1", encoded({"points": 1}))
    assert session.answered(answer) == (Send(answer),)
    assert session.receive(act(), T0 + 2) == (Perform(act()),)  # answered: asked anew, the application knows


def test_SES5_acts_that_wait_are_limited() -> None:
    session = a_live_session(member("m1"))
    for n in range(MAX_IN_FLIGHT):
        session.receive(act(f"r{n}"), T0 + 1_000 * n)
    refused = refusal_of(session.receive(act("more"), T0 + 1_000 * MAX_IN_FLIGHT))
    assert refused is not None
    assert refused.code == "rate_limited"


def test_SES6_a_beat_counts_once_and_only_for_a_nonce_of_the_last_two_rounds() -> None:
    session = a_live_session(member("m1"))
    beats = {nonce: Beat(nonce, True, True, 1) for nonce in ("a", "b", "c", "x")}
    assert session.receive(beats["x"], T0, ("a", "b")) == ()
    assert session.receive(beats["a"], T0, ("a", "b")) == (Count(beats["a"]),)
    assert session.receive(beats["a"], T0, ("a", "b")) == ()
    assert session.receive(beats["b"], T0, ("a", "b")) == (Count(beats["b"]),)
    assert session.receive(beats["a"], T0, ("a", "b")) == ()
    assert session.receive(beats["c"], T0, ("b", "c")) == (Count(beats["c"]),)
    assert session.receive(beats["b"], T0, ("b", "c")) == ()
    assert session.receive(beats["a"], T0, ("b", "c")) == ()


def test_SES7_what_was_seen_is_passed_on_once_a_second() -> None:
    session = a_live_session()
    seen = Seen(("a",))
    assert session.receive(seen, T0) == (Report(seen),)
    assert session.receive(seen, T0 + 999) == ()
    assert session.receive(seen, T0 + 1_000) == (Report(seen),)


def test_HUB5_hiding_and_showing_are_told() -> None:
    session = a_live_session()
    assert session.receive(Visible(False), T0) == (Show(False),)
    assert session.visible is False


# --- deadlines ------------------------------------------------------------------------------------


def test_SES8_a_minute_after_its_token_a_connection_ends() -> None:
    session = a_live_session(member("m1", expires_ms=T0 + 10_000))
    for ms in range(0, 70_000, 5_000):
        session.heard(T0 + ms)
        assert code_of(session.tick(T0 + ms)) is None
    assert session.due_ms == T0 + 70_000
    assert code_of(session.tick(T0 + 70_000)) == CloseCode.TOKEN_EXPIRED


def test_SES8_a_refreshed_token_moves_the_end() -> None:
    session = a_live_session(member("m1", expires_ms=T0 + 10_000))
    session.refreshed(member("m1", expires_ms=T0 + 500_000), T0 + 9_000)
    session.heard(T0 + 70_000)
    assert code_of(session.tick(T0 + 70_001)) is None


def test_SES9_a_silent_client_is_asked_for_a_sign_of_life() -> None:
    session = a_live_session()
    assert session.due_ms == T0 + QUIET_MS
    assert session.tick(T0 + QUIET_MS) == (Ping(),)
    assert session.tick(T0 + QUIET_MS + PONG_WITHIN_MS - 1) == ()
    assert code_of(session.tick(T0 + QUIET_MS + PONG_WITHIN_MS)) == CloseCode.NO_PONG


def test_SES9_any_sign_of_life_will_do() -> None:
    session = a_live_session()
    session.tick(T0 + QUIET_MS)
    session.heard(T0 + QUIET_MS + 1)
    assert session.tick(T0 + QUIET_MS + PONG_WITHIN_MS) == ()
    assert session.due_ms == T0 + QUIET_MS + 1 + QUIET_MS


def test_SES10_after_the_end_nothing_is_said_and_what_is_left_is_cut() -> None:
    session = a_live_session(member("m1"))
    session.receive(act(), T0)
    assert code_of(session.close(CloseCode.REPLACED, "replaced")) == CloseCode.REPLACED
    session.farewell(T0)
    assert session.close(CloseCode.SLOW, "slow") == ()
    assert session.receive(TimeAsk(1), T0) == ()
    assert session.answered(Done("r1", encoded({}))) == ()
    assert session.joined(NOBODY, T0) == ()
    assert session.refreshed(NOBODY, T0) == ()
    assert session.due_ms == T0 + FAREWELL_MS
    assert session.tick(T0 + FAREWELL_MS) == (Cut(),)
    assert session.due_ms == 0
