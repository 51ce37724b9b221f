"""What import, export and removal show: tables and sentences. German."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from grader import console

if TYPE_CHECKING:
    from grader.exchange.importing import Import, Taken
    from grader.exchange.unpack import LeftOut

__all__ = ["show_import"]

_STATES = {
    "new": "[green]neu[/green]",
    "changed": "[yellow]ersetzt[/yellow]",
    "same": "unverändert",
    "empty": "[red]leer[/red]",
}
_MOST_LINES = 30


def show_import(found: Import, out: Path) -> None:
    """Print what was taken, what was left out and why, and who handed in nothing."""
    table = Table(title="Übernommen", title_justify="left", header_style="bold")
    table.add_column("Abgabe", overflow="fold")
    table.add_column("Mitglieder", overflow="fold")
    table.add_column("Dateien", justify="right")
    table.add_column("Stand")
    table.add_column("Hinweise", overflow="fold", ratio=1)
    for taken in found.taken:
        people = ", ".join(m.name or m.id for m in taken.entry.members)
        table.add_row(
            console.plain(taken.name),
            console.plain(people),
            str(taken.files),
            _STATES[taken.state],
            console.plain("\n".join(_notes(taken, out))),
        )
    console.show(table)
    left_out = [(t.name, n) for t in found.taken for n in t.left_out]
    _left_out([*left_out, *(("", n) for n in found.left_out)])
    if found.missing:
        names = ", ".join(r.name or r.id for r in found.missing[:_MOST_LINES])
        more = len(found.missing) - _MOST_LINES
        console.say(
            f"[yellow]Ohne Abgabe:[/yellow] {console.plain(names)}"
            + (f" und {more} weitere" if more > 0 else "")
        )
    ready = sum(t.state != "empty" for t in found.taken)
    word = "Eine Abgabe liegt" if ready == 1 else f"{ready} Abgaben liegen"
    console.say(f"{word} in [bold]{console.plain(out)}[/bold]. Weiter: grader grade {out}")


def _notes(taken: Taken, out: Path) -> Iterable[str]:
    yield from taken.notes
    if taken.earlier is not None:
        yield f"die frühere Fassung liegt in {taken.earlier.relative_to(out)}"
    if taken.state == "empty":
        yield "keine Datei konnte übernommen werden"


def _left_out(entries: list[tuple[str, LeftOut]]) -> None:
    if not entries:
        return
    table = Table(title="Nicht übernommen", title_justify="left", header_style="bold")
    table.add_column("Abgabe", overflow="fold")
    table.add_column("Datei", overflow="fold")
    table.add_column("Grund", overflow="fold", ratio=1)
    for name, entry in entries[:_MOST_LINES]:
        table.add_row(console.plain(name), console.plain(entry.path), console.plain(entry.reason))
    if len(entries) > _MOST_LINES:
        table.add_row("…", f"{len(entries) - _MOST_LINES} weitere", "")
    console.show(table)
