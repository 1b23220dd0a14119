import pytest

from loadtest.histogram import Histogram
from loadtest.swarm import SATURATED, TAG, Mark, between, marker, packed, sources_for
from loadtest.swarm_python import unpacked
from loadtest.swarm_viewer import client_frame, marker_at


def a_mark(at_s: float, cpu_s: float, markers: int = 0, missing: int = 0) -> Mark:
    return Mark(
        monotonic_ns=int(at_s * 1e9), cpu_ns=int(cpu_s * 1e9), live=5, messages=markers, bytes=0, markers=markers,
        missing=missing, repeated=0, pings=0, ended=0, latency_ns=Histogram.of_pairs([(900, 3)]),
    )  # fmt: skip


def test_SWM2_a_window_is_what_came_between_two_marks() -> None:
    window = between(a_mark(10, 1, markers=100), a_mark(12, 1.5, markers=290, missing=10))
    assert (window.seconds, window.deliveries, window.missing, window.load) == (2, 190, 10, 0.25)
    assert window.reach == 0.95


def test_SWM2_nothing_seen_has_no_reach() -> None:
    assert between(a_mark(1, 0), a_mark(2, 0)).reach is None


@pytest.mark.parametrize("load, judged", [(SATURATED, True), (SATURATED + 0.01, False)])
def test_SWM4_a_saturated_swarm_gives_no_latency(load: float, judged: bool) -> None:
    window = between(a_mark(0, 0), a_mark(1, load, markers=1))
    assert (window.latency_ns is not None) is judged


def test_SWM3_a_marker_holds_tag_time_and_number() -> None:
    data = marker(0xABC, 0x1_0000_0007)
    assert data == TAG.encode() + b"0000000000000abc00000007"
    assert marker_at(data, len(TAG)) == (0xABC, 7)


@pytest.mark.parametrize("payload", [b"", b"0" * 23, b"0" * 16 + b"zzzzzzzz"])
def test_SWM2_what_is_cut_short_or_no_number_is_no_marker(payload: bytes) -> None:
    assert marker_at(payload, 0) is None


def test_SWM1_first_messages_survive_their_file() -> None:
    records = [b"", b"a", b"\x81\xa1" * 300]
    assert unpacked(packed(records)) == records


@pytest.mark.parametrize("size", [0, 1, 125, 126, 700])
def test_SWM1_client_frames_are_masked_and_hold_their_payload(size: int) -> None:
    payload = bytes(n % 251 for n in range(size))
    frame = client_frame(2, payload)
    head = 2 if size < 126 else 4
    assert frame[0] == 0x82
    assert frame[1] & 0x80
    mask, masked = frame[head : head + 4], frame[head + 4 :]
    assert bytes(byte ^ mask[n % 4] for n, byte in enumerate(masked)) == payload


def test_SWM1_more_viewers_than_ports_need_more_addresses() -> None:
    assert [sources_for(n) for n in (1, 25_000, 25_001, 60_000)] == [1, 1, 2, 3]
