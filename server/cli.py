"""The command line (PROTOCOL §4). Exit codes: 0 done, 1 found something wrong, 2 a wrong setting (one line says which)."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec, TypeVar, get_type_hints

import typer

from server.clock import SystemClock
from server.errors import LiveroomError, SettingWrong
from server.settings import Settings, prepare_data_dir, read, token_secret

if TYPE_CHECKING:
    from server.domain.origin import Origin

P = ParamSpec("P")
R = TypeVar("R")

_COLLECT_AFTER = (20_000, 20, 20)
_WHERE = "Where things are (also LIVEROOM_DATA_DIR … in the environment; the option wins)"


def _shared(flag: str, text: str) -> object:
    return typer.Option(flag, help=text, rich_help_panel=_WHERE, show_default=False)


_SHARED: Mapping[str, object] = {
    "data_dir": Annotated[
        Path | None, _shared("--data-dir", "Secrets, locks, the SQLite file. [default: ./var]")
    ],
    "database_url": Annotated[
        str | None,
        _shared(
            "--database-url",
            "postgresql+asyncpg://… or sqlite+aiosqlite:///… [default: SQLite in the data dir]",
        ),
    ],
    "redis_url": Annotated[
        str | None,
        _shared(
            "--redis-url",
            "redis://… rediss://… unix://… redis+sentinel://host:port,…/service redis+cluster://host:port,…, "
            "or embedded: for a private one. [default: embedded:]",
        ),
    ],
    "namespace": Annotated[
        str | None, _shared("--namespace", "Lets several programmes share servers. [default: liveroom]")
    ],
    "time_zone": Annotated[
        str | None, _shared("--time-zone", "Whose days the programme counts in. [default: Asia/Shanghai]")
    ],
    "preset": Annotated[
        str | None,
        _shared("--preset", "Rulebook a new programme begins with: jifen or laopengyou. [default: jifen]"),
    ],
    "currency": Annotated[
        str | None, _shared("--currency", "The one currency of the programme. [default: CNY]")
    ],
    "origins": Annotated[
        str | None,
        _shared("--origins", "Web origins whose pages may connect, by commas: https://shop.example"),
    ],
    "token_secret_file": Annotated[
        Path | None, _shared("--token-secret-file", "HS256 secret of tokens. [default: made in the data dir]")
    ],
    "token_jwks": Annotated[
        str | None, _shared("--token-jwks", "Address of the keys of another token issuer.")
    ],
    "token_issuer": Annotated[str | None, _shared("--token-issuer", "What `iss` of every token must be.")],
    "permit_key_file": Annotated[
        Path | None, _shared("--permit-key-file", "Key that signs purchase permits.")
    ],
}
_Port = Annotated[
    int | None, typer.Option(help="0 = any free one; the ready line says which. [default: 8000]")
]
_Host = Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")]
_Workers = Annotated[int | None, typer.Option(help="Processes, each with a socket of its own. [default: 1]")]
_AllowPrivate = Annotated[
    bool | None,
    typer.Option(
        "--allow-private-webhooks",
        help="Send webhooks to private addresses and over plain http, too.",
        show_default=False,
    ),
]

app = typer.Typer(
    name="liveroom",
    help="Live-room overlay and interaction server for live commerce.\n\n"
    "Try it: [bold]liveroom demo[/bold], then open the pages it prints.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(
    name="api-key",
    help="Keys of shop servers: made, listed, revoked; each counts within a second.",
    no_args_is_help=True,
)
app.add_typer(keys_app)


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[..., R]:
    """Give the command the options that all commands take; it gets them read and checked, as its first argument."""
    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        for name, hint in _SHARED.items()
    ]
    mine = [one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in own]

    @functools.wraps(command)
    def wrapper(**given: object) -> R:
        names = {one.name for one in own}
        settings = {name: value for name, value in given.items() if name in Settings.model_fields}
        rest = {name: value for name, value in given.items() if name in names}
        return command(read(settings), **rest)  # type: ignore[arg-type, call-arg]  # typer gave what the signature asks

    wrapper.__signature__ = inspect.Signature(mine + shared)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {one.name: one.annotation for one in (*mine, *shared)}
    return wrapper


@app.command()
@with_settings
def serve(
    settings: Settings,
    host: _Host = None,
    port: _Port = None,
    workers: _Workers = None,
    roles: Annotated[
        str | None, typer.Option(help="What these processes do. [default: gateway,api,jobs]")
    ] = None,
    allow_private_webhooks: _AllowPrivate = None,
) -> None:
    """Run the server: sockets, HTTP, pages and due work.

    Example: liveroom serve --host 0.0.0.0 --workers 4 --database-url postgresql+asyncpg://… --redis-url redis://…
    """
    from server.bootstrap.ledger import prepare_start
    from server.processes.launcher import Launcher

    settings = settings.model_copy(
        update={"demo": False}
    )  # whatever the environment says: tokens for all are not for here
    launcher = Launcher(settings, _load_worker, greet=lambda address: _say(f"liveroom ready at {address}"))
    raise typer.Exit(launcher.run(lambda: asyncio.run(prepare_start(settings))))


@app.command()
@with_settings
def demo(
    settings: Settings,
    host: _Host = None,
    port: _Port = None,
    workers: _Workers = None,
    viewers: Annotated[int, typer.Option(min=0, max=2_000, help="People in the crowd.")] = 40,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="2 = everything twice as often.")] = 1.0,
) -> None:
    """Run the server with a room, a live show and a simulated crowd; then open the pages it prints.

    Example: liveroom demo --port 8000 --viewers 200
    """
    from server.bootstrap.ledger import prepare_ledger
    from server.processes.demo import Demo
    from server.processes.launcher import Launcher

    settings = settings.model_copy(update={"demo": True})
    show = Demo(settings, viewers=viewers, speed=speed)

    async def prepare() -> None:
        await prepare_ledger(settings)
        await show.prepare()

    launcher = Launcher(
        settings,
        _load_worker,
        greet=lambda address: _say(f"liveroom ready at {address}"),
        on_ready=show.ready,
    )
    raise typer.Exit(launcher.run(lambda: asyncio.run(prepare())))


@app.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database up to date; `serve` does it itself on SQLite.

    Example: liveroom migrate --database-url postgresql+asyncpg://…
    """
    from server.bootstrap.ledger import migrate_ledger

    changed = asyncio.run(migrate_ledger(settings))
    _say("the database is up to date now" if changed else "the database was up to date")


