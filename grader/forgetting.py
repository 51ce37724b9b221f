"""Removes a group's data wherever the grader put them, and says what and where.

What others' results need stays: evidence that another submission shares, the cohort's reports
(made anew without the group), all other groups' rows.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz import process

from grader.desk import stored_results
from grader.documents import (
    REPORTS,
    SIMILAR,
    behind_path,
    own_text_path,
    write_reports,
    write_similar,
)
from grader.errors import UsageError
from grader.evidence.store import EvidenceStore
from grader.exchange.importing import EARLIER
from grader.exchange.roster import ROSTER, Roster
from grader.gradebook import Gradebook
from grader.gradebook.views import Cohort, Group
from grader.intake.files import find_sources
from grader.judging import RESULT
from grader.lab import Lab
from grader.model import Grade
from grader.references import EVIDENCE
from grader.reuse import Seals

__all__ = ["Forgetting", "Removed"]

# What exports and a second look leave among the results: with the group's data, quickly made anew.
_DERIVED = (
    "moodle",
    "csv",
    "noten.xlsx",
    "notenbuch.json",
    "variant.html",
    ".variant",
    # What gradings started from the dashboard said while they ran.
    ".gradings",
)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, or will be: a German name for it, and where or how much."""

    what: str
    where: str


class Forgetting:
    """A group's traces: look first (:meth:`found`), then :meth:`remove`.

    Parameters
    ----------
    name : str
        The submission's name.
    submissions, out : Path
        Folders of submissions and results.
    gradebook : Gradebook or None
    lab : Lab

    Raises
    ------
    UsageError
        If nothing anywhere bears that name.
    """

    def __init__(
        self,
        name: str,
        *,
        submissions: Path,
        out: Path,
        gradebook: Gradebook | None,
        lab: Lab,
        term: str | None = None,
    ) -> None:
        self.name, self.out, self.submissions, self.lab = name, out, submissions, lab
        self.book = gradebook
        self._cohort: Cohort | None = None
        self._in_book: list[tuple[Cohort, Group]] = []
        self._sources = _sources(submissions)
        results = {p.parent.name for p in out.glob(f"*/{RESULT}")}
        known = set(self._sources) | results
        self._roster = Roster.read(submissions) if submissions.is_dir() else Roster()
        known |= set(self._roster.submissions)
        if gradebook is not None:
            # Another term's group of the same name is of other people.
            cohort = self._cohort = gradebook.find_cohort(lab.id, term)
            groups = [(cohort, g) for g in gradebook.groups(cohort.id)] if cohort else []
            self._in_book = [(c, g) for c, g in groups if g.name == name]
            known |= {g.name for _, g in groups}
        if name not in known or name.startswith("."):
            near = [n for n, _, _ in process.extract(name, sorted(known), score_cutoff=60, limit=3)]
            hint = f" Ähnlich heißen: {', '.join(near)}." if near else ""
            raise UsageError(
                f"Eine Gruppe {name!r} gibt es weder als Abgabe noch als Ergebnis.{hint}"
            )

    # ------------------------------------------------------------------ what there is

    def found(self) -> list[Removed]:
        """What would be removed, for people to agree to."""
        listed = [Removed("Abgabe", str(p)) for p in self._submitted()]
        listed += [Removed("Ergebnisse", str(p)) for p in (self.out / self.name,) if p.is_dir()]
        if self.name in self._roster.submissions:
            listed.append(Removed("Eintrag in moodle.json", str(self.submissions / ROSTER)))
        for cohort, group in self._in_book:
            term = f" ({cohort.term})" if cohort.term else ""
            people = ", ".join(m.name for m in group.members)
            where = f"{cohort.lab}{term}: {people}" if people else f"{cohort.lab}{term}"
            listed.append(Removed("Notenbuch, mit aller Geschichte", where))
        if self.book is not None and self._in_book and self.book.backups():
            count = len(self.book.backups())
            listed.append(Removed("Sicherungen des Notenbuchs, alle", str(count)))
        listed += [Removed("Ausgaben", str(p)) for p in self._derived()]
        return listed

    def _submitted(self) -> list[Path]:
        own = [p for p in self._sources.get(self.name, ()) if p.parent == self.submissions]
        earlier = self.submissions / EARLIER / self.name
        return [*own, *([earlier] if earlier.is_dir() else [])]

    def _derived(self) -> list[Path]:
        there = [p for p in (self.out / n for n in _DERIVED) if os.path.lexists(p)]
        # A submission may be called "csv".
        return [p for p in there if not (p / RESULT).is_file()]

    def elsewhere(self) -> list[str]:
        """Return where the group's data are too, out of our reach: German sentences."""
        notes = []
        for path in self._sources.get(self.name, ()):
            if path.parent != self.submissions:
                notes.append(f"{path} enthält die Abgabe; aus einem Archiv wird nichts gelöscht.")
        entry = self._roster.submissions.get(self.name)
        if entry is not None and entry.download:
            notes.append(f"Moodles Download {entry.download} enthält die Abgabe weiterhin.")
        if self.book is not None and self.book.file is None:
            notes.append("Sicherungen des Datenbankservers enthalten die Gruppe weiterhin.")
        return notes

    # ------------------------------------------------------------------ removing

    def remove(self) -> list[Removed]:
        """Remove everything; return what was removed and what was made anew.

        The gradebook goes last: as long as it knows the group, the command can be repeated.
        """
        done = self.found()
        for path in self._submitted():
            _delete(path)
        if self.name in self._roster.submissions:
            kept = {n: e for n, e in self._roster.submissions.items() if n != self.name}
            replace(self._roster, submissions=kept).write(self.submissions)
        _delete(self.out / self.name)
        for path in self._derived():
            _delete(path)
        if self.out.is_dir():
            done += self._evidence()
            done += self._reports()
        for _, group in self._in_book:
            if self.book is not None:
                counts = self.book.forget(group.id)
                done.append(Removed("Im Notenbuch gelöscht", _counted(counts)))
        return done

    def _evidence(self) -> list[Removed]:
        """Remove the seal, the kept text, and every run that no other submission's result needs."""
        store = EvidenceStore(self.out / EVIDENCE)
        if not store.folder.is_dir():
            return []
        seals = Seals(self.out, store, EvidenceStore(self.lab.folder / EVIDENCE))
        needed = seals.evidence_of_others(self.name) | _runs(self._others())
        seals.drop(self.name)
        own_text_path(self.out, self.name).unlink(missing_ok=True)
        behind_path(self.out, self.name).unlink(missing_ok=True)
        runs, arrays = store.keep_only(needed)
        text = f"{runs} Läufe, {arrays} Felder, die zu keinem anderen Ergebnis gehören"
        return [Removed("Belege", text)]

    def _others(self) -> list[Grade]:
        return [g for g in stored_results(self.out)[0] if g.submission != self.name]

    def _reports(self) -> list[Removed]:
        """Write the cohort's files without the group."""
        names = (*REPORTS, SIMILAR)
        if not any((self.out / name).is_file() for name in names):
            return []
        grades = sorted(
            (g for g in self._others() if g.lab == self.lab.id), key=lambda g: g.submission
        )
        store = EvidenceStore(self.out / EVIDENCE)
        Seals(self.out, store, store).drop("")
        write_similar(self.out, (g.submission for g in grades))
        decided = self.book.decided(self._cohort.id, self.lab) if self.book and self._cohort else {}
        decided = {name: d for name, d in decided.items() if name != self.name}
        write_reports(grades, decided, self.lab, self.out)
        return [Removed("Neu geschrieben", ", ".join(names))]


