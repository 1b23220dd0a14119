"""Every setting, once, frozen. Options win over ``LIVEROOM_*`` in the environment; secrets hide in `repr`."""

from __future__ import annotations

import os
import secrets as random_secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from broadcaster.redis_url import BadAddress, read_place
from server.errors import SettingWrong

ENV_PREFIX = "LIVEROOM_"
EMBEDDED = "embedded:"
ROLES = ("gateway", "api", "jobs")
_Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What the operator chose (PROTOCOL §4). Built by `read`; handed over in parts, the core never sees it."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Path("var")
    database_url: SecretStr = SecretStr("")
    """Empty = SQLite in the data dir. Secret, because it may carry a password."""
    redis_url: SecretStr = SecretStr(EMBEDDED)
    """``embedded:`` = a private child."""
    namespace: str = Field(default="liveroom", pattern=r"^[a-z][a-z0-9_]{0,31}$")
    """Prefix of every Redis key and name of the PostgreSQL schema."""
    time_zone: str = "Asia/Shanghai"
    preset: Literal["jifen", "laopengyou"] = "jifen"
    """The rulebook a new ledger begins with; later it changes nothing."""
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$")
    origins: _Listed = ()
    """Foreign web origins whose pages may connect and read snapshots; empty = none but our own host."""
    token_secret_file: Path | None = None
    """None = ``token.secret`` in the data dir, made at first start."""
    token_jwks: str | None = None
    """None = only our own tokens count."""
    token_issuer: str | None = None
    """None = `iss` is not looked at."""
    permit_key_file: Path | None = None
    metrics_token: SecretStr | None = None
    """None = /metrics answers the loopback only."""
    allow_private_webhooks: bool = False
    """Send webhooks to private addresses and in the clear, too: for tests and for receivers in one's own network."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    """0 = the system chooses; the ready line says which."""
    workers: int = Field(default=1, ge=1, le=64)
    roles: _Listed = ROLES
    demo: bool = False
    """Serve POST /demo/token for room demo. Only `liveroom demo` sets it."""

    @field_validator("origins", "roles", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        return (
            tuple(part.strip() for part in given.split(",") if part.strip())
            if isinstance(given, str)
            else given
        )

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if not roles or set(roles) - set(ROLES):
            raise ValueError(f"must be a list of {', '.join(ROLES)}")
        return roles

    @field_validator("origins")
    @classmethod
    def _web_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or not parts.netloc
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError(f"{origin!r} is not an origin like https://shop.example")
        return origins

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as unknown:
            raise ValueError(f"{name!r} is no time zone like Asia/Shanghai") from unknown
        return name

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr) -> SecretStr:
        scheme = url.get_secret_value().partition(":")[0]
        if scheme not in ("", "sqlite+aiosqlite", "postgresql+asyncpg"):
            raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return url

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if text != EMBEDDED:
            try:
                read_place(text)
            except BadAddress as wrong:
                raise ValueError(f"{wrong}; or embedded: for a private one") from None
        return url

    @field_validator("token_jwks")
    @classmethod
    def _jwks_address(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("must be an http:// or https:// address")
        return url

    @field_validator("permit_key_file")
    @classmethod
    def _readable_key(cls, path: Path | None) -> Path | None:
        if path is not None and not (path.is_file() and os.access(path, os.R_OK)):
            raise ValueError(f"{path} is not a file that can be read")
        return path

    # --- what follows from the above --------------------------------------------------------------

    @property
    def database(self) -> str:
        """The database URL in use, password and all: not for logs."""
        given = self.database_url.get_secret_value()
        return given or f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'ledger.db'}"

    @property
    def on_sqlite(self) -> bool:
        return self.database.startswith("sqlite")

    @property
    def redis(self) -> str:
        """The Redis URL in use, password and all: not for logs."""
        return self.redis_url.get_secret_value()

    @property
    def run_dir(self) -> Path:
        """What only lives as long as one start: sockets and workers' counters."""
        return self.data_dir.absolute() / "run"

    def environ(self) -> dict[str, str]:
        """Return the settings as variables, for a child that shall see the very same."""
        variables: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, SecretStr):
                text = value.get_secret_value()
            elif isinstance(value, tuple):
                text = ",".join(value)
            else:
                text = str(value)
            variables[ENV_PREFIX + name.upper()] = text
        return variables


def read(options: Mapping[str, object]) -> Settings:
    """Return the settings of these options (absent or None = not given) and the environment.

    Raises `SettingWrong` for the first that cannot be used, named as it was given.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(given)  # the environment fills what is absent
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        shown = f"--{name.replace('_', '-')}" if name in given else ENV_PREFIX + name.upper()
        raise SettingWrong(shown, first["msg"].removeprefix("Value error, ")) from None


def prepare_data_dir(settings: Settings) -> None:
    """Make the data dir, for its owner only, unless it is there. Raises `SettingWrong`."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise SettingWrong("--data-dir", f"{settings.data_dir}: {problem.strerror}") from problem
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise SettingWrong("--data-dir", f"{settings.data_dir} cannot be written to")


def token_secret(settings: Settings) -> bytes:
    """Return the HS256 secret; a first call makes it in the data dir, readable by its owner alone.

    Raises `SettingWrong` when the named file is missing or holds less than 32 bytes.
    """
    path = settings.token_secret_file
    if path is None:
        path = settings.data_dir / "token.secret"
        made_once(path, lambda: random_secrets.token_urlsafe(48).encode() + b"\n")
    try:
        secret = path.read_bytes().strip()
    except OSError as problem:
        raise SettingWrong("--token-secret-file", f"{path}: {problem.strerror}") from problem
    if len(secret) < 32:
        raise SettingWrong("--token-secret-file", f"{path} must hold at least 32 bytes")
    return secret


def made_once(path: Path, content: Callable[[], bytes]) -> None:
    """Make a secret file unless it is there; of two who try at once, one wins and both read the same."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{random_secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another start was faster; its secret counts
    finally:
        draft.unlink()
