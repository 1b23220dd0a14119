"""The rows as a table for people."""

from __future__ import annotations

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


def show(rows: Sequence[Row], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("what", "who", "value", "ratio", "goal", "verdict"):
        table.add_column(heading, justify="right" if heading in ("value", "ratio") else "left", no_wrap=True)
    table.add_column("note", overflow="fold")
    for row in rows:
        value = "-" if row.value is None else f"{row.value:,.2f} {row.unit}".replace(",", " ")
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} × {row.base}"
        goals = ", ".join(goal.text(row.unit) for goal in row.goals)
        table.add_row(
            row.name, row.who, value, ratio, goals, row.outcome.value, row.note, style=STYLE[row.outcome]
        )
    console.print(table)
