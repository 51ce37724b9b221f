"""``grader release``: what students get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader import console
from grader.commands.options import REFERENCE, LabOption

if TYPE_CHECKING:
    from grader.release import Released

__all__ = ["release_command"]


def release_command(
    lab: LabOption = REFERENCE,
    out: Annotated[
        Path, typer.Option("--out", help="Ordner für die Ausgaben (.zip).", metavar="ORDNER")
    ] = Path("ausgabe"),
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help="Ausgabe für diese Gruppe; mehrmals möglich.", metavar="NAME"),
    ] = None,
    variant: Annotated[
        bool, typer.Option("--variant", help="Jeder Gruppe eigene Daten und Werte geben.")
    ] = False,
    seed_file: Annotated[
        Path | None,
        typer.Option(
            "--seed-file",
            help="Datei mit dem geheimen Anfangswert der Kohorte; wird angelegt, wenn sie fehlt.",
            metavar="DATEI",
        ),
    ] = None,
) -> None:
    """Das .zip für Studierende bauen: Notebooks mit Lücken, Daten, Fragen."""
    # Not at the top: jupytext, which no other command needs at once.
    from grader.release import release

    kits = release(lab, out, groups=groups or (), variant=variant, seed_file=seed_file)
    for kit in kits:
        _show(kit)
    if variant:
        console.say(f"Anfangswert: {console.plain(seed_file)}. Bitte aufheben, nicht weitergeben.")


def _show(kit: Released) -> None:
    whose = f" für {kit.group}" if kit.group else ""
    size = console.number(round(sum(size for _, size in kit.sizes) / 1e6, 1))
    console.say(
        f"[bold]{console.plain(kit.path)}[/bold]{console.plain(whose)}: {len(kit.sizes)} Dateien, "
        f"{size} MB, SHA-256 {kit.digest[:16]}"
    )
    if kit.variant:
        console.say(f"  Eigene Daten, Kennung {kit.variant}.")
    searched = "  Durchsucht: nichts aus Lösung, Prüfungen und Rastern gefunden."
    if not kit.computed:
        searched += (
            " Was die Lösung ausrechnet, wurde nicht gesucht; dazu vorher »grader reference« "
            "aufrufen."
        )
    console.say(searched)
