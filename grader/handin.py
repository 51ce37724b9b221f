"""The last look before handing in, and the .zip: what is missing, empty, not run or stale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import __version__
from grader.errors import UsageError
from grader.exchange.handin import Examined, write_handin
from grader.intake.files import MAX_FILE, open_source
from grader.integrity.stored import differences
from grader.model import Particulars
from grader.own import OwnWork
from grader.selfcheck.looks import Finding

__all__ = ["HandedIn", "hand_in", "last_look"]

_PICTURES = (".png", ".jpg", ".jpeg")
_MOST_PICTURES = 40_000_000
_NAMED = 8
_FIELDS = {
    "group": "gruppe",
    "supervisor": "betreuer",
    "date_experiment": "versuchsdatum",
}


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A hand-in as it was written, and what the last look found."""

    path: Path
    examined: Examined
    findings: tuple[Finding, ...]
    own: OwnWork


def hand_in(own: OwnWork, target: Path, versions: Mapping[str, str]) -> HandedIn:
    """Write the .zip, whatever the last look finds: handing in is the group's decision.

    Raises
    ------
    UsageError
        If there is nothing to hand in, or the file cannot be written.
    """
    if target.suffix.lower() != ".zip":
        raise UsageError(f"{target.name}: eine Abgabe endet auf .zip.")
    files = _files(own)
    if not any(name.endswith(".ipynb") or "frage" in name.casefold() for name in files):
        raise UsageError(f"In {own.folder} liegt nichts, was sich abgeben ließe.")
    findings = last_look(own, files)
    examined = write_handin(
        target,
        files,
        lab=own.description.lab,
        versions={"grader": __version__, **versions},
        ran=own.report.ran,
        remarks=len(findings),
    )
    return HandedIn(target, examined, findings, own)


def last_look(own: OwnWork, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Everything that a group may want to mend first, in the order of its weight."""
    found = list(own.report.findings)
    for task in own.report.tasks:
        short = task.heading.split(":")[0]
        found += [
            Finding(f.state, f"{short}: {f.text}", f.read)
            for f in task.findings
            if f.state in ("failed", "warning")
        ]
    for name, notebook in own.side.submission.notebooks.items():
        found += _not_run(name, files.get(notebook.file, b""))
        run = own.runs.get(name)
        if run is not None:
            stale = [d.cell for d in differences(notebook, run)]
            found += _stale(name, stale)
    found += _particulars(own.side.submission.particulars)
    return tuple(found)


def _files(own: OwnWork) -> dict[str, bytes]:
    """What belongs into the .zip; other notebooks, copies and old archives do not."""
    if own.source is None:
        raise UsageError("Abgegeben wird ein Ordner; bitte den Arbeitsordner nennen.")
    foreign = ("foreign_notebook", "duplicate_notebook")
    left = [p.message for p in own.side.submission.problems if p.kind in foreign]
    found: dict[str, bytes] = {}
    for file in open_source(own.source)[0]:
        name = file.name.casefold()
        notebook = name.endswith(".ipynb")
        if notebook and any(m.startswith(f"{file.path} ") for m in left):
            continue
        if notebook or "frage" in name or name.startswith("antworten") or name == "protokoll.toml":
            try:
                found[file.path] = file.read()
            except OSError as error:
                raise UsageError(f"{file.path} ist nicht lesbar: {error}.") from error
    return {**found, **_pictures(own.folder)}


def _pictures(folder: Path) -> dict[str, bytes]:
    """Pictures beside the notebooks, as task 2c and answers may need them."""
    found: dict[str, bytes] = {}
    room = _MOST_PICTURES
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.casefold() in _PICTURES and path.is_file() and not path.is_symlink():
            size = path.stat().st_size
            if size <= min(room, MAX_FILE):
                found[path.name] = path.read_bytes()
                room -= size
    return found


def _not_run(name: str, raw: bytes) -> list[Finding]:
    """Cells that were not run before saving, or not in their order."""
    cells = _code_cells(raw)
    counts = [cell.get("execution_count") for _, cell in cells]
    open_cells = [n for (n, _), count in zip(cells, counts, strict=True) if count is None]
    if cells and len(open_cells) == len(cells):
        text = "ohne Ausgaben gespeichert. Bitte alle Zellen ausführen und speichern (Strg+S)."
        return [Finding("warning", f"{name}: {text}")]
    if open_cells:
        return [
            Finding(
                "warning",
                f"{name}: {_cells(open_cells, 'Den')} fehlt die Ausgabe: vor dem Speichern nicht "
                "ausgeführt, oder noch nicht gespeichert.",
            )
        ]
    whole = [c for c in counts if isinstance(c, int)]
    if whole != sorted(whole):
        text = "Die Zellen liefen nicht der Reihe nach. Bitte den Kernel neu starten und alle"
        return [Finding("warning", f"{name}: {text} Zellen noch einmal ausführen.")]
    return []


def _code_cells(raw: bytes) -> list[tuple[int, dict[str, Any]]]:
    try:
        cells = json.loads(raw.decode("utf-8-sig"))["cells"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []
    return [
        (number, cell)
        for number, cell in enumerate(cells if isinstance(cells, list) else [], start=1)
        if isinstance(cell, dict)
        and cell.get("cell_type") == "code"
        and not _starts(cell)
        and "".join(map(str, cell.get("source") or "")).strip()
    ]


def _starts(cell: Mapping[str, Any]) -> bool:
    """Tell whether this is a kit's first cell, which only finds the data."""
    metadata = cell.get("metadata")
    ours = metadata.get("grader") if isinstance(metadata, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("role") == "start"


def _stale(name: str, cells: list[int]) -> list[Finding]:
    if not cells:
        return []
    where = _cells([c + 1 for c in cells])
    return [
        Finding(
            "warning",
            f"{name}: In {where} steht eine andere Ausgabe, als der Code jetzt ergibt. Bitte neu "
            "ausführen und speichern.",
        )
    ]


def _cells(numbers: list[int], article: str = "den") -> str:
    shown = ", ".join(map(str, numbers[:_NAMED])) + (" …" if len(numbers) > _NAMED else "")
    return f"Zelle {shown}" if len(numbers) == 1 else f"{article} Zellen {shown}"


def _particulars(held: Particulars) -> list[Finding]:
    found = []
    if not held.participants:
        found.append(Finding("warning", "protokoll.toml: Es ist niemand eingetragen (teilnehmer)."))
    for person in held.participants:
        if len(person.split()) < 2:
            text = f"protokoll.toml: „{person[:60]}“ ist kein voller Name (Vorname Name)."
            found.append(Finding("warning", text))
    missing = [german for field, german in _FIELDS.items() if not getattr(held, field)]
    if missing:
        found.append(Finding("warning", f"protokoll.toml: Es fehlt {', '.join(missing)}."))
    return found
