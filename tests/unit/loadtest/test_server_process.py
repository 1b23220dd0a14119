from pathlib import Path

from loadtest.server_process import Target, without_settings


def test_VRD5_no_setting_of_the_operator_reaches_a_server_under_test() -> None:
    environ = {
        "PATH": "/bin",
        "LIVEROOM_DATABASE_URL": "postgresql+asyncpg://production/",
        "LIVEROOM_REDIS_URL": "redis://r",
    }
    assert without_settings(environ) == {"PATH": "/bin"}


def test_DMO1_the_key_is_the_last_line_of_its_file(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("created key k_1\nlrk_secret\n")
    assert Target("http://127.0.0.1:1", key_file, "r").key == "lrk_secret"
