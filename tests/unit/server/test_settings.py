"""Every setting, once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.errors import SettingWrong
from server.settings import EMBEDDED, Settings, prepare_data_dir, read, token_secret


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVEROOM_{name.upper()}", raising=False)


def test_SET1_without_anything_the_embedded_default_stands(tmp_path: Path) -> None:
    settings = read({"data_dir": tmp_path})
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/ledger.db"
    assert settings.redis == EMBEDDED
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.roles == ("gateway", "api", "jobs")
    assert (settings.namespace, settings.time_zone, settings.currency) == ("liveroom", "Asia/Shanghai", "CNY")
    assert settings.on_sqlite


def test_SET1_an_option_wins_over_the_environment_which_wins_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIVEROOM_PORT", "9000")
    monkeypatch.setenv("LIVEROOM_ORIGINS", "https://a.example, http://b.example:8080")
    assert read({}).port == 9_000
    assert read({"port": 7_000}).port == 7_000
    assert read({"port": None}).origins == ("https://a.example", "http://b.example:8080")


@pytest.mark.parametrize(
    "option, value, named",
    [
        ("port", 70_000, "--port"),
        ("workers", 0, "--workers"),
        ("roles", "gateway,boss", "--roles"),
        ("roles", "", "--roles"),
        ("origins", "shop.example", "--origins"),
        ("origins", "https://shop.example/path", "--origins"),
        ("time_zone", "Mars/Olympus", "--time-zone"),
        ("time_zone", "../../etc/passwd", "--time-zone"),
        ("currency", "yuan", "--currency"),
        ("namespace", "a b", "--namespace"),
        ("database_url", "mysql://x", "--database-url"),
        ("redis_url", "http://x", "--redis-url"),
        ("token_jwks", "file:///etc/passwd", "--token-jwks"),
        ("permit_key_file", "/nowhere/permit.key", "--permit-key-file"),
    ],
)
def test_SET1_what_cannot_be_used_is_named_in_one_line(option: str, value: object, named: str) -> None:
    with pytest.raises(SettingWrong) as wrong:
        read({option: value})
    assert str(wrong.value).startswith(f"{named}: ")
    assert "\n" not in str(wrong.value)


def test_SET1_a_wrong_variable_is_named_as_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_PORT", "many")
    with pytest.raises(SettingWrong, match=r"^LIVEROOM_PORT: "):
        read({})


def test_SET1_a_child_is_told_the_very_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = read(
        {
            "data_dir": tmp_path,
            "origins": "https://a.example",
            "token_issuer": "me",
            "roles": "api,jobs",
            "demo": True,
        }
    )
    for name, value in settings.environ().items():
        monkeypatch.setenv(name, value)
    assert read({}) == settings


def test_SET2_no_secret_is_in_the_repr() -> None:
    secret = "hunter2hunter2"
    settings = read(
        {
            "database_url": f"postgresql+asyncpg://u:{secret}@db/x",
            "redis_url": f"redis://:{secret}@r:6379",
            "metrics_token": secret,
        }
    )
    assert secret not in repr(settings)
    assert secret not in str(settings)
    assert secret in settings.database


def test_SET3_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = read({"data_dir": tmp_path / "var"})
    prepare_data_dir(settings)
    with ThreadPoolExecutor(8) as starts:
        made = set(starts.map(lambda _: token_secret(settings), range(16)))
    assert len(made) == 1
    assert len(made.pop()) >= 32
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["token.secret"]
    assert (tmp_path / "var" / "token.secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [None, b"too short\n"])
def test_SET3_a_named_file_that_is_missing_or_short_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingWrong, match="--token-secret-file"):
        token_secret(read({"data_dir": tmp_path, "token_secret_file": file}))


def test_SET1_a_data_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingWrong, match="--data-dir"):
        prepare_data_dir(read({"data_dir": tmp_path / "file" / "var"}))
