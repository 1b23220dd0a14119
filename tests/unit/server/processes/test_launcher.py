"""When the dead are started again, and whose port it is. Processes are in `tests/fault/test_processes.py`."""

import socket

import pytest

from server.errors import SettingWrong
from server.processes.launcher import listening_socket, reserve_port, restart_delay_s


def test_LCH2_the_first_death_costs_nothing_and_many_at_most_five_seconds() -> None:
    delays = [restart_delay_s(failures) for failures in range(1, 12)]
    assert delays[0] == 0
    assert delays[1] == pytest.approx(0.1)
    assert delays == sorted(delays)
    assert delays[-1] == 5.0


def test_LCH3_a_port_is_reserved_for_our_workers_alone() -> None:
    reserved = reserve_port("127.0.0.1", 0)
    port = reserved.getsockname()[1]
    workers = [listening_socket("127.0.0.1", port) for _ in range(2)]
    for worker in workers:
        worker.listen()
    with pytest.raises(SettingWrong, match=f"cannot listen on 127.0.0.1:{port}"):
        reserve_port("127.0.0.1", port)  # although a second server of ours could share it
    for one in (reserved, *workers):
        one.close()
    again = reserve_port("127.0.0.1", port)
    assert again.getsockname()[1] == port
    again.close()


def test_LCH3_somebody_elses_port_or_a_foreign_address_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingWrong, match="Address already in use"):
            reserve_port("127.0.0.1", other.getsockname()[1])
    with pytest.raises(SettingWrong, match=r"203\.0\.113\.1"):
        reserve_port("203.0.113.1", 0)
    with pytest.raises(SettingWrong, match="no such host"):
        reserve_port("no such host", 0)