@app.command()
@with_settings
def doctor(settings: Settings) -> None:
    """Check every dependency and setting, a line each with the remedy. Exit 1 when something is wrong.

    Example: liveroom doctor --database-url postgresql+asyncpg://… --redis-url redis://…
    """
    from server.processes.doctor import examine

    findings = asyncio.run(examine(settings))
    for finding in findings:
        mark = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}[finding.verdict]
        remedy = f" -> {finding.remedy}" if finding.remedy else ""
        _say(f"{mark} {finding.what}: {finding.found}{remedy}")
    raise typer.Exit(1 if any(finding.verdict == "wrong" for finding in findings) else 0)


@app.command()
@with_settings
def token(
    settings: Settings,
    role: Annotated[str, typer.Option(help="viewer, host or operator.")],
    sub: Annotated[str, typer.Option(help="Who: a member id, member:<id> or <platform>:<openid>.")],
    name: Annotated[str | None, typer.Option(help="The name to show; becomes the member's.")] = None,
    room: Annotated[
        list[str] | None, typer.Option(help="A room it is for; again for more. [default: every room]")
    ] = None,
    ttl: Annotated[int, typer.Option(help="Seconds it lives, at most 3600.")] = 3_600,
) -> None:
    """Make a token; it alone is the last line of stdout.

    Example: liveroom token --role viewer --sub m1 --name 小美 --room demo
    """
    from server.credentials.access import Tokens

    prepare_data_dir(settings)
    tokens = Tokens(token_secret(settings), issuer=settings.token_issuer)
    try:
        text, expires_ms = tokens.mint(
            sub=sub,
            role=role,
            rooms=room or ["*"],
            now_ms=SystemClock().now_ms(),
            ttl_s=ttl,
            name=name,
        )
    except ValueError as wrong:
        raise SettingWrong("token", str(wrong)) from None
    _note(f"{role} {sub}, expires at {expires_ms} ms")
    _say(text)


