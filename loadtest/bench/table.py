"""The rows as a table for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from loadtest.bench.rows import Outcome, Row

STYLE = {
    Outcome.SHOWN: "",
    Outcome.MET: "green",
    Outcome.NOT_INSTALLED: "dim",
    Outcome.NOT_JUDGED: "yellow",
    Outcome.MISSED: "red",
    Outcome.FAILED: "bold red",
}


WIDE = 120
"""Columns when nobody looks: a log keeps long lines whole."""


def console() -> Console:
    """Return standard output as it is: a terminal, or something that keeps whole lines."""
    return Console(width=None if sys.stdout.isatty() else WIDE)


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the rows, then what each rests on."""
    table = Table(box=None, pad_edge=False)
    for heading in ("what", "who", "value", "ratio", "goal", "verdict"):
        table.add_column(heading, justify="right" if heading == "value" else "left", overflow="fold")
    notes = []
    for row in rows:
        value = "-" if row.value is None else f"{row.value:,.2f} {row.unit}".replace(",", " ")
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} × {row.base}"
        goals = ", ".join(goal.text(row.unit) for goal in row.goals)
        table.add_row(row.name, row.who, value, ratio, goals, row.outcome.value, style=STYLE[row.outcome])
        notes.append(f"{row.name}, {row.who}: {row.note}")
    console.print(table)
    console.print("\n".join(["", *notes]), style="dim", highlight=False, soft_wrap=True)
