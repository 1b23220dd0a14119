"""What the command line says of settings it cannot use. Real commands are in `tests/wire/server/test_cli.py`."""

from pathlib import Path
from typing import ClassVar

import pytest

from server.cli import main
from server.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVEROOM_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("serve", "--port", "70000"), "--port"),
        (("serve", "--port", "many"), "--port"),
        (("serve", "--workers", "0"), "--workers"),
        (("serve", "--roles", "boss"), "--roles"),
        (("serve", "--redis-url", "http://x"), "--redis-url"),
        (
            (
                "serve",
                "--nonsense",
            ),
            "--nonsense",
        ),
        (("token", "--role", "boss", "--sub", "m1"), "role must be one of"),
        (("token", "--role", "viewer", "--sub", "a b"), "member id"),
        (("token", "--role", "viewer", "--sub", "m1", "--ttl", "4000"), "ttl"),
        (("token", "--role", "viewer"), "--sub"),
        (("api-key", "create", "--name", "x", "--scope", "all"), "no such scope"),
        (("api-key", "create", "--name", "x", "--can", "liked"), "--source"),
        (
            ("api-key", "create", "--name", "x", "--source", "s", "--can", "order"),
            "no such event type: order",
        ),
        (("nonsense",), "nonsense"),
    ],
    ids=lambda part: " ".join(part)[:40] if isinstance(part, tuple) else None,
)
def test_CLI2_a_wrong_setting_is_exit_code_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    options = () if arguments[0] == "nonsense" else ("--data-dir", str(tmp_path / "var"))
    with pytest.raises(SystemExit) as ended:
        main([*arguments, *options])
    written = capsys.readouterr()
    assert ended.value.code == 2
    assert written.out == ""
    (line,) = written.err.splitlines()
    assert line.startswith("liveroom: ")
    assert said in line


class Recorder:
    """Stands in for the launcher: what would it have started?"""

    started: ClassVar[list[Settings]] = []

    def __init__(self, settings: Settings, *_more: object, **_named: object) -> None:
        self.started.append(settings)

    def run(self, _prepare: object) -> int:
        return 0


@pytest.mark.parametrize("command, demo", [("serve", False), ("demo", True)])
def test_DTK1_R10_only_the_demo_gives_tokens_away_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, demo: bool
) -> None:
    monkeypatch.setenv("LIVEROOM_DEMO", "true")
    monkeypatch.setattr("server.processes.launcher.Launcher", Recorder)
    with pytest.raises(SystemExit) as ended:
        main([command, "--data-dir", str(tmp_path), "--workers", "3"])
    assert ended.value.code == 0
    started = Recorder.started.pop()
    assert (started.demo, started.workers, started.data_dir) == (demo, 3, tmp_path)


@pytest.mark.parametrize("command", ["serve", "demo", "migrate", "doctor", "token", "verify-ledger", "bench"])
def test_CLI1_every_command_has_help_with_its_own_and_the_shared_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", "200")
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--data-dir" in capsys.readouterr().out
