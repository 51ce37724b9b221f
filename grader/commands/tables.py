"""What import, export and removal show: tables and sentences. German."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from grader import console

if TYPE_CHECKING:
    from grader.exchange.grades import Export
    from grader.exchange.importing import Import, Taken
    from grader.exchange.pseudonyms import Pseudonymised
    from grader.exchange.unpack import LeftOut
    from grader.forgetting import Removed

__all__ = [
    "show_book",
    "show_import",
    "show_moodle",
    "show_noted",
    "show_pseudonymised",
    "show_removed",
    "show_written",
]

_STATES = {
    "new": "[green]neu[/green]",
    "changed": "[yellow]ersetzt[/yellow]",
    "same": "unverändert",
    "empty": "[red]leer[/red]",
}
_MOST_LINES = 30
_MOST_FILES = 8


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


def show_moodle(exported: Export, lacking: Sequence[str], written: Sequence[Path]) -> None:
    """Print what was entered for whom, what was not and why, and what to upload where."""
    table = Table(title="Bewertungstabelle", title_justify="left", header_style="bold")
    table.add_column("Person", overflow="fold")
    table.add_column("Abgabe", overflow="fold")
    table.add_column("Punkte", justify="right")
    table.add_column("vorher", justify="right")
    table.add_column("Hinweis", overflow="fold", ratio=1)
    for given in exported.given:
        table.add_row(
            console.plain(given.row.name or given.row.id),
            console.plain(given.submission),
            "–" if given.points is None else console.number(given.points),
            "" if given.before is None else console.number(given.before),
            console.plain(given.note),
        )
    console.show(table)
    entered = [g for g in exported.given if g.points is not None]
    console.say(f"{len(entered)} von {len(exported.given)} Personen haben eine Note bekommen.")
    for note, count in Counter(g.note for g in exported.given if g.note).most_common():
        console.say(f"  {count}-mal: {console.plain(note)}")
    if any(g.note and "durchzusehen" in g.note for g in exported.given):
        console.say("  Mit --open werden auch vorläufige Punkte eingetragen.")
    if exported.nobody:
        names = ", ".join(exported.nobody)
        console.say(f"[yellow]Zu keiner Person gehört:[/yellow] {console.plain(names)}")
    if lacking:
        files = ", ".join(lacking[:_MOST_LINES])
        console.say(f"[yellow]Nicht beigelegt, weil es fehlt:[/yellow] {console.plain(files)}")
    show_written(written)
    console.say(
        "In Moodle unter »Aktionen«: zuerst »Bewertungstabelle hochladen«, dann »Mehrere "
        "Feedbackdateien in einer Zip-Datei hochladen«."
    )


def show_written(paths: Sequence[Path]) -> None:
    """Print where files lie."""
    for path in paths[:_MOST_FILES]:
        size = path.stat().st_size
        shown = f"{size / 1e6:.1f} MB".replace(".", ",") if size >= 100_000 else f"{size} Bytes"
        console.say(f"Geschrieben: [bold]{console.plain(path)}[/bold] ({shown})")
    if len(paths) > _MOST_FILES:
        folder = paths[0].parent
        console.say(f"… und {len(paths) - _MOST_FILES} weitere in {console.plain(folder)}")


_TABLES = {
    "cohort": "Kohorten",
    "student_group": "Gruppen",
    "member": "Mitglieder",
    "submission": "Abgaben",
    "grading": "Bewertungen",
    "mark": "Punkte und Kommentare von Hand",
}


def show_book(counts: Mapping[str, int], done: str) -> None:
    """Print what a gradebook's file holds."""
    parts = [f"{counts.get(name, 0)} {title}" for name, title in _TABLES.items()]
    console.say(f"{console.plain(done)} ({', '.join(parts)})")


def show_noted(place: str) -> None:
    """Print where groups and times were noted."""
    console.say(f"Gruppen, Mitglieder und Abgabezeiten stehen im Notenbuch {console.plain(place)}.")


def show_removed(title: str, removed: Sequence[Removed], notes: Sequence[str] = ()) -> None:
    """Print what is or was removed, and what is out of reach."""
    table = Table(title=console.plain(title), title_justify="left", header_style="bold")
    table.add_column("Was", overflow="fold")
    table.add_column("Wo, wie viel", overflow="fold", ratio=1)
    for entry in removed:
        table.add_row(console.plain(entry.what), console.plain(entry.where))
    console.show(table)
    for note in notes:
        console.say(f"[yellow]![/yellow] {console.plain(note)}")


def show_pseudonymised(found: Sequence[Pseudonymised], out: Path, key: Path) -> None:
    """Print what was replaced, and what people must look at themselves."""
    table = Table(title="Pseudonymisiert", title_justify="left", header_style="bold")
    table.add_column("Abgabe", no_wrap=True)
    table.add_column("Dateien", justify="right")
    table.add_column("Ersetzt", justify="right")
    table.add_column("Bilder", justify="right")
    table.add_column("Bitte ansehen", overflow="fold", ratio=1)
    for entry in found:
        table.add_row(
            entry.name,
            str(entry.files),
            str(sum(entry.replaced.values())),
            str(sum(entry.images.values()) or ""),
            console.plain("\n".join(_to_look_at(entry))),
        )
    console.show(table)
    _left_out([(entry.name, note) for entry in found for note in entry.left_out])
    total: Counter[str] = Counter()
    for entry in found:
        total.update(entry.replaced)
    console.say("Ersetzt: " + (", ".join(f"{n} {kind}" for kind, n in total.items()) or "nichts"))
    doubtful: Counter[str] = Counter()
    for entry in found:
        doubtful.update(entry.doubtful)
    if doubtful:
        words = ", ".join(f"{word} ({number})" for word, number in doubtful.most_common(12))
        more = f" und {len(doubtful) - 12} weitere" if len(doubtful) > 12 else ""
        console.say(
            "[yellow]Wörter des Labors, die auch Namen sind[/yellow] und allein stehen blieben: "
            f"{console.plain(words)}{more}"
        )
    if any(entry.images for entry in found):
        console.say(
            "[yellow]Bilder kann das Programm nicht lesen.[/yellow] Bitte ansehen: Fotos von "
            "Rechnungen, Bildschirmfotos, Beschriftungen von Diagrammen."
        )
    console.say(f"Abgaben ohne Namen: [bold]{console.plain(out)}[/bold]")
    console.say(
        f"Schlüsseltabelle: [bold]{console.plain(key)}[/bold] "
        "(nicht weitergeben; wer sie hat, kennt alle Namen)"
    )


def _to_look_at(entry: Pseudonymised) -> Iterable[str]:
    for file, words in entry.left.items():
        shown = ", ".join(f"{word} ({number})" for word, number in list(words.items())[:5])
        more = f" und {len(words) - 5} weitere" if len(words) > 5 else ""
        yield f"{file}: {shown}{more}"
    for file, number in entry.images.items():
        yield f"{file}: {number} Bilder" if number > 1 else f"{file}: ein Bild"
