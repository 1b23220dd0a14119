"""A SQLite ledger with its tables and nothing in them, made once per process: migrating is a third of a first start."""

import tempfile
from functools import cache
from pathlib import Path

from tests.support import in_process

LEDGER = "ledger.db"


@cache
def migrated_ledger() -> bytes:
    """The file that `liveroom migrate` makes in an empty data directory."""
    with tempfile.TemporaryDirectory(prefix="liveroom-migrated-") as name:
        in_process.command("migrate", "--data-dir", name)
        leftover = [path.name for path in Path(name).glob(f"{LEDGER}-*") if path.stat().st_size]
        assert not leftover, f"migrate left work outside the file: {leftover}"
        return (Path(name) / LEDGER).read_bytes()


def put_migrated_ledger(data_dir: Path) -> None:
    """Make `data_dir` that of a server that was here before and did nothing."""
    (data_dir / LEDGER).write_bytes(migrated_ledger())