def _sources(submissions: Path) -> dict[str, list[Path]]:
    """Files and folders of each submission, by its name."""
    found: dict[str, list[Path]] = {}
    if not submissions.exists():
        return found
    with contextlib.suppress(UsageError):
        for source in find_sources(submissions):
            found.setdefault(source.id, []).append(source.path)
    if submissions.is_dir():
        for path in submissions.iterdir():
            # What holds no notebook is no submission for a grading, but somebody's data.
            if path.is_dir() and not path.name.startswith("."):
                paths = found.setdefault(path.name, [])
                paths += [path] if path not in paths else []
    return found


def _runs(grades: Iterable[Grade]) -> set[str]:
    """Keys of runs that results name themselves: seals may be missing."""
    found: set[str] = set()
    for grade in grades:
        hashes = grade.provenance.get("hashes", {})
        runs = hashes.get("runs", {}) if isinstance(hashes, dict) else {}
        found |= {str(key) for key in (runs.values() if isinstance(runs, dict) else runs)}
    return found


def _delete(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def _counted(counts: dict[str, int]) -> str:
    names: Sequence[tuple[str, str]] = (
        ("submissions", "Abgaben"),
        ("gradings", "Bewertungen"),
        ("marks", "Eingaben von Hand"),
        ("backups", "Sicherungen"),
    )
    return ", ".join(f"{counts.get(key, 0)} {name}" for key, name in names)
