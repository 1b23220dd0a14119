"""The command line as an operator meets it: real processes, their words and exit codes."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from server.clock import SystemClock
from server.credentials.access import Tokens
from tests.support import in_process
from tests.support.liveroom_process import CHECKOUT, StartLiveroom, clean_environment


def liveroom(
    *arguments: str, data_dir: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "server", *arguments]
    if data_dir is not None:
        words += ["--data-dir", str(data_dir)]
    return subprocess.run(
        words,
        cwd=CHECKOUT,
        env={**clean_environment(os.environ), **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_CLI1_CLI3_a_token_made_before_the_first_start_is_alone_on_the_last_line(tmp_path: Path) -> None:
    done = liveroom(
        *("token", "--role", "viewer", "--sub", "douyin:o1", "--name", "小美"),
        *("--room", "demo", "--room", "b", "--ttl", "60"),
        data_dir=tmp_path / "var",
    )
    assert done.returncode == 0, done.stderr
    secret = (tmp_path / "var" / "token.secret").read_bytes().strip()
    (line,) = done.stdout.splitlines()
    claims = Tokens(secret).verify(line, SystemClock().now_ms())
    assert (claims.sub, claims.role, claims.rooms, claims.name) == (
        "douyin:o1",
        "viewer",
        ("demo", "b"),
        "小美",
    )
    assert claims.exp_ms - claims.iat_ms == 60_000
    assert line not in done.stderr
    assert "viewer" in done.stderr


def test_CLI1_CLI3_keys_are_made_listed_and_revoked_before_the_first_start(tmp_path: Path) -> None:
    made = liveroom(
        "api-key", "create", "--name", "shop", "--scope", "events", "--source", "tmall", data_dir=tmp_path
    )
    assert made.returncode == 0, made.stderr
    (secret,) = made.stdout.splitlines()
    key_id = secret.split("_")[1]
    assert key_id in made.stderr
    assert secret not in made.stderr
    there = ("--data-dir", str(tmp_path))
    signing = in_process.command("api-key", "create", "--name", "signs", "--signing", *there)
    assert signing.startswith("whsec_")
    listed = in_process.command("api-key", "list", *there)
    assert f"{key_id}  valid  bearer  shop  source=tmall  events" in listed
    assert secret not in listed
    assert liveroom("api-key", "revoke", key_id, data_dir=tmp_path).returncode == 0
    again = liveroom("api-key", "revoke", key_id, data_dir=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert f"{key_id}  revoked" in in_process.command("api-key", "list", *there)


def test_CLI2_a_wrong_variable_is_named_as_one(tmp_path: Path) -> None:
    done = liveroom("serve", data_dir=tmp_path, LIVEROOM_TIME_ZONE="Mars/Olympus")
    assert done.returncode == 2
    assert done.stderr.startswith("liveroom: LIVEROOM_TIME_ZONE: ")


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_CLI4_on_postgres_that_is_behind_serve_names_migrate(empty_database_url: str, tmp_path: Path) -> None:
    options = ("--database-url", empty_database_url)
    behind = liveroom("serve", "--port", "0", *options, data_dir=tmp_path)
    assert (behind.returncode, behind.stdout) == (2, "")
    (line,) = behind.stderr.splitlines()
    assert "liveroom migrate" in line
    before = liveroom("doctor", *options, data_dir=tmp_path)
    assert before.returncode == 1
    assert "WRONG database: PostgreSQL" in before.stdout
    there = (*options, "--data-dir", str(tmp_path))
    assert in_process.command("migrate", *there) == "the database is up to date now\n"
    assert in_process.command("migrate", *there) == "the database was up to date\n"
    after = in_process.command("doctor", *there)
    assert "ok    database: PostgreSQL, up to date" in after
    assert "ok    database clock: " in after


def test_CLI5_doctor_names_the_remedy_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "token.secret").write_text("x" * 40)
    (tmp_path / "token.secret").chmod(0o644)
    done = liveroom(
        *("doctor", "--redis-url", "redis://127.0.0.1:1", "--token-jwks", "http://127.0.0.1:1/jwks"),
        data_dir=tmp_path,
        LIVEROOM_PROT="9000",
    )
    assert done.returncode == 1
    found = {line[6:].partition(":")[0]: line for line in done.stdout.splitlines()}
    assert found["token secret"].startswith("WRONG")
    assert f"chmod 600 {tmp_path / 'token.secret'}" in found["token secret"]
    assert found["redis"].startswith("WRONG")
    assert "--redis-url" in found["redis"]
    assert found["token issuer"].startswith("WRONG")
    assert "LIVEROOM_PROT" in found["environment"]
    assert found["data dir"].startswith("ok")


def test_CLI3_every_command_works_beside_a_running_server(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()
    assert server.run("token", "--role", "operator", "--sub", "o1").count(".") == 2
    assert server.run("api-key", "create", "--name", "shop").startswith("lrk_")
    assert "a server runs on it" in liveroom("doctor", data_dir=server.data_dir).stdout
    verified = server.run("verify-ledger")
    assert verified.splitlines()[-1].startswith("the ledger is right: ")
    assert server.run("migrate") == "the database was up to date\n"


def test_CLI1_every_command_has_help_with_an_example() -> None:
    overview = liveroom("--help")
    assert overview.returncode == 0
    for command in ("serve", "demo", "migrate", "doctor", "token", "api-key", "verify-ledger", "bench"):
        assert command in overview.stdout
    assert "worker" not in overview.stdout.split()
    serve = liveroom("serve", "--help")
    assert "Example:" in serve.stdout
    assert "--data-dir" in serve.stdout


def test_CLI3_verify_ledger_says_what_differs_and_exits_1(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "shop",
        "type": "order.paid",
        "subject": "member:m1",
        "data": {"order": "o1", "amount": 30_000, "currency": "CNY"},
    }
    headers = {
        "authorization": f"Bearer {server.api_key()}",
        "content-type": "application/cloudevents+json",
    }
    answer = httpx2.post(f"{server.url}/v1/events", json=event, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 200
    assert server.stop() == 0
    assert server.run("verify-ledger").splitlines()[-1] == "the ledger is right: 1 members, 2 entries"
    with closing(sqlite3.connect(server.data_dir / "ledger.db")) as database:
        database.execute("UPDATE members SET points = points + 1")
        database.commit()
    said = server.run("verify-ledger", expect=1).splitlines()
    assert said[-1] == "1 differences in 1 members, 2 entries"
    assert "balance m1: the entries say 600, kept is 601" in said
