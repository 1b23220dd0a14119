"""The preset a programme begins with, and what is said when another is asked for later."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.bootstrap import ledger
from server.bootstrap.ledger import migrate_ledger, open_engines, prepare_ledger, programme_of
from server.ledger.engines import Engines
from server.processes.doctor import Finding, examine
from server.settings import Settings, read


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVEROOM_{name.upper()}", raising=False)


async def found(settings: Settings) -> Finding:
    return next(one for one in await examine(settings) if one.what == "rulebook")


async def test_LED60_SET1_a_new_programme_begins_with_the_preset_asked_for(tmp_path: Path) -> None:
    settings = read({"data_dir": tmp_path, "preset": "laopengyou"})
    assert (await found(settings)).verdict == "note"
    await prepare_ledger(settings)
    async with open_engines(settings) as engines:
        programme = programme_of(settings, engines)
        await programme.rulebooks.refresh(0)
        assert programme.rulebook_at(0).lowest == "lv1"
    assert await found(settings) == Finding("rulebook", "ok", "version 1 is in force")


async def test_LED60_CLI5_another_preset_later_is_said_and_changes_nothing(tmp_path: Path) -> None:
    await prepare_ledger(read({"data_dir": tmp_path, "preset": "laopengyou"}))
    later = read({"data_dir": tmp_path})
    with capture_logs() as logs:
        await prepare_ledger(later)
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["start.other_preset"]
    said = await found(later)
    assert said.verdict == "note"
    assert "began with the preset laopengyou" in said.found


async def test_LED13_a_migration_may_take_as_long_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bool] = []

    def noted(url: str, namespace: str, *, patient: bool = False) -> Engines:
        made.append(patient)
        return Engines(url, namespace, patient=patient)

    monkeypatch.setattr(ledger, "Engines", noted)
    assert await migrate_ledger(read({"data_dir": tmp_path}))
    assert made == [True], "a statement over a million rows was given the seconds of a shop's query"
