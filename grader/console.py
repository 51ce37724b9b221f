"""How commands speak: lines, tables, complaints. What they say stands with each command."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["aside", "fail", "listing", "number", "plain", "say", "show", "titled"]

_OUT = Console(highlight=False)
_ERR = Console(stderr=True, highlight=False)


def aside() -> Console:
    """Where progress and complaints go: standard error."""
    return _ERR


def say(text: str, *, wrap: bool = True) -> None:
    """Print a line (rich markup); without ``wrap`` its end stays where the terminal puts it."""
    _OUT.print(text, soft_wrap=not wrap)


def titled(title: str) -> Table:
    """Return an empty table with a title."""
    return Table(title=title, title_justify="left", header_style="bold")


def show(table: Table) -> None:
    """Print a table."""
    _OUT.print(table)


def listing(rows: Iterable[tuple[str, str]], indent: int = 2) -> None:
    """Print marks with their texts (rich markup); long texts hang under their own beginning."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for mark, text in rows:
        table.add_row(" " * indent + mark, text)
    _OUT.print(table)


def fail(text: str) -> None:
    """Print an error sentence to standard error."""
    _ERR.print(f"[bold red]Fehler:[/bold red] {escape(text)}", soft_wrap=True)


def plain(value: object) -> str:
    """Escape rich markup in what is not ours."""
    return escape(str(value))


def number(value: float) -> str:
    """German decimal comma, no superfluous zero: 7, 7,5."""
    return f"{value:g}".replace(".", ",")