@keys_app.command("create")
@with_settings
def create_key(
    settings: Settings,
    name: Annotated[str, typer.Option(help="What people call it.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; again for more. [default: all]")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="The only event source it may speak for. [default: any]")
    ] = None,
    can: Annotated[
        list[str] | None,
        typer.Option(
            help="An event type that source can prove; again for more. [default: as declared, else all]"
        ),
    ] = None,
    signing: Annotated[
        bool, typer.Option("--signing", help="For signed requests instead of a bearer key.")
    ] = False,
) -> None:
    """Make a key; its secret alone is the last line of stdout and is never shown again. The key id is on stderr.

    Example: liveroom api-key create --name shop --scope events --scope members
    """
    from server.bootstrap import ledger
    from server.credentials.keys import Seal, new_bearer_key, new_signing_key
    from server.domain.proving import CAPABILITIES, unknown_capabilities
    from server.ledger.ports import SourceRecord

    proves = frozenset(can or ())
    if proves and source is None:
        raise SettingWrong("--can", "says what a source can prove; name it with --source")
    if unknown := unknown_capabilities(proves):
        known = ", ".join(sorted(CAPABILITIES))
        raise SettingWrong("--can", f"no such event type: {', '.join(unknown)}; there are {known}")
    prepare_data_dir(settings)
    now_ms = SystemClock().now_ms()
    try:
        if signing:
            key, secret = new_signing_key(name, scope or (), source, Seal(token_secret(settings)), now_ms)
        else:
            key, secret = new_bearer_key(name, scope or (), source, now_ms)
    except ValueError as wrong:
        raise SettingWrong("--scope", str(wrong)) from None

    async def store() -> None:
        async with ledger.open_queries(settings) as queries:
            by = _typed(f"key {key.id}", now_ms)
            await queries.add_key(key, by)
            if proves and source is not None:
                await queries.put_source(SourceRecord(source, proves, now_ms, by.actor), by)

    asyncio.run(store())
    _note(f"key id {key.id}, scopes {' '.join(sorted(key.scopes))}")
    _say(secret)


@keys_app.command("list")
@with_settings
def list_keys(settings: Settings) -> None:
    """Show the keys there are, without their secrets."""
    from server.bootstrap import ledger

    async def fetch() -> None:
        async with ledger.open_queries(settings) as queries:
            for key in await queries.keys():
                state = "revoked" if key.revoked_ms is not None else "valid"
                kind = "bearer" if key.signing_secret is None else "signing"
                source = key.source or "any"
                _say(
                    f"{key.id}  {state}  {kind}  {key.name}  source={source}  {' '.join(sorted(key.scopes))}"
                )

    asyncio.run(fetch())


@keys_app.command("revoke")
@with_settings
def revoke_key(
    settings: Settings, key_id: Annotated[str, typer.Argument(help="As `list` shows it.")]
) -> None:
    """Make a key worthless within a second."""
    from server.bootstrap import ledger

    async def revoke() -> bool:
        async with ledger.open_queries(settings) as queries:
            now_ms = SystemClock().now_ms()
            return await queries.revoke_key(key_id, now_ms, _typed(f"revoke {key_id}", now_ms))

    if not asyncio.run(revoke()):
        _note(f"there is no valid key {key_id}")
        raise typer.Exit(1)
    _say(f"{key_id} is revoked")


@app.command("verify-ledger")
@with_settings
def verify_ledger(settings: Settings) -> None:
    """Recompute balances and counters from the entries. Exit 1 and the differences if any."""
    from server.bootstrap import ledger

    differences, closing = asyncio.run(ledger.verify(settings))
    for difference in differences:
        _say(difference)
    _say(closing)
    raise typer.Exit(1 if differences else 0)


@app.command()
@with_settings
def bench(
    settings: Settings,
    what: Annotated[
        list[str] | None,
        typer.Argument(help="fanout, join, ledger, room; all when none. Or peak: a full house, 8 minutes."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Rows as JSON on stdout, and nothing else there.")
    ] = False,
    events: Annotated[
        int | None,
        typer.Option(min=1_000, help="ledger: so many instead of 3 s; 200000 judge the memory, too."),
    ] = None,
    curve: Annotated[
        bool,
        typer.Option("--curve", help="ledger: an event's cost from 10 000 to 1 000 000 members instead."),
    ] = False,
    at: Annotated[
        Path | None, typer.Option("--at", help="ledger --curve: the folder where the loaded ledgers stay.")
    ] = None,
    flush_ms: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1_000.0,
            help="ledger: where a flush takes less, again with such flushes (2); 0 = not.",
        ),
    ] = None,
    viewers: Annotated[
        int | None, typer.Option(min=10, max=25_000, help="room: so many instead of 5000.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.0, max=60.0, help="room: everybody asks within so many, not 1.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="peak: the folder its table and JSON go to.")
    ] = None,
) -> None:
    """Measure this machine: us beside the floor and whatever peers are installed.

    Example: liveroom bench fanout --json
    """
    command = [sys.executable, "-m", "loadtest.bench", *(what or ())]
    command += [*(["--json"] if json else []), *(["--curve"] if curve else [])]
    command += [] if events is None else ["--events", str(events)]
    command += [] if at is None else ["--at", str(at)]
    command += [] if flush_ms is None else ["--flush-ms", str(flush_ms)]
    command += [] if viewers is None else ["--viewers", str(viewers)]
    command += [] if seconds is None else ["--seconds", str(seconds)]
    command += [] if write is None else ["--write", str(write)]
    raise typer.Exit(subprocess.call(command, env={**os.environ, **settings.environ()}))


def _typed(what: str, now_ms: int) -> Origin:
    """Return the origin of what was done by the command line, for the audit (X7)."""
    from server.domain.origin import Origin
    from server.ids import derived
    from server.ledger.audit import COMMAND_LINE

    return Origin("api", derived("w", COMMAND_LINE, what, now_ms), "", now_ms, actor=COMMAND_LINE)


def _say(line: str) -> None:
    print(line, flush=True)


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _load_worker() -> Callable[[Settings, int], int]:
    from server.processes.worker import run

    def worker(settings: Settings, ready_fd: int) -> int:
        return _exit_code(lambda: run(settings, ready_fd))

    return worker


def _exit_code(command: Callable[[], object]) -> int:
    """Run it; what an operator can do something about becomes one line on stderr and an exit code."""
    from server.ledger.errors import LedgerError

    try:
        code = command()
    except SettingWrong as wrong:
        _note(f"liveroom: {wrong}")
        code = 2
    except typer.TyperException as wrong:
        _note(f"liveroom: {wrong.format_message()}")
        code = wrong.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except (LiveroomError, LedgerError) as problem:
        _note(f"liveroom: {problem}")
        code = 1
    return code if isinstance(code, int) else 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    from server.logs import log_to_stderr

    log_to_stderr()
    # All that is read in from here on stays: looking through it for garbage took a tenth of a start.
    gc.set_threshold(*_COLLECT_AFTER)
    given = None if arguments is None else list(arguments)
    sys.exit(_exit_code(lambda: app(args=given, standalone_mode=False)))
